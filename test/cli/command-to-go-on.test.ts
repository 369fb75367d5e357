import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandToGoOn } from '../../src/cli/command-to-go-on.ts';

describe('The command that goes on with a run', () => {
  it.each(['.agentpar/runs/20261120-154832-cities', '.', 'läufe/1'])('names %s plainly', (shown) => {
    expect(commandToGoOn({ shown })).toBe(`agentpar resume ${shown}`);
  });

  it.each(['my runs/1', "it's", '$HOME `x` "y"', 'a;b&c|d', '*', 'a\nb', '~'])(
    'can be given to a shell: %j',
    (shown) => {
      expect(argumentsOf(commandToGoOn({ shown }))).toEqual(['agentpar', 'resume', shown]);
    },
  );

  it('names no option', () => {
    expect(argumentsOf(commandToGoOn({ shown: '--json' }))).toEqual(['agentpar', 'resume', './--json']);
  });
});

function argumentsOf(command: string): readonly string[] {
  const shown = execFileSync('sh', ['-c', `set -- ${command}; printf '%s\\0' "$@"`], { encoding: 'utf8' });
  return shown.split('\0').slice(0, -1);
}
