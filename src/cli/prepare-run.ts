import { UserError } from '../contract/errors.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import { openPrompts } from '../input/open-prompts.ts';
import { StopControl } from '../run/stop-control.ts';
import { chooseTools } from './choose-tools.ts';
import { warnOfDescriptorLimit } from './descriptor-limit.ts';
import { EarlyEvents } from './early-events.ts';
import type { AgentCatalog } from './load-agents.ts';
import { OfflineServer } from './offline-server.ts';
import { print } from './output.ts';
import type { Continuation } from './perform-run.ts';
import { performRun } from './perform-run.ts';
import { findPromptFiles, splitByCode } from './prompt-files.ts';
import { providerOptions } from './provider-options.ts';
import { knownModels } from './run-budget.ts';
import { clockOf, RunCassette } from './run-cassette.ts';
import type { RunModels } from './run-models.ts';
import { checkStarts, chooseModels, warmUp } from './run-models.ts';
import type { RunOptions } from './run-options.ts';
import { tell } from './tell.ts';

/**
 * Prepares a run, or one that is gone on with, and runs it. Returns the exit code.
 *
 * @throws {UserError} before the first request, if something is wrong that a person can mend
 */
export async function execute(
  names: readonly string[],
  options: RunOptions,
  continuation?: Continuation,
): Promise<number> {
  const split = splitByCode(options.tools ?? []);
  const wanted = [...names, ...split.prompts];
  const { failedPrompts, onlyPrompts } = await import('./failed-prompts.ts');
  const failed = options.retryFailed === undefined ? undefined : await failedPrompts(options.retryFailed);
  const keptInput = (continuation ?? failed)?.directory.input;
  using promptFiles = await findPromptFiles(wanted, options.format, keptInput);
  if (options.output !== undefined) {
    const { checkAnswersPath } = await import('../report/write-answers.ts');
    await checkAnswersPath(options.output);
  }
  await using offline = new OfflineServer(options.sim);
  const early = new EarlyEvents();
  const clock = clockOf(options);
  const stop = new StopControl(clock);
  using cassette = await RunCassette.open(clock, options, {
    isResumed: continuation !== undefined,
    onFailure: (reason) => {
      tell(`Cannot record to ${options.record}: ${reason}. Nothing new is started.`);
      stop.drain({ reason, exitCode: 74 }, options.grace);
    },
  });
  if (cassette.flaw !== undefined) early.notice(cassette.flaw);
  const models = chooseModels(options.model, modelOptions(options, offline, early, stop, cassette), cassette.model);
  if (!options.dryRun && !cassette.replayed && models.id.startsWith('sim/')) offline.warmUp();
  await using tools = await chooseTools({ ...options, tools: split.code }, early.notice, cassette.tools);
  // Ends servers that heed nothing in time: the process waits for them before it ends.
  stop.signal.addEventListener('abort', () => void tools[Symbol.asyncDispose]());
  const { agents } = tools;
  const all = await readPrompts(promptFiles.files, options);
  const prompts = failed ? await onlyPrompts(all, failed.ids) : all;
  const starts = checkStarts(prompts, agents, models);
  if (options.dryRun) return await dryRun(prompts, agents, models);
  warnOfDescriptorLimit(options.concurrency);
  await warmUp(starts);
  const modelIds = knownModels(starts, agents, models);
  return await performRun(
    { files: promptFiles.files, prompts, agents, served: tools.served, models, modelIds, early, cassette, stop },
    options,
    continuation,
  );
}

function modelOptions(
  options: RunOptions,
  offline: OfflineServer,
  early: EarlyEvents,
  stop: StopControl,
  { clock, random, cassette }: RunCassette,
) {
  const { rpm, tpm, adaptive, grace } = options;
  return providerOptions(options.baseUrl, offline.origin, {
    clock,
    random,
    ...(cassette ? { cassette } : {}),
    ...(rpm === undefined ? {} : { rpm }),
    ...(tpm === undefined ? {} : { tpm }),
    adaptive,
    onLimit: (change) => early.emit({ kind: 'limit_change', ...change }),
    onDown: (problem) => {
      tell(`${problem} Nothing new is started.`);
      stop.drain({ reason: problem, exitCode: 75 }, grace);
    },
    connectTimeoutMs: options.connectTimeout,
    firstByteTimeoutMs: options.firstByteTimeout,
    idleTimeoutMs: options.idleTimeout,
    maxAttempts: options.maxAttempts,
    maxRetryWaitMs: options.maxRetryWait,
  });
}

async function readPrompts(files: Parameters<typeof openPrompts>[0], options: RunOptions): Promise<PromptSet> {
  const { filter, limit, repeat } = options;
  const opened = await openPrompts(files, {
    ...(filter ? { filter } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(repeat === undefined ? {} : { repeat }),
  });
  if (opened.ok) return opened.prompts;
  throw new UserError(opened.problems.join('\n'), { exitCode: 65 });
}

async function dryRun(prompts: PromptSet, agents: AgentCatalog, models: RunModels): Promise<number> {
  const { showDryRun } = await import('./show-dry-run.ts');
  return await print(process.stdout, (write) => showDryRun(prompts, agents, models, write));
}
