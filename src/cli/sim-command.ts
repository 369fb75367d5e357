import { UserError } from '../contract/errors.ts';
import { parseSimSettings } from '../sim/settings.ts';
import { startSim } from '../sim/start-sim.ts';
import { print } from './output.ts';
import { stdout } from './standard-streams.ts';

/** `agentpar sim`: serves the offline model until a signal comes. Returns the exit code. */
export async function serveSim(words: readonly string[], port: number | undefined): Promise<number> {
  const parsed = parseSimSettings(words);
  if (!parsed.ok) throw new UserError(parsed.problem);
  const sim = await startSim({ port, settings: parsed.settings });
  const text = [
    `The offline model, a rule-based stand-in, serves on ${sim.origin} until Ctrl-C.`,
    `  OpenAI, Responses        OPENAI_BASE_URL=${sim.origin}/v1 OPENAI_API_KEY=any agentpar run prompts.txt`,
    `  OpenAI, Chat Completions agentpar run prompts.txt -m openai-chat/any --base-url ${sim.origin}/v1`,
    `  Gemini                   GEMINI_API_KEY=any agentpar run prompts.txt -m gemini/any --base-url ${sim.origin}`,
    '',
  ].join('\n');
  const exitCode = await print(stdout, (write) => write(text));
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop());
  await stopped;
  await sim.stop();
  return exitCode;
}
