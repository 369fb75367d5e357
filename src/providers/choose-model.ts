import { setValue } from './find-endpoint.ts';

/** The model to use where nobody named one, and why: the first vendor whose key is set, else the offline model. */
export function chooseModel(env: Readonly<Record<string, string | undefined>>): {
  readonly id: string;
  readonly reason: string;
} {
  if (setValue(env, 'OPENAI_API_KEY')) return { id: 'openai/gpt-5.6-luna', reason: 'OPENAI_API_KEY is set' };
  const gemini = ['GOOGLE_API_KEY', 'GEMINI_API_KEY'].find((name) => setValue(env, name));
  if (gemini) return { id: 'gemini/gemini-3.8-flash', reason: `${gemini} is set` };
  return { id: 'sim/offline', reason: 'no API key is set, so a rule-based stand-in answers' };
}
