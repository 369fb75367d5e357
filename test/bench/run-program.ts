import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export const BIN = resolve(import.meta.dirname, '../../bin/agentpar.js');

/** Runs the program and gives what it wrote on standard output. Throws when it fails. */
export async function runProgram(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  bin: string = BIN,
): Promise<string> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the run failed with ${code}: ${output}`);
  return output;
}
