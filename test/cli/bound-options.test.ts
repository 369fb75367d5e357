import { expect, it } from 'vitest';
import { DEFAULT_BOUNDS } from '../../src/agent/bounds.ts';
import { DEFAULT_TASK_BOUNDS } from '../../src/agent/tasks/task-settings.ts';
import { boundsOf, taskSettings, toolCallsAtOnce, toolLimits } from '../../src/cli/bound-options.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { RunOptions } from '../../src/cli/run-options.ts';
import { MAX_PROMPT_BYTES } from '../../src/input/entry.ts';
import { DEFAULT_TOOL_LIMITS } from '../../src/tools/tool-limits.ts';

const MIB = 1024 * 1024;
const command = (name: string) =>
  createProgram(
    () => {},
    () => {},
  ).commands.find((each) => each.name() === name);

it.each(['run', 'bench'])('agentpar %s has these bounds unless it is told otherwise', (name) => {
  expect(command(name)?.opts()).toMatchObject({
    maxTurns: 25,
    turnConcurrency: 16,
    maxToolCalls: 200,
    maxHandoffs: 10,
    maxTaskDepth: 2,
    maxTasks: 8,
    maxTasksAtOnce: 64,
    maxConversationTokens: 500_000,
    conversationTimeout: 30 * 60_000,
    toolTimeout: 120_000,
    connectTimeout: 10_000,
    firstByteTimeout: 120_000,
    idleTimeout: 120_000,
    maxJournalOutput: MIB,
    maxOutput: 64 * 1024,
    maxArguments: MIB,
    maxArgumentDepth: 64,
    maxPrompt: 10 * MIB,
  });
});

it('a run of a version that did not have some of them is gone on with within the same bounds', () => {
  const now = command('run')?.opts() as RunOptions;
  const { maxTurns, maxToolCalls, maxHandoffs, conversationTimeout, toolTimeout, maxOutput, concurrency } = now;
  const old = { maxTurns, maxToolCalls, maxHandoffs, conversationTimeout, toolTimeout, maxOutput, concurrency };
  for (const options of [now, old as RunOptions]) {
    expect(boundsOf(options)).toEqual(DEFAULT_BOUNDS);
    expect(toolLimits(options)).toEqual(DEFAULT_TOOL_LIMITS);
    expect(toolCallsAtOnce(options)).toEqual({ turnConcurrency: 16, toolConcurrency: 64 });
    const { maxPerConversation, maxDepth, run } = taskSettings('wait', options, new Map());
    expect({ maxPerConversation, maxDepth, maxPerRun: run.max }).toEqual(DEFAULT_TASK_BOUNDS);
  }
  expect(now.maxPrompt).toBe(MAX_PROMPT_BYTES);
});
