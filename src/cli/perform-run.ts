import { copyFileSync } from 'node:fs';
import type { ConversationDeps } from '../agent/run-conversation.ts';
import { systemClock } from '../async/system-clock.ts';
import type { Agent } from '../contract/agent.ts';
import type { Emit, Mode, RunSetup } from '../contract/event.ts';
import { EVENT_FORMAT } from '../contract/event.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { Tool } from '../contract/tool.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import type { PromptFile } from '../input/prompt-file.ts';
import type { RunBudget } from '../run/budget.ts';
import type { OnUncertain } from '../run/restore-conversation.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import { clearUnbegun, createRunDirectory } from '../run/run-directory.ts';
import { lockRun } from '../run/run-lock.ts';
import type { EarlierRun, RunPlan } from '../run/run-modes.ts';
import { runModes } from '../run/run-modes.ts';
import type { RunSoFar } from '../run/run-so-far.ts';
import type { StopControl } from '../run/stop-control.ts';
import { attendToProcess } from './attend-to-process.ts';
import { boundsOf, fittingOutputs, taskSettings, toolCallsAtOnce } from './bound-options.ts';
import { commandToGoOn } from './command-to-go-on.ts';
import type { EndedRun } from './conclude-run.ts';
import { earlierAttempt } from './earlier-attempt.ts';
import type { EarlyEvents } from './early-events.ts';
import { exitCodeOf } from './exit-code.ts';
import type { AgentCatalog } from './load-agents.ts';
import { openForecast } from './open-forecast.ts';
import { Output, outputExitCode } from './output.ts';
import { STDIN } from './prompt-files.ts';
import { EXIT_CODE_OF_LIMITS, moreOf, openRunBudget } from './run-budget.ts';
import type { RunCassette } from './run-cassette.ts';
import type { RunModels } from './run-models.ts';
import { startModel } from './run-models.ts';
import type { RunOptions } from './run-options.ts';
import { openReporters } from './run-reporters.ts';
import { runSetup } from './run-setup.ts';
import { openRunTools } from './run-tools.ts';
import { keepHeapSmall } from './small-heap.ts';
import { stdout } from './standard-streams.ts';
import { startingAgent } from './starting-agent.ts';
import { tell } from './tell.ts';
import { tellElsewhere } from './tell-elsewhere.ts';
import type { Trial } from './trial.ts';
import { packageVersion } from './version.ts';
import { withholdCommands } from './withhold-commands.ts';

/** A run that is resumed: `directory` holds its journal, mended. */
export interface Continuation {
  readonly directory: RunDirectory;
  readonly soFar: RunSoFar;
  readonly onUncertain: OnUncertain;
  readonly allowChanged: boolean;
}

/** Everything that a run needs, read and checked. */
export interface Prepared {
  readonly files: readonly PromptFile[];
  readonly prompts: PromptSet;
  readonly agents: AgentCatalog;
  /** The tools of MCP servers, as these offer them. */
  readonly served: readonly Tool[];
  readonly models: RunModels;
  /** All that it is known to ask. */
  readonly modelIds: ReadonlySet<string>;
  readonly early: EarlyEvents;
  readonly cassette: RunCassette;
  readonly stop: StopControl;
}

/** What a run came to. */
export interface RunOutcome {
  readonly exitCode: number;
  /** Nothing if it was a dry one. */
  readonly ran?: EndedRun & { readonly directory: RunDirectory; readonly conversations: number };
}

/** Runs what was prepared, from the first event to the last line. */
export async function performRun(
  prepared: Prepared,
  options: RunOptions,
  { continuation, trial }: { readonly continuation?: Continuation | undefined; readonly trial?: Trial | undefined },
): Promise<RunOutcome> {
  const { files, prompts, agents, models, modelIds, cassette, stop } = prepared;
  const { clock } = cassette;
  const { concurrency } = options;

  const output = trial ? undefined : openOutput(stop, options);
  const requestsAtOnce = Math.min(concurrency, prompts.count);
  const budgeted = { modelIds, requestsAtOnce, ranMs: continuation?.soFar.last.atMs ?? 0, clock };
  const budget = await (trial ? trial.openBudget(budgeted) : openRunBudget(budgeted, stop, options));
  using _timer = trial ? undefined : budget;
  const directory =
    continuation?.directory ?? createRunDirectory(options.out, files[0]?.name ?? 'run', systemClock.date());
  // A run that is resumed was locked before its journal was touched.
  using _lock = continuation ? undefined : lockRun(directory.path);
  if (!continuation) {
    clearUnbegun(directory);
    keepInput(files, directory);
  }
  const allowCommands = output && withholdCommands(process.env);
  const setup = await runSetup(prompts, agents, options);
  const agentOf = ({ agent }: Prompt) => startingAgent(agents, agent);
  const as = { setup, agentOf, fitOutputs: fittingOutputs(options) };
  const earlier = continuation && (await earlierAttempt(continuation, prepared, as));
  const forecast = await openForecast(options);
  const reporters = await openReporters(directory, options, {
    clock,
    stop,
    output,
    forecast,
    soFar: continuation?.soFar,
    gone: earlier?.gone,
    others: [keepHeapSmall(concurrency), ...(trial?.reporters ?? [])],
  });
  for (const [modelId, use] of reporters.uses()) budget.charge(modelId, use);
  const { emit, pause } = reporters;
  trial?.onBegin(emit);
  // The process of a trial is attended to by whoever makes the trials.
  using _attention = trial ? undefined : await attendToProcess(emit, stop, options, goOnWith(directory));

  // The keys of calls are made from it, and stay the same in a directory that was moved.
  const runId = continuation?.soFar.start.runId ?? directory.id;
  const { stopping } = stop;
  await using tools = openRunTools(options, cassette, { runId, emit, pause, stopping, knownMs: forecast.toolMs });

  const names = files.map(({ name }) => name);
  cassette.begin({ version: packageVersion(), files: names, model: models.id, concurrency }, prepared.served);
  const modes = trial?.modes ?? modesOf(options);
  const end = await runModes(planOf(prepared, options, { runId, setup, modes, agentOf, earlier, emit }), {
    ...conversationSettings(prepared, budget, options),
    clock,
    emit,
    stop,
    openTurnIn: (mode, toolConcurrency) => {
      cassette.rewind();
      models.findOutAnew();
      return tools.openTurnIn(mode, toolConcurrency);
    },
  });
  cassette.conclude(end.stopped);
  const { written, ...ended } = reporters.conclude(end, prompts.count);
  await (output ? output.conclude(written) : written);
  allowCommands?.();
  if (!trial) await tellOfEnd(directory, options, stop, budget);
  return {
    exitCode: stop.cause?.exitCode ?? exitCodeWithin(budget, ended, prompts.count),
    ran: { directory, conversations: prompts.count, ...ended },
  };
}

interface PlanParts {
  readonly runId: string;
  readonly setup: RunSetup;
  readonly modes: readonly Mode[];
  readonly agentOf: (prompt: Prompt) => Agent;
  readonly earlier: EarlierRun | undefined;
  /** Where early events go from now on. */
  readonly emit: Emit;
}

function planOf(
  { files, prompts, agents, models, early, cassette: { replayed } }: Prepared,
  options: RunOptions,
  { runId, setup, modes, agentOf, earlier, emit }: PlanParts,
): RunPlan {
  const { id: model, reason: modelReason } = startModel(agents.start, models);
  return {
    count: prompts.count,
    prompts: earlier?.prompts ?? prompts.read,
    agentOf,
    ...(earlier ? { earlier } : {}),
    concurrency: options.concurrency,
    toolConcurrency: toolCallsAtOnce(options).toolConcurrency,
    failFast: options.failFast ?? false,
    early: early.begin(emit),
    modes,
    about: {
      format: EVENT_FORMAT,
      version: packageVersion(),
      runId,
      startedAt: systemClock.date().toISOString(),
      files: files.map(({ name }) => name),
      model,
      modelReason,
      agent: agents.start.name,
      ...(replayed ? { replay: replayed } : {}),
      setup,
    },
  };
}

/** A run whose response was cut off for a limit exits as if the limit had stopped it: it can be resumed with a higher one. */
function exitCodeWithin(budget: RunBudget, { end, judgement }: EndedRun, conversations: number): number {
  return budget.reached === undefined ? exitCodeOf(end, judgement, conversations) : EXIT_CODE_OF_LIMITS;
}

type ConversationSettings = Pick<ConversationDeps, 'model' | 'defaultModel' | 'bounds' | 'budget' | 'tasks'>;

function conversationSettings(
  { agents, models }: Prepared,
  budget: RunBudget,
  options: RunOptions,
): ConversationSettings {
  return {
    model: models.get,
    defaultModel: models.id,
    bounds: boundsOf(options),
    budget,
    ...(options.background ? { tasks: taskSettings(options.background, options, agents.byName) } : {}),
  };
}

function openOutput(stop: StopControl, { grace }: RunOptions): Output {
  return new Output(stdout, (error) => {
    stop.drain({ reason: `output: ${error.code ?? error.message}`, exitCode: outputExitCode(error) }, grace);
  });
}

function modesOf({ sequential }: RunOptions): readonly Mode[] {
  return sequential ? ['sequential', 'parallel'] : ['parallel'];
}

/** Tells others of the run, and its user how to go on with it if it was stopped. */
async function tellOfEnd(
  directory: RunDirectory,
  options: RunOptions,
  { cause }: StopControl,
  budget: RunBudget,
): Promise<void> {
  await tellElsewhere(directory, options);
  const isStopped = cause && cause.reason !== 'fail-fast';
  if (!isStopped && budget.reached === undefined) return;
  tell(`${goOnWith(directory)}${moreOf(budget)}`);
}

function goOnWith(directory: RunDirectory): string {
  return `Go on with: ${commandToGoOn(directory)}`;
}

/** What was piped in is kept beside the journal, so that the run can be resumed. */
function keepInput(files: readonly PromptFile[], directory: RunDirectory): void {
  for (const { name, path } of files) if (name === STDIN) copyFileSync(path, directory.input);
}
