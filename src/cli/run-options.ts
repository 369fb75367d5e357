import type { PromptFormat } from '../input/prompt-file.ts';

/** The options of `agentpar run`, as the command line gives them. Times in milliseconds, sizes in bytes. */
export interface RunOptions {
  readonly model?: string;
  readonly baseUrl?: string;
  readonly agent?: string;
  readonly tools?: readonly string[];
  readonly builtin?: string;
  readonly root?: string;
  readonly allowPrivate?: boolean;
  readonly sim?: string;
  readonly format?: PromptFormat;
  readonly filter?: RegExp;
  readonly limit?: number;
  readonly repeat?: number;
  readonly retryFailed?: string;
  readonly dryRun?: boolean;
  readonly concurrency: number;
  readonly toolConcurrency?: number;
  readonly sequential?: boolean;
  readonly failFast?: boolean;
  /** As they were written, and each of them right. */
  readonly threshold?: readonly string[];
  readonly mcp?: readonly string[];
  readonly policy?: readonly string[];
  readonly approve?: string;
  readonly plan?: boolean;
  readonly background?: 'wait' | 'cancel';
  readonly cache: boolean;
  readonly learn?: boolean;
  readonly threads?: number;
  readonly autoThread?: boolean;
  readonly record?: string;
  readonly replay?: string;
  readonly time?: 'real' | 'virtual';
  readonly out?: string;
  readonly output?: string;
  /** Where spans are sent when the run has ended. */
  readonly otlp?: string;
  readonly otlpContent?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly timeline?: boolean;
  readonly watch?: boolean;
  readonly color: boolean;
  /** US dollars. */
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly maxTime?: number;
  readonly maxTurns: number;
  readonly maxToolCalls: number;
  readonly maxHandoffs: number;
  // Runs of older versions do not have these.
  readonly maxConversationTokens?: number;
  readonly maxTasks?: number;
  readonly maxTasksAtOnce?: number;
  readonly maxTaskDepth?: number;
  readonly ordered?: boolean;
  readonly conversationTimeout: number;
  readonly toolTimeout: number;
  readonly maxOutput: number;
  // Nor these.
  readonly maxJournalOutput?: number;
  readonly maxArguments?: number;
  readonly maxArgumentDepth?: number;
  readonly maxPrompt?: number;
  readonly turnConcurrency?: number;
  readonly connectTimeout: number;
  readonly firstByteTimeout: number;
  readonly idleTimeout: number;
  readonly maxAttempts: number;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly adaptive: boolean;
  readonly maxRetryWait: number;
  readonly grace: number;
}
