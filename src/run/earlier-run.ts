import type { Agent } from '../contract/agent.ts';
import { UserError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { OnUncertain } from './restore-conversation.ts';
import { restoreConversation } from './restore-conversation.ts';
import type { EarlierRun } from './run-modes.ts';
import type { ConversationSoFar, RunSoFar } from './run-so-far.ts';
import { contentHash, isFinished } from './run-so-far.ts';

/** What going on with a run needs from the run as it is now. */
export interface EarlierRunOptions {
  readonly agentNamed: (name: string) => Agent | undefined;
  readonly agentOf: (prompt: Prompt) => Agent;
  readonly defaultModel: string;
  readonly onUncertain: OnUncertain;
  readonly version: string;
  readonly startedAt: string;
  /** The prompts as they are now; the same as they were if `fingerprint` is that of the run's start. */
  readonly prompts: () => AsyncIterable<Prompt>;
  readonly fingerprint: string;
  /** Whether prompts that have changed are run anew instead of refused. */
  readonly allowChanged: boolean;
}

/**
 * What a run has done already, for the prompts as they are now. In a file that was changed prompts are found again by
 * their text.
 *
 * @throws {UserError} with exit code 65 if prompts that were begun are no longer there and that was not allowed
 */
export async function earlierRun(soFar: RunSoFar, options: EarlierRunOptions): Promise<EarlierRun> {
  const { mode, modeStartedAtMs, modesLeft, last, conversations } = soFar;
  const known = await match(soFar, options);
  const { agentNamed, agentOf, defaultModel, onUncertain, version, startedAt } = options;
  const finished = [...conversations.values()].filter(({ status }) => isFinished(status)).length;
  return {
    ranMs: last.atMs,
    ...(mode ? { mode: { mode, ranMs: last.atMs - modeStartedAtMs } } : {}),
    modesLeft,
    about: { version, startedAt, finished },
    finished: (prompt) => {
      const status = known(prompt)?.status;
      return isFinished(status) ? status : undefined;
    },
    restored: (prompt) => {
      const events = known(prompt)?.events;
      if (!events) return undefined;
      const startAgent = agentOf(prompt);
      return restoreConversation(idOf(events) ?? prompt.id, events, {
        agentNamed,
        startAgent,
        defaultModel,
        onUncertain,
      });
    },
  };
}

type Known = (prompt: Prompt) => ConversationSoFar | undefined;

async function match({ start, conversations }: RunSoFar, options: EarlierRunOptions): Promise<Known> {
  if (options.fingerprint === start.setup.fingerprints.prompts) return ({ id }) => conversations.get(id);
  const left = new Map<string, [string, ConversationSoFar][]>();
  for (const entry of conversations) left.set(entry[1].contentHash, [...(left.get(entry[1].contentHash) ?? []), entry]);
  const byId = new Map<string, ConversationSoFar>();
  for await (const { id, text } of options.prompts()) {
    const found = left.get(contentHash(text))?.shift();
    if (found) byId.set(id, found[1]);
  }
  const lost = [...left.values()].flat().map(([id]) => id);
  if (lost.length > 0 && !options.allowChanged) {
    const some = lost.slice(0, 5).join(', ') + (lost.length > 5 ? ', …' : '');
    throw new UserError(
      `Cannot go on: the prompts have changed, and ${lost.length} that were begun are no longer there (${some}). ` +
        'Put them back, or let changed ones run anew with --allow-changed.',
      { exitCode: 65 },
    );
  }
  return ({ id }) => byId.get(id);
}

/** The id under which the conversation was recorded, which a changed file may give to another prompt now. */
function idOf([first]: readonly RunEvent[]): string | undefined {
  return first?.kind === 'conversation_start' ? first.conversation : undefined;
}
