import { UserError } from '../contract/errors.ts';
import type { EventOf } from '../contract/event.ts';
import type { Shape } from '../run/shape.ts';
import { checkOf } from '../run/shape.ts';
import type { RunOptions } from './run-options.ts';

/**
 * The options of a run from what its journal kept, with the model that it was run with, whatever the keys allow now.
 *
 * @throws {UserError} with exit code 65 if that is damaged: an option is missing, or is no such option
 */
export function restoredOptions({ setup, model }: Pick<EventOf<'run_start'>, 'setup' | 'model'>): RunOptions {
  const flaw = optionsFlaw(setup.options);
  if (flaw !== undefined) throw damaged(`its "setup.options${flaw}" is missing or of another sort`);
  const { filter, ...rest } = setup.options;
  return {
    model,
    ...rest,
    ...(typeof filter === 'string' ? { filter: patternOf(filter) } : {}),
  } as unknown as RunOptions;
}

function patternOf(filter: string): RegExp {
  try {
    return new RegExp(filter, 'u');
  } catch {
    throw damaged('its "setup.options.filter" is no regular expression');
  }
}

function damaged(flaw: string): UserError {
  return new UserError(
    `Cannot use the options that the run was started with: the journal is damaged at line 1, byte 0: ${flaw}. ` +
      'Nothing was changed; start the run anew, or mend the line.',
    { exitCode: 65 },
  );
}

/** Options as JSON keeps them. */
type SavedOptions = Omit<RunOptions, 'filter' | 'watch'> & { readonly filter?: string };

const OPTIONS: Shape<SavedOptions> = {
  'model?': 'string',
  'baseUrl?': 'string',
  'agent?': 'string',
  'tools?': ['string'],
  'builtin?': 'string',
  'root?': 'string',
  'allowPrivate?': 'boolean',
  'sim?': 'string',
  'format?': 'string',
  'filter?': 'string',
  'limit?': 'number',
  'repeat?': 'number',
  'retryFailed?': 'string',
  'dryRun?': 'boolean',
  concurrency: 'ordinal',
  'toolConcurrency?': 'ordinal',
  'sequential?': 'boolean',
  'failFast?': 'boolean',
  'threshold?': ['string'],
  'mcp?': ['string'],
  'policy?': ['string'],
  'approve?': 'string',
  'plan?': 'boolean',
  'background?': 'string',
  cache: 'boolean',
  'learn?': 'boolean',
  'threads?': 'ordinal',
  'autoThread?': 'boolean',
  'record?': 'string',
  'replay?': 'string',
  'time?': 'string',
  'out?': 'string',
  'output?': 'string',
  'otlp?': 'string',
  'otlpContent?': 'boolean',
  'json?': 'boolean',
  'quiet?': 'boolean',
  'verbose?': 'boolean',
  'timeline?': 'boolean',
  color: 'boolean',
  'maxCost?': 'number',
  'maxTokens?': 'number',
  'maxTime?': 'number',
  maxTurns: 'number',
  maxToolCalls: 'number',
  maxHandoffs: 'number',
  'maxConversationTokens?': 'number',
  'maxTasks?': 'number',
  'maxTasksAtOnce?': 'number',
  'maxTaskDepth?': 'number',
  'ordered?': 'boolean',
  conversationTimeout: 'number',
  toolTimeout: 'number',
  maxOutput: 'number',
  'maxJournalOutput?': 'number',
  'maxArguments?': 'number',
  'maxArgumentDepth?': 'number',
  'maxPrompt?': 'number',
  'turnConcurrency?': 'ordinal',
  connectTimeout: 'number',
  firstByteTimeout: 'number',
  idleTimeout: 'number',
  maxAttempts: 'number',
  'rpm?': 'number',
  'tpm?': 'number',
  adaptive: 'boolean',
  maxRetryWait: 'number',
  grace: 'number',
};

const optionsFlaw = checkOf(OPTIONS);
