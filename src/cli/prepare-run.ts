import { onAbort } from '../async/on-abort.ts';
import { UserError } from '../contract/errors.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import { openPrompts } from '../input/open-prompts.ts';
import type { PromptFile } from '../input/prompt-file.ts';
import type { ProviderOptions } from '../providers/provider-options.ts';
import { StopControl } from '../run/stop-control.ts';
import { checkExpected } from './check-expected.ts';
import { chooseTools } from './choose-tools.ts';
import { warnOfDescriptorLimit } from './descriptor-limit.ts';
import { EarlyEvents } from './early-events.ts';
import type { FailedPrompts } from './failed-prompts.ts';
import type { AgentCatalog } from './load-agents.ts';
import { OfflineServer } from './offline-server.ts';
import { print } from './output.ts';
import type { Continuation, RunOutcome } from './perform-run.ts';
import { performRun } from './perform-run.ts';
import { findPromptFiles, splitByCode } from './prompt-files.ts';
import { knownModels } from './run-budget.ts';
import { clockOf, RunCassette } from './run-cassette.ts';
import type { RunModels } from './run-models.ts';
import { checkStarts, chooseModels, warmUp } from './run-models.ts';
import type { RunOptions } from './run-options.ts';
import { stdout } from './standard-streams.ts';
import { tell } from './tell.ts';
import type { Trial } from './trial.ts';

/**
 * Prepares a run, or the continuation of one, and runs it. Returns the exit code.
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
  const failed = options.retryFailed === undefined ? undefined : await readFailed(options.retryFailed);
  const keptInput = (continuation ?? failed)?.directory.input;
  using promptFiles = await findPromptFiles(wanted, options.format, keptInput);
  if (options.output !== undefined) {
    const { checkAnswersPath } = await import('../report/write-answers.ts');
    await checkAnswersPath(options.output);
  }
  const outcome = await executeFiles(
    promptFiles.files,
    { ...options, ...(options.tools ? { tools: split.code } : {}) },
    { ...(failed ? { failed } : {}), ...(continuation ? { continuation } : {}) },
  );
  return outcome.exitCode;
}

async function readFailed(run: string): Promise<FailedPrompts> {
  const { failedPrompts } = await import('./failed-prompts.ts');
  return failedPrompts(run);
}

/** What a run of files is part of. */
export interface RunContext {
  /** The run of which only the failed prompts are to be run. */
  readonly failed?: FailedPrompts;
  readonly continuation?: Continuation;
  readonly trial?: Trial;
}

/**
 * Like `execute`, for files that have been found already and options whose tools are all code.
 *
 * @throws {UserError} before the first request, if something is wrong that a person can mend
 */
export async function executeFiles(
  files: readonly PromptFile[],
  options: RunOptions,
  { failed, continuation, trial }: RunContext,
): Promise<RunOutcome> {
  await using offline = await OfflineServer.open(options.sim);
  const early = new EarlyEvents();
  const clock = clockOf(options);
  const stop = trial?.stop ?? new StopControl(clock);
  using cassette = await RunCassette.open(clock, options, {
    isResumed: continuation !== undefined,
    onFailure: (reason) => {
      tell(`Cannot record to ${options.record}: ${reason}. Nothing new is started.`);
      stop.drain({ reason, exitCode: 74 }, options.grace);
    },
  });
  if (cassette.flaw !== undefined) early.notice(cassette.flaw);
  const chosen = chooseModels(options.model, modelOptions(options, cassette, { offline, early, stop }), cassette.model);
  const models = trial ? trial.adapt(chosen) : chosen;
  if (!options.dryRun && !cassette.replayed && models.id.startsWith('sim/')) offline.warmUp();
  await using tools = await chooseTools(options, early.notice, cassette.tools);
  // Begins to end servers as soon as the run is aborted: some heed nothing, and the process waits for them.
  using _end = { [Symbol.dispose]: onAbort(stop.signal, () => void tools[Symbol.asyncDispose]()) };
  const { agents } = tools;
  const all = await readPrompts(files, options);
  const prompts = failed ? await (await import('./failed-prompts.ts')).onlyFailed(all, failed) : all;
  const starts = checkStarts(prompts, agents, models);
  const modelIds = knownModels(starts, agents, models);
  await checkExpected({ prompts, agents, models, modelIds }, options);
  if (options.dryRun) return { exitCode: await dryRun(prompts, agents, models) };
  warnOfDescriptorLimit(options.concurrency, new Set(tools.served.map(({ source }) => source)).size);
  await warmUp(starts);
  return await performRun(
    { files, prompts, agents, served: tools.served, models, modelIds, early, cassette, stop },
    options,
    { continuation, trial },
  );
}

function modelOptions(
  options: RunOptions,
  { clock, random, cassette }: RunCassette,
  {
    offline,
    early,
    stop,
  }: { readonly offline: OfflineServer; readonly early: EarlyEvents; readonly stop: StopControl },
): ProviderOptions {
  const { baseUrl, rpm, tpm, adaptive, grace } = options;
  return {
    env: process.env,
    baseUrl,
    simOrigin: offline.origin,
    clock,
    random,
    cassette,
    rpm,
    tpm,
    adaptive,
    onLimit: (change) => early.emit({ kind: 'limit_change', ...change }),
    onOutage: ({ model, isOver }) =>
      early.notice(
        isOver
          ? `${model} answers again: requests go on.`
          : `${model} has failed so often that requests wait: one is tried every 5 s until it answers.`,
      ),
    onDown: (problem) => {
      tell(`${problem} Nothing new is started.`);
      stop.drain({ reason: problem, exitCode: 75 }, grace);
    },
    connectTimeoutMs: options.connectTimeout,
    firstByteTimeoutMs: options.firstByteTimeout,
    idleTimeoutMs: options.idleTimeout,
    maxAttempts: options.maxAttempts,
    maxRetryWaitMs: options.maxRetryWait,
  };
}

async function readPrompts(
  files: readonly PromptFile[],
  { filter, limit, repeat, maxPrompt: maxBytes }: RunOptions,
): Promise<PromptSet> {
  const opened = await openPrompts(files, { filter, limit, repeat, maxBytes });
  if (opened.ok) return opened.prompts;
  throw new UserError(opened.problems.join('\n'), { exitCode: 65 });
}

async function dryRun(prompts: PromptSet, agents: AgentCatalog, models: RunModels): Promise<number> {
  const { showDryRun } = await import('./show-dry-run.ts');
  return await print(stdout, (write) => showDryRun(prompts, agents, models, write));
}
