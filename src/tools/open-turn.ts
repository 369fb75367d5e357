import PQueue from 'p-queue';
import type { ToolCall, ToolOutcome } from '../contract/message.ts';
import type { OpenTurn, Tool, ToolTurn, TurnContext } from '../contract/tool.ts';
import type { RunCallDeps } from './run-call.ts';
import { runCall } from './run-call.ts';

/** What all turns of a mode share. */
export interface TurnOptions extends Omit<RunCallDeps, 'slots'> {
  /** Tool calls at once, over all conversations. */
  readonly toolConcurrency: number;
  /** Whether calls that only read start while the model still responds. */
  readonly eager: boolean;
}

/**
 * Opens turns whose tool calls run at once, as far as the cap over all conversations allows. A call of a tool that only
 * reads starts as soon as it is complete in the stream, up to the first call in the response that may do more: what
 * comes after that has to see what it did.
 */
export function createOpenTurn(options: TurnOptions): OpenTurn {
  const deps: RunCallDeps = { ...options, slots: new PQueue({ concurrency: options.toolConcurrency }) };
  return (tools, context) => openTurn(tools, context, deps, options.eager);
}

function openTurn(tools: readonly Tool[], context: TurnContext, deps: RunCallDeps, eager: boolean): ToolTurn {
  let started = new Map<string, Promise<ToolOutcome>>();
  let abort = new AbortController();
  let mayStartEarly = eager;
  let added = 0;
  const start = (call: ToolCall, index: number, early: boolean) => {
    const outcome = runCall(call, tools, { ...context, discarded: abort.signal, eager: early, index }, deps);
    started.set(call.callId, outcome);
    return outcome;
  };
  return {
    add: (call) => {
      const tool = tools.find(({ spec }) => spec.name === call.name);
      mayStartEarly &&= tool !== undefined && readsOnly(tool);
      if (mayStartEarly) start(call, added, true);
      added += 1;
    },
    settle: (calls) => Promise.all(calls.map((call, index) => started.get(call.callId) ?? start(call, index, false))),
    discard: async () => {
      abort.abort();
      await Promise.all(started.values());
      started = new Map();
      abort = new AbortController();
      mayStartEarly = eager;
      added = 0;
    },
  };
}

function readsOnly({ policy }: Tool): boolean {
  return policy.effect === 'pure' || policy.effect === 'read';
}
