import type { ModeSpans } from '../../report/spans/run-spans.ts';
import type { RecordedFacts } from './recorded-work.ts';

/** What a prediction from a mode has to be taken with a grain of salt for. */
export function factsOf(mode: ModeSpans, resumes: number): RecordedFacts {
  const { conversations } = mode;
  const headMs = headMsOf(mode);
  const tools = conversations.flatMap((each) => each.tools);
  return {
    refusals: mode.refusals.length,
    ...(headMs === undefined ? {} : { headMs }),
    budgetMs: conversations.flatMap(({ models }) => models).reduce((sum, { budgetMs }) => sum + budgetMs, 0),
    approvals: tools.filter(({ waits }) => waits.some(({ reason }) => reason === 'approval')).length,
    toolRetries: tools.reduce((sum, { retries }) => sum + retries, 0),
    tasks: conversations.reduce((sum, { tasks }) => sum + tasks.length, 0),
    resumes,
    notDone: conversations.filter(({ parent, status }) => parent === undefined && status !== 'done').length,
  };
}

/** From when the first request was sent to the first head of a response that raised the limit for others. */
function headMsOf({ conversations, limits }: ModeSpans): number | undefined {
  const told = limits.find(({ reason }) => reason === 'headers');
  if (!told) return undefined;
  const sentMs = conversations
    .flatMap(({ models }) => models)
    .filter(({ model }) => model === told.model)
    .flatMap(({ attempts }) => attempts.map(({ startMs }) => startMs));
  const firstMs = Math.min(...sentMs);
  return firstMs <= told.atMs ? told.atMs - firstMs : undefined;
}
