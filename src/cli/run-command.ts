import type { ConversationDeps } from '../agent/run-conversation.ts';
import { RunTasks } from '../agent/tasks/run-tasks.ts';
import type { TaskSettings } from '../agent/tasks/task-settings.ts';
import { DEFAULT_TASK_BOUNDS } from '../agent/tasks/task-settings.ts';
import { systemClock } from '../async/system-clock.ts';
import { UserError } from '../contract/errors.ts';
import type { Mode } from '../contract/event.ts';
import { EVENT_FORMAT } from '../contract/event.ts';
import type { PromptSet } from '../input/open-prompts.ts';
import { openPrompts } from '../input/open-prompts.ts';
import { chooseTools } from './choose-tools.ts';
import type { AgentCatalog } from './load-agents.ts';
import { Notices } from './notices.ts';
import { OfflineServer } from './offline-server.ts';
import { Output, outputExitCode, print } from './output.ts';
import { findPromptFiles, splitByCode } from './prompt-files.ts';
import { providerOptions } from './provider-options.ts';
import type { RunModels } from './run-models.ts';
import { checkStarts, chooseModels, warmUp } from './run-models.ts';
import type { RunOptions } from './run-options.ts';
import { packageVersion } from './version.ts';

/**
 * `agentpar run`: reads and checks everything that the run needs, then runs it. Returns the exit code.
 *
 * @throws {UserError} before the first request, if something is wrong that a person can mend
 */
export async function executeRun(names: readonly string[], options: RunOptions): Promise<number> {
  const split = splitByCode(options.tools ?? []);
  using promptFiles = await findPromptFiles([...names, ...split.prompts], options.format);
  if (options.output !== undefined) {
    const { checkAnswersPath } = await import('../report/write-answers.ts');
    await checkAnswersPath(options.output);
  }
  await using offline = new OfflineServer(options.sim);
  const models = chooseModels(options.model, modelOptions(options, offline));
  if (!options.dryRun && models.id.startsWith('sim/')) offline.warmUp();
  const notices = new Notices();
  await using tools = await chooseTools({ ...options, tools: split.code }, notices.tell);
  const { agents } = tools;
  const prompts = await readPrompts(promptFiles.files, options);
  const starts = checkStarts(prompts, agents, models);
  if (options.dryRun) return await dryRun(prompts, agents, models);
  await warmUp(starts);
  const files = promptFiles.files.map(({ name }) => name);
  return await run({ files, prompts, agents, models, notices }, options);
}

function modelOptions(options: RunOptions, offline: OfflineServer) {
  return providerOptions(options.baseUrl, offline.origin, {
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

/** Everything that a run needs, read and checked. */
interface Prepared {
  readonly files: readonly string[];
  readonly prompts: PromptSet;
  readonly agents: AgentCatalog;
  readonly models: RunModels;
  readonly notices: Notices;
}

async function run({ files, prompts, agents, models, notices }: Prepared, options: RunOptions): Promise<number> {
  const { createRunDirectory } = await import('../run/run-directory.ts');
  const { StopControl } = await import('../run/stop-control.ts');
  const { runModes } = await import('../run/run-modes.ts');
  const { openRunTools } = await import('./run-tools.ts');
  const { openReporters } = await import('./run-reporters.ts');
  const { handleSignals } = await import('./signals.ts');
  const { handleStrayErrors } = await import('./stray-errors.ts');

  const stop = new StopControl(systemClock);
  const output = new Output(process.stdout, (error) => {
    stop.drain({ reason: `output: ${error.code ?? error.message}`, exitCode: outputExitCode(error) }, options.grace);
  });
  const directory = createRunDirectory(options.out, files[0] ?? 'run', systemClock.date());
  const reporters = await openReporters(directory, output, stop, options);
  handleSignals(stop, options.grace);
  handleStrayErrors(reporters.emit, stop, options.grace);

  await using tools = await openRunTools(directory.id, reporters.emit, reporters.pause, options);

  const modes: readonly Mode[] = options.sequential ? ['sequential', 'parallel'] : ['parallel'];
  const conversation: Pick<ConversationDeps, 'model' | 'defaultModel' | 'bounds' | 'tasks'> = {
    model: models.get,
    defaultModel: models.id,
    bounds: {
      maxTurns: options.maxTurns,
      maxToolCalls: options.maxToolCalls,
      maxHandoffs: options.maxHandoffs,
      timeoutMs: options.conversationTimeout,
    },
    ...(options.background ? { tasks: taskSettings(options.background, agents) } : {}),
  };
  const end = await runModes(
    {
      count: prompts.count,
      prompts: prompts.read,
      agentOf: ({ agent }) => (agent === undefined ? agents.start : (agents.byName.get(agent) ?? agents.start)),
      concurrency: options.concurrency,
      toolConcurrency: options.toolConcurrency ?? options.concurrency * CALLS_PER_CONVERSATION,
      failFast: options.failFast ?? false,
      notices: notices.begin(reporters.emit),
      modes,
      about: {
        format: EVENT_FORMAT,
        version: packageVersion(),
        runId: directory.id,
        startedAt: systemClock.date().toISOString(),
        files,
        model: models.id,
        modelReason: models.reason,
        agent: agents.start.name,
      },
    },
    {
      ...conversation,
      clock: systemClock,
      emit: reporters.emit,
      stop,
      openTurnIn: tools.openTurnIn,
    },
  );
  await reporters.conclude(end);
  await output.drain();
  return stop.cause?.exitCode ?? (end.counts.done === prompts.count ? 0 : 1);
}

function taskSettings(atEnd: 'wait' | 'cancel', { byName }: AgentCatalog): TaskSettings {
  const { maxPerConversation, maxPerRun, maxDepth } = DEFAULT_TASK_BOUNDS;
  return { atEnd, maxPerConversation, maxDepth, run: new RunTasks(maxPerRun), agentByName: byName };
}

/** The default of `--tool-concurrency`, for each conversation that may run. */
const CALLS_PER_CONVERSATION = 16;
