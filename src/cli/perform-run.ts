import { copyFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { ConversationDeps } from '../agent/run-conversation.ts';
import { RunTasks } from '../agent/tasks/run-tasks.ts';
import type { TaskSettings } from '../agent/tasks/task-settings.ts';
import { DEFAULT_TASK_BOUNDS } from '../agent/tasks/task-settings.ts';
import { systemClock } from '../async/system-clock.ts';
import type { Agent } from '../contract/agent.ts';
import { UserError } from '../contract/errors.ts';
import type { Mode, RunSetup } from '../contract/event.ts';
import { EVENT_FORMAT } from '../contract/event.ts';
import type { Prompt } from '../contract/prompt.ts';
import type { Tool } from '../contract/tool.ts';
import type { PromptFile, PromptSet } from '../input/open-prompts.ts';
import type { OnUncertain } from '../run/restore-conversation.ts';
import type { RunDirectory } from '../run/run-directory.ts';
import type { EarlierRun } from '../run/run-modes.ts';
import type { RunSoFar } from '../run/run-so-far.ts';
import type { StopControl } from '../run/stop-control.ts';
import type { EarlyEvents } from './early-events.ts';
import type { AgentCatalog } from './load-agents.ts';
import { Output, outputExitCode } from './output.ts';
import { STDIN } from './prompt-files.ts';
import { EXIT_CODE_OF_LIMITS, moreOf, openRunBudget } from './run-budget.ts';
import type { RunCassette } from './run-cassette.ts';
import type { RunModels } from './run-models.ts';
import type { RunOptions } from './run-options.ts';
import { runSetup } from './run-setup.ts';
import { tell } from './tell.ts';
import { packageVersion } from './version.ts';

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

/** Runs what was prepared, from the first event to the last line. Returns the exit code. */
export async function performRun(
  prepared: Prepared,
  options: RunOptions,
  continuation?: Continuation,
): Promise<number> {
  const { files, prompts, agents, models, modelIds, early, cassette, stop } = prepared;
  const { clock, replayed } = cassette;
  const { concurrency } = options;
  const { clearUnbegun, createRunDirectory } = await import('../run/run-directory.ts');
  const { lockRun } = await import('../run/run-lock.ts');
  const { runModes } = await import('../run/run-modes.ts');
  const { openRunTools } = await import('./run-tools.ts');
  const { openReporters } = await import('./run-reporters.ts');
  const { handleSignals } = await import('./signals.ts');
  const { handleStrayErrors } = await import('./stray-errors.ts');

  const output = new Output(process.stdout, (error) => {
    stop.drain({ reason: `output: ${error.code ?? error.message}`, exitCode: outputExitCode(error) }, options.grace);
  });
  const ranMs = continuation?.soFar.last.atMs ?? 0;
  using budget = await openRunBudget({ modelIds, prompts: prompts.count, ranMs, clock }, stop, options);
  const directory =
    continuation?.directory ?? createRunDirectory(options.out, files[0]?.name ?? 'run', systemClock.date());
  // A run that is gone on with was locked before its journal was touched.
  using _lock = continuation ? undefined : lockRun(directory.path);
  if (!continuation) {
    clearUnbegun(directory);
    keepInput(files, directory);
  }
  const setup = await runSetup(prompts, agents, options);
  const agentOf = ({ agent }: Prompt) =>
    agent === undefined ? agents.start : (agents.byName.get(agent) ?? agents.start);
  const earlier = continuation && (await goOn(continuation, prepared, setup, agentOf));
  const reporters = await openReporters(directory, output, stop, options, clock, continuation?.soFar);
  for (const [modelId, use] of reporters.uses()) budget.charge(modelId, use);
  handleSignals(stop, options.grace);
  handleStrayErrors(reporters.emit, stop, options.grace);

  const { emit, pause } = reporters;
  await using tools = await openRunTools(directory.id, { emit, pause, stopping: stop.stopping }, options, cassette);

  const modes: readonly Mode[] = options.sequential ? ['sequential', 'parallel'] : ['parallel'];
  const conversation: Pick<ConversationDeps, 'model' | 'defaultModel' | 'bounds' | 'budget' | 'tasks'> = {
    model: models.get,
    defaultModel: models.id,
    bounds: {
      maxTurns: options.maxTurns,
      maxToolCalls: options.maxToolCalls,
      maxHandoffs: options.maxHandoffs,
      timeoutMs: options.conversationTimeout,
    },
    budget,
    ...(options.background ? { tasks: taskSettings(options.background, agents) } : {}),
  };
  const names = files.map(({ name }) => name);
  cassette.begin({ version: packageVersion(), files: names, model: models.id, concurrency }, prepared.served);
  const end = await runModes(
    {
      count: prompts.count,
      prompts: prompts.read,
      agentOf,
      ...(earlier ? { earlier } : {}),
      concurrency,
      toolConcurrency: options.toolConcurrency ?? concurrency * CALLS_PER_CONVERSATION,
      failFast: options.failFast ?? false,
      early: early.begin(reporters.emit),
      modes,
      about: {
        format: EVENT_FORMAT,
        version: packageVersion(),
        runId: directory.id,
        startedAt: systemClock.date().toISOString(),
        files: names,
        model: models.id,
        modelReason: models.reason,
        agent: agents.start.name,
        ...(replayed ? { replay: replayed } : {}),
        setup,
      },
    },
    {
      ...conversation,
      clock,
      emit: reporters.emit,
      stop,
      openTurnIn: (mode, toolConcurrency) => {
        cassette.rewind();
        return tools.openTurnIn(mode, toolConcurrency);
      },
    },
  );
  cassette.conclude(end.stopped);
  await output.conclude(reporters.conclude(end));
  const isStopped = stop.cause && stop.cause.reason !== 'fail-fast';
  if (isStopped || budget.reached !== undefined) {
    tell(`Go on with: agentpar resume ${relative(process.cwd(), directory.path) || '.'}${moreOf(budget)}`);
  }
  if (stop.cause) return stop.cause.exitCode;
  if (budget.reached !== undefined) return EXIT_CODE_OF_LIMITS;
  return end.counts.done === prompts.count ? 0 : 1;
}

/** What was piped in is kept beside the journal, so that the run can be gone on with. */
function keepInput(files: readonly PromptFile[], directory: RunDirectory): void {
  for (const { name, path } of files) if (name === STDIN) copyFileSync(path, directory.input);
}

async function goOn(
  { soFar, onUncertain, allowChanged }: Continuation,
  { prompts, agents, models }: Prepared,
  setup: RunSetup,
  agentOf: (prompt: Prompt) => Agent,
): Promise<EarlierRun> {
  const { earlierRun } = await import('../run/earlier-run.ts');
  if (setup.fingerprints.agents !== soFar.start.setup.fingerprints.agents && !allowChanged) {
    throw new UserError(
      'Cannot go on: agents or tools have changed since the run was started. Put them back, or accept that with --allow-changed.',
      { exitCode: 65 },
    );
  }
  return earlierRun(soFar, {
    agentNamed: (name) => agents.byName.get(name),
    agentOf,
    defaultModel: models.id,
    onUncertain,
    version: packageVersion(),
    startedAt: systemClock.date().toISOString(),
    prompts: prompts.read,
    fingerprint: setup.fingerprints.prompts,
    allowChanged,
  });
}

function taskSettings(atEnd: 'wait' | 'cancel', { byName }: AgentCatalog): TaskSettings {
  const { maxPerConversation, maxPerRun, maxDepth } = DEFAULT_TASK_BOUNDS;
  return { atEnd, maxPerConversation, maxDepth, run: new RunTasks(maxPerRun), agentByName: byName };
}

/** The default of `--tool-concurrency`, for each conversation that may run. */
const CALLS_PER_CONVERSATION = 16;
