import { existsSync } from 'node:fs';
import { systemClock } from '../async/system-clock.ts';
import { probeModel } from '../providers/probe-model.ts';
import { DEFAULT_PROVIDER_LIMITS } from '../providers/provider-options.ts';
import { showText } from '../report/show-text.ts';
import { OfflineServer } from './offline-server.ts';
import { print } from './output.ts';
import { chooseModels } from './run-models.ts';
import { stdout } from './standard-streams.ts';
import { packageVersion } from './version.ts';

const KEYS = ['OPENAI_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_API_KEY'];
const ADDRESSES = ['OPENAI_BASE_URL', 'GOOGLE_GEMINI_BASE_URL'];

/** `agentpar doctor`: says what a run would use and whether it works. Returns 0 if it does and 1 if not. */
export async function examine(options: { readonly model?: string; readonly baseUrl?: string }): Promise<number> {
  let works = false;
  const exitCode = await print(stdout, async (write) => {
    works = await describeSetup(options, write);
  });
  return exitCode || (works ? 0 : 1);
}

async function describeSetup(
  options: { readonly model?: string; readonly baseUrl?: string },
  write: (text: string) => Promise<void> | void,
): Promise<boolean> {
  await using offline = await OfflineServer.open();
  const provider = {
    ...DEFAULT_PROVIDER_LIMITS,
    env: process.env,
    baseUrl: options.baseUrl,
    simOrigin: offline.origin,
    clock: systemClock,
    random: Math.random,
  };
  const { id, reason } = chooseModels(options.model, provider);
  const say = (name: string, value: string) => write(`${name.padEnd(24)}${showText(value)}\n`);
  say('agentpar', packageVersion());
  say('Node', `${process.versions.node} (${process.execPath})`);
  say('.env', existsSync('.env') ? 'read' : 'none in this directory');
  for (const key of KEYS) say(key, process.env[key] ? 'set' : 'not set');
  for (const address of ADDRESSES) if (process.env[address]) say(address, withoutCredentials(process.env[address]));
  say('model', `${id} (${reason})`);
  const { ok, message } = await probeModel(id, provider);
  say('endpoint', message);
  if (id.startsWith('sim/')) {
    write(
      '\nRuns work offline, with a rule-based stand-in. For a real model set OPENAI_API_KEY or GEMINI_API_KEY, in the\n' +
        'shell or in .env, or use a local server: -m openai-chat/NAME --base-url http://localhost:11434/v1\n',
    );
  }
  return ok;
}

/** What somebody shows when they ask for help holds no password. */
function withoutCredentials(address: string): string {
  return address.replace(/(?<=\/\/)[^/?#]*@/, '…@');
}
