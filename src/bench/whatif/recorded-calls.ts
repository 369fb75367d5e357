import type { RecordedOutcome } from '../../contract/cassette.ts';
import type { ToolOutcome } from '../../contract/message.ts';
import type { ModeSpans, ToolSpan } from '../../report/spans/run-spans.ts';
import type { ModeContents } from './mode-contents.ts';
import type { RecordedToolCall, RecordedWork } from './recorded-work.ts';
import { placeOf } from './recorded-work.ts';

/** The tool calls of a mode that came to an end, with how long each of their attempts ran. */
export function callsOf(mode: ModeSpans, contents: ModeContents): RecordedWork['calls'] {
  const calls = new Map<string, RecordedToolCall[]>();
  const decisionsMs = decisionTimes(mode);
  for (const { conversation, tools } of mode.conversations) {
    for (const tool of tools) {
      const content = contents.calls.get(tool.seq);
      if (tool.ending !== 'ended' || !content?.outcome) continue;
      const place = placeOf(conversation, tool.callId);
      const known = calls.get(place) ?? [];
      known.push(callOf(tool, content.argumentsText, content.outcome, decisionsMs.get(tool)));
      calls.set(place, known);
    }
  }
  return calls;
}

/** How long a person took for each call that needed one: they are asked one at a time, in the order in which calls came. */
function decisionTimes({ conversations }: ModeSpans): ReadonlyMap<ToolSpan, number> {
  const asked = conversations.flatMap(({ tools }) =>
    tools.flatMap((tool) => tool.waits.filter(({ reason }) => reason === 'approval').map((wait) => ({ tool, wait }))),
  );
  const times = new Map<ToolSpan, number>();
  let freeMs = 0;
  for (const { tool, wait } of asked.sort((one, other) => one.wait.startMs - other.wait.startMs)) {
    times.set(tool, Math.max(0, wait.endMs - Math.max(freeMs, wait.startMs)));
    freeMs = Math.max(freeMs, wait.endMs);
  }
  return times;
}

function callOf(
  span: ToolSpan,
  argumentsText: string,
  told: ToolOutcome,
  decisionMs: number | undefined,
): RecordedToolCall {
  const outcome = recordedOutcome(told);
  const failure = outcome.kind === 'failed' ? outcome.code : undefined;
  const isRefused = failure === 'not_approved';
  return {
    name: span.name,
    argumentsText,
    isMisfit: failure === 'invalid_arguments',
    attempts: span.shared
      ? [{ tookMs: span.shared.savedMs, outcome }]
      : ranMs(span).map((tookMs, index, all) => ({
          tookMs,
          outcome: index === all.length - 1 ? outcome : { kind: 'failed', code: 'threw', message: 'it failed' },
        })),
    ...(decisionMs !== undefined || isRefused
      ? { decision: { tookMs: decisionMs ?? 0, decision: isRefused ? 'no' : 'yes' } }
      : {}),
  };
}

function recordedOutcome(told: ToolOutcome): RecordedOutcome {
  if (told.kind === 'ok') return { kind: 'ok', output: told.output };
  return told.code === 'cancelled' ? { kind: 'cancelled' } : { kind: 'failed', code: told.code, message: told.message };
}

/** How long each attempt ran: waits for another attempt part them, other waits are no part of them. */
function ranMs({ startMs, endMs, waits }: ToolSpan): readonly number[] {
  const ran: number[] = [];
  let sinceMs = startMs;
  let soFarMs = 0;
  for (const wait of waits.filter((each) => each.startMs >= startMs)) {
    soFarMs += wait.startMs - sinceMs;
    sinceMs = wait.endMs;
    if (wait.reason !== 'retry') continue;
    ran.push(soFarMs);
    soFarMs = 0;
  }
  return [...ran, soFarMs + endMs - sinceMs];
}
