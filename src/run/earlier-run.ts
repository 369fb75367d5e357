import type { Agent } from '../contract/agent.ts';
import { UserError } from '../contract/errors.ts';
import type { RunSetup } from '../contract/event.ts';
import { isFinished } from '../contract/event.ts';
import type { Prompt } from '../contract/prompt.ts';
import { recognizePrompts } from './recognize-prompts.ts';
import type { OnUncertain, RestoreOptions } from './restore-conversation.ts';
import { restoreConversation } from './restore-conversation.ts';
import type { EarlierRun } from './run-modes.ts';
import type { RunSoFar } from './run-so-far.ts';

/** What going on with a run needs from the run as it is now. */
export interface EarlierRunOptions {
  readonly agentNamed: (name: string) => Agent | undefined;
  readonly agentOf: (prompt: Prompt) => Agent;
  readonly defaultModel: string;
  readonly onUncertain: OnUncertain;
  readonly fitOutputs: RestoreOptions['fitOutputs'];
  readonly version: string;
  readonly startedAt: string;
  /** The prompts as they are now; the same as they were if their fingerprint is that of the run's start. */
  readonly prompts: () => AsyncIterable<Prompt>;
  readonly fingerprints: RunSetup['fingerprints'];
  /** What a journal makes of a text. */
  readonly asRecorded: (text: string) => string;
  /** Whether prompts that have changed are run anew instead of refused. */
  readonly allowChanged: boolean;
}

/**
 * What a run has done already, for the prompts as they are now. In a file that was changed prompts are found again by
 * their text, and keep the id and the place in the order of answers that they were recorded with.
 *
 * @throws {UserError} with exit code 65 if prompts that were begun are no longer there, or there are fewer, or as many with
 *   other texts, and that was not allowed
 */
export async function earlierRun(soFar: RunSoFar, options: EarlierRunOptions): Promise<EarlierRun> {
  const { mode, modeStartedAtMs, modesLeft, last, conversations } = soFar;
  const { agentNamed, agentOf, defaultModel, onUncertain, fitOutputs, version, startedAt } = options;
  const changed = await findChange(soFar, options);
  const gone = new Set(changed?.gone);
  const known = ({ id }: Prompt) => (gone.has(id) ? undefined : conversations.get(id));
  const finished = [...conversations].filter(([id, { status }]) => isFinished(status) && !gone.has(id)).length;
  return {
    ranMs: last.atMs,
    ...(mode ? { mode: { mode, ranMs: last.atMs - modeStartedAtMs } } : {}),
    modesLeft,
    about: {
      version,
      startedAt,
      finished,
      ...(changed ? { changed: { conversations: changed.count, gone: changed.gone } } : {}),
    },
    gone,
    prompts: changed ? () => underOtherNames(options.prompts(), changed.names) : options.prompts,
    finished: (prompt) => {
      const status = known(prompt)?.status;
      return isFinished(status) ? status : undefined;
    },
    restored: (prompt) => {
      const events = known(prompt)?.events;
      if (!events) return undefined;
      const startAgent = agentOf(prompt);
      return restoreConversation(prompt, events, { agentNamed, startAgent, defaultModel, onUncertain, fitOutputs });
    },
  };
}

/** What an id and a place in the order of answers are together. */
type Name = Pick<Prompt, 'id' | 'index'>;

/** How the prompts differ from those that the run was started with. */
interface Change {
  readonly count: number;
  /** The recorded ids of those that were begun and are no longer there. */
  readonly gone: readonly string[];
  /** The names of those that go by others than the file gives them now, by the id that it gives. */
  readonly names: ReadonlyMap<string, Name>;
}

async function findChange(soFar: RunSoFar, options: EarlierRunOptions): Promise<Change | undefined> {
  const { start, conversations, count, hasChanged } = soFar;
  const { prompts, texts } = start.setup.fingerprints;
  if (options.fingerprints.prompts === prompts && !hasChanged) return undefined;
  const { recorded, gone, ids } = await recognizePrompts(conversations, options.prompts(), options.asRecorded);
  if (!options.allowChanged) {
    if (gone.length > 0) throw refusal(`${gone.length} that were begun are no longer there (${some(gone)})`);
    if (ids.size < count) throw refusal(`there are ${ids.size} instead of ${count}`);
    const areOthers = ids.size === count && !hasChanged && texts !== undefined && texts !== options.fingerprints.texts;
    if (areOthers) throw refusal('some that were not begun have another text');
  }
  const taken = new Set(recorded.values());
  const places = new Set([...taken].map((id) => conversations.get(id)?.index));
  let place = 0;
  const names = new Map<string, Name>();
  for await (const { id, index } of options.prompts()) {
    const before = recorded.get(id);
    if (before !== undefined) {
      names.set(id, { id: before, index: conversations.get(before)?.index ?? index });
      continue;
    }
    const isFree = (name: string) => !taken.has(name) && (name === id || !ids.has(name));
    const name = nameApart(id, isFree);
    taken.add(name);
    while (places.has(place)) place += 1;
    names.set(id, { id: name, index: place++ });
  }
  return { count: ids.size, gone, names };
}

function nameApart(id: string, isFree: (name: string) => boolean): string {
  let name = id;
  for (let number = 2; !isFree(name); number++) name = `${id}-${number}`;
  return name;
}

function refusal(what: string): UserError {
  return new UserError(
    `Cannot go on: the prompts have changed, and ${what}. ` +
      'Put them back, or go on with those that there are now, and with changed ones anew, by --allow-changed.',
    { exitCode: 65 },
  );
}

function some(ids: readonly string[]): string {
  return ids.slice(0, 5).join(', ') + (ids.length > 5 ? ', …' : '');
}

async function* underOtherNames(
  prompts: AsyncIterable<Prompt>,
  names: ReadonlyMap<string, Name>,
): AsyncGenerator<Prompt, void, void> {
  for await (const prompt of prompts) yield { ...prompt, ...names.get(prompt.id) };
}
