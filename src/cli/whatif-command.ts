import { modelled, notModelled } from '../bench/whatif/caveats.ts';
import type { Prediction, Setting } from '../bench/whatif/predict.ts';
import { predictMiddle } from '../bench/whatif/predict-middle.ts';
import { recommend } from '../bench/whatif/recommend.ts';
import type { RecordedWork } from '../bench/whatif/recorded-work.ts';
import type { Whatif } from '../bench/whatif/render-predictions.ts';
import { renderPredictions } from '../bench/whatif/render-predictions.ts';
import { WorkRecorder } from '../bench/whatif/work-recorder.ts';
import { UserError } from '../contract/errors.ts';
import type { EventOf } from '../contract/event.ts';
import { createTheme, showsColor } from '../report/theme.ts';
import { readJournal } from '../run/read-journal.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import { toolCallsAtOnce } from './bound-options.ts';
import { findAnyRun } from './find-run.ts';
import type { ListOrRange } from './list-or-range.ts';
import { doublings } from './list-or-range.ts';
import { print } from './output.ts';
import { recordedAgents } from './recorded-agents.ts';
import { restoredOptions } from './restored-options.ts';
import type { RunOptions } from './run-options.ts';
import { stdout } from './standard-streams.ts';
import { createWorld } from './whatif-world.ts';

/** The options of `agentpar whatif`. */
export interface WhatifOptions {
  readonly concurrency?: ListOrRange;
  readonly toolConcurrency?: ListOrRange;
  readonly turnConcurrency?: number;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly json?: boolean;
  readonly color: boolean;
}

/** No higher concurrency is predicted unasked. */
const MOST_UNASKED = 256;

/**
 * `agentpar whatif`: how long a run's work would take with other settings, by doing it anew on a virtual clock. Asks no
 * model and runs no tool. Returns the exit code.
 *
 * @throws {UserError} if there is no such run or it is not whole; with exit code 65 if its journal is damaged
 */
export async function whatif(name: string | undefined, options: WhatifOptions): Promise<number> {
  const directory = findAnyRun(name);
  const { work, start } = await readWork(directory);
  const { turnConcurrency, rpm, tpm, json, color } = options;
  const given = {
    ...(turnConcurrency === undefined ? {} : { turnConcurrency }),
    ...(rpm === undefined ? {} : { rpm }),
    ...(tpm === undefined ? {} : { tpm }),
  };
  const runOptions: RunOptions = { ...restoredOptions(start), ...given };
  const agents = await recordedAgents(work, runOptions, start.setup.cwd);
  const at = (setting: Setting) =>
    predictMiddle(work, setting, (each) => createWorld(each, agents, runOptions, setting));
  const predictions = await predictAll(work, runOptions, options, at);
  const isSame = turnConcurrency === undefined && rpm === undefined && tpm === undefined && work.facts.resumes === 0;
  const measured = isSame ? predictions.find((each) => isOf(each, work)) : undefined;
  const circumstances = {
    predictions,
    measured,
    problem: agents.problem,
    hasServers: (runOptions.mcp?.length ?? 0) > 0,
    turnConcurrency,
    rpm: runOptions.rpm,
    tpm: runOptions.tpm,
    adaptive: runOptions.adaptive,
    hasBudget: runOptions.maxCost !== undefined || runOptions.maxTokens !== undefined,
  };
  const found: Whatif = {
    run: start.runId,
    work,
    ...(measured ? { measured } : {}),
    predictions,
    ...recommend(predictions),
    modelled: modelled(circumstances),
    notModelled: notModelled(work, circumstances),
  };
  return print(stdout, async (write) => {
    await write(
      json ? `${JSON.stringify(asObject(found))}\n` : renderPredictions(found, createTheme(color && showsColor())),
    );
  });
}

async function readWork(directory: RunDirectory) {
  const recorder = new WorkRecorder();
  let start: EventOf<'run_start'> | undefined;
  for await (const event of readJournal(directory.journal)) {
    if (event.kind === 'run_start') start = event;
    recorder.handle(event);
  }
  const work = recorder.work();
  const flaw = work ? work.flaw : 'it had not begun';
  if (work && start && flaw === undefined) return { work, start };
  throw new UserError(
    `Cannot predict from the run ${directory.path}: ${flaw}, so that nobody knows how long the rest would take. Name one that is whole: agentpar runs`,
  );
}

/** In rising order. In a range that was not spelled out, the fewest that are as fast as any are looked for between its steps. */
async function predictAll(
  work: RecordedWork,
  runOptions: RunOptions,
  { concurrency = unasked(work), toolConcurrency }: WhatifOptions,
  at: (setting: Setting) => Promise<Prediction>,
): Promise<readonly Prediction[]> {
  const predictions = new Map<string, Prediction>();
  const add = async (setting: Setting) => {
    const key = `${setting.concurrency} ${setting.toolConcurrency}`;
    if (!predictions.has(key)) predictions.set(key, await at(setting));
  };
  const withTools = (each: number) =>
    toolConcurrency?.values ?? [toolCallsAtOnce({ ...runOptions, concurrency: each }).toolConcurrency];
  const sorted = () =>
    [...predictions.values()].toSorted(
      (one, other) => one.concurrency - other.concurrency || one.toolConcurrency - other.toolConcurrency,
    );
  await add({ concurrency: work.concurrency, toolConcurrency: work.toolConcurrency });
  for (const each of concurrency.values)
    for (const tools of withTools(each)) await add({ concurrency: each, toolConcurrency: tools });
  if (!concurrency.isRange) return sorted();
  for (;;) {
    const { best } = recommend(sorted());
    const below = sorted().findLast((each) => each.concurrency < best.concurrency)?.concurrency ?? best.concurrency;
    const between = Math.floor((below + best.concurrency) / 2);
    if (best.concurrency - below <= Math.max(1, best.concurrency / 8)) return sorted();
    for (const tools of withTools(between)) await add({ concurrency: between, toolConcurrency: tools });
  }
}

function unasked({ prompts }: RecordedWork): ListOrRange {
  return { values: doublings(1, Math.min(MOST_UNASKED, prompts.length)), isRange: true };
}

function isOf(prediction: Prediction, { concurrency, toolConcurrency }: RecordedWork): boolean {
  return prediction.concurrency === concurrency && prediction.toolConcurrency === toolConcurrency;
}

function asObject({ run, work, measured, predictions, best, knee, modelled, notModelled }: Whatif) {
  const { concurrency, toolConcurrency, wallMs, prompts } = work;
  return {
    run,
    conversations: prompts.length,
    measured: { concurrency, toolConcurrency, wallMs, predictedMs: measured?.wallMs ?? null },
    predictions,
    recommended: best,
    knee: knee ?? null,
    modelled,
    notModelled,
  };
}
