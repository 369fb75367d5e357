import { copyFileSync } from 'node:fs';
import type { ConversationDeps } from '../agent/run-conversation.ts';
import { systemClock } from '../async/system-clock.ts';
import type { Agent } from '../contract/agent.ts';
import { UserError } from '../contract/errors.ts';
import type { Emit, Mode, RunSetup } from '../contract/event.ts';
import { EVENT_FORMAT } from '../contract/event.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { Tool } from '../contract/tool.ts';
import type { PromptFile, PromptSet } from '../input/open-prompts.ts';
import type { Judgement } from '../report/judge-run.ts';
import type { RunTiming } from '../report/timing.ts';
import type { RunBudget } from '../run/budget.ts';
import type { EarlierRunOptions } from '../run/earlier-run.ts';
import type { OnUncertain } from '../run/restore-conversation.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import { clearUnbegun, createRunDirectory } from '../run/run-directory.ts';
import { lockRun } from '../run/run-lock.ts';
import type { EarlierRun, RunEnd } from '../run/run-modes.ts';
import { runModes } from '../run/run-modes.ts';
import type { RunSoFar } from '../run/run-so-far.ts';
import type { StopControl } from '../run/stop-control.ts';
import { attendToProcess } from './attend-to-process.ts';
import { boundsOf, fittingOutputs, taskSettings, toolCallsAtOnce } from './bound-options.ts';
import { commandToGoOn } from './command-to-go-on.ts';
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
import { secrets } from './secrets.ts';
import { keepHeapSmall } from './small-heap.ts';
import { stdout } from './standard-streams.ts';
import { tell } from './tell.ts';
import { tellElsewhere } from './tell-elsewhere.ts';
import type { Trial } from './trial.ts';
import { packageVersion } from './version.ts';
import { withholdCommands } from './withhold-commands.ts';

/** A run that is gone on with: `directory` holds its journal, brought in order. */
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
  readonly ran?: {
    readonly directory: RunDirectory;
    readonly conversations: number;
    readonly end: RunEnd;
    readonly timing: RunTiming;
    readonly judgement: Judgement;
  };
}

/** Runs what was prepared, from the first event to the last line. */
export async function performRun(
  prepared: Prepared,
  options: RunOptions,
  { continuation, trial }: { readonly continuation?: Continuation | undefined; readonly trial?: Trial | undefined },
): Promise<RunOutcome> {
  const { files, prompts, agents, models, modelIds, early, cassette, stop } = prepared;
  const { clock, replayed } = cassette;
  const { concurrency } = options;

  const output = trial ? undefined : openOutput(stop, options);
  const requestsAtOnce = Math.min(concurrency, prompts.count);
  const budgeted = { modelIds, requestsAtOnce, ranMs: continuation?.soFar.last.atMs ?? 0, clock };
  const budget = await (trial ? trial.openBudget(budgeted) : openRunBudget(budgeted, stop, options));
  using _timer = trial ? undefined : budget;
  const directory =
    continuation?.directory ?? createRunDirectory(options.out, files[0]?.name ?? 'run', systemClock.date());
  // A run that is gone on with was locked before its journal was touched.
  using _lock = continuation ? undefined : lockRun(directory.path);
  if (!continuation) {
    clearUnbegun(directory);
    keepInput(files, directory);
  }
  const allowCommands = withholdCommands(process.env, !trial);
  const setup = await runSetup(prompts, agents, options);
  const agentOf = startingAgents(agents);
  const earlier = await goOn(continuation, prepared, { setup, agentOf, fitOutputs: fittingOutputs(options) });
  const forecast = await openForecast(options);
  const knownMs = forecast.toolMs;
  const reporters = await openReporters(directory, stop, options, {
    clock,
    output,
    forecast,
    soFar: continuation?.soFar,
    gone: earlier?.gone,
    others: [keepHeapSmall(concurrency), ...(trial?.reporters ?? [])],
  });
  for (const [modelId, use] of reporters.uses()) budget.charge(modelId, use);
  using _attention = await attend(directory, reporters.emit, stop, options, trial);

  const { emit, pause } = reporters;
  // The keys of calls are made from it, and stay the same in a directory that was moved.
  const runId = continuation?.soFar.start.runId ?? directory.id;
  await using tools = await openRunTools(runId, { emit, pause, stopping: stop.stopping, knownMs }, options, cassette);

  const names = files.map(({ name }) => name);
  const begin = startModel(agents.start, models);
  cassette.begin({ version: packageVersion(), files: names, model: models.id, concurrency }, prepared.served);
  const end = await runModes(
    {
      count: prompts.count,
      prompts: earlier?.prompts ?? prompts.read,
      agentOf,
      ...(earlier ? { earlier } : {}),
      concurrency,
      toolConcurrency: toolCallsAtOnce(options).toolConcurrency,
      failFast: options.failFast ?? false,
      early: early.begin(reporters.emit),
      modes: trial?.modes ?? modesOf(options),
      about: {
        format: EVENT_FORMAT,
        version: packageVersion(),
        runId,
        startedAt: systemClock.date().toISOString(),
        files: names,
        model: begin.id,
        modelReason: begin.reason,
        agent: agents.start.name,
        ...(replayed ? { replay: replayed } : {}),
        setup,
      },
    },
    {
      ...conversationSettings(prepared, budget, options),
      clock,
      emit: reporters.emit,
      stop,
      openTurnIn: (mode, toolConcurrency) => {
        cassette.rewind();
        models.findOutAnew();
        return tools.openTurnIn(mode, toolConcurrency);
      },
    },
  );
  cassette.conclude(end.stopped);
  const { timing, judgement, written: conclusion } = reporters.conclude(end, prompts.count);
  await (output ? output.conclude(conclusion) : conclusion);
  allowCommands();
  if (!trial) await tellOfEnd(directory, options, stop, budget);
  return {
    exitCode: stop.cause?.exitCode ?? exitCodeWithin(budget, end, judgement, prompts.count),
    ran: { directory, conversations: prompts.count, end, timing, judgement },
  };
}

/** A limit that a response was cut off for ends nothing, and is no failure. */
function exitCodeWithin(budget: RunBudget, end: RunEnd, judgement: Judgement, conversations: number): number {
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

function startingAgents({ start, byName }: AgentCatalog): (prompt: Prompt) => Agent {
  return ({ agent }) => (agent === undefined ? start : (byName.get(agent) ?? start));
}

function openOutput(stop: StopControl, { grace }: RunOptions): Output {
  return new Output(stdout, (error) => {
    stop.drain({ reason: `output: ${error.code ?? error.message}`, exitCode: outputExitCode(error) }, grace);
  });
}

/** A trial is one run of several, whose process somebody else attends to. */
async function attend(
  directory: RunDirectory,
  emit: Emit,
  stop: StopControl,
  options: RunOptions,
  trial?: Trial,
): Promise<Disposable | undefined> {
  trial?.onBegin(emit);
  return trial ? undefined : attendToProcess(emit, stop, options, goOnWith(directory));
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

/** What was piped in is kept beside the journal, so that the run can be gone on with. */
function keepInput(files: readonly PromptFile[], directory: RunDirectory): void {
  for (const { name, path } of files) if (name === STDIN) copyFileSync(path, directory.input);
}

async function goOn(
  continuation: Continuation | undefined,
  { prompts, agents, models }: Prepared,
  { setup, ...as }: Pick<EarlierRunOptions, 'agentOf' | 'fitOutputs'> & { readonly setup: RunSetup },
): Promise<EarlierRun | undefined> {
  if (!continuation) return undefined;
  const { soFar, onUncertain, allowChanged } = continuation;
  const { earlierRun } = await import('../run/earlier-run.ts');
  if (setup.fingerprints.agents !== soFar.start.setup.fingerprints.agents && !allowChanged) {
    throw new UserError(
      'Cannot go on: agents or tools have changed since the run was started. Put them back, or accept that with --allow-changed.',
      { exitCode: 65 },
    );
  }
  return earlierRun(soFar, {
    agentNamed: (name) => agents.byName.get(name),
    ...as,
    defaultModel: models.id,
    onUncertain,
    version: packageVersion(),
    startedAt: systemClock.date().toISOString(),
    prompts: prompts.read,
    fingerprint: setup.fingerprints.prompts,
    asRecorded: secrets.text,
    allowChanged,
  });
}
