import { shorten, showText } from '../report/show-text.ts';
import type { AskPerson } from '../tools/layers/ask-approval.ts';
import { secrets } from './secrets.ts';

/** The terminal where a person may be, and what else uses it. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Keeps everything else off it until the returned function is called. */
  readonly pause: () => () => void;
  /** Told of Ctrl-C, which is no signal while a question is open. */
  readonly onInterrupt: () => void;
}

const COLUMNS_FOR_ARGUMENTS = 400;

/**
 * Asks the person at the terminal, on lines of its own; with none there, or none any more, nobody. `always` holds for a
 * tool from then on. Once `stopping` fires it asks no more and rejects, so that the call is as if never made.
 */
export function askAtTerminal(terminal: Terminal, stopping: AbortSignal): AskPerson {
  const always = new Set<string>();
  return async (call, conversation, signal) => {
    if (!terminal.input.isTTY || !terminal.output.isTTY) return 'nobody';
    if (always.has(call.name)) return 'yes';
    stopping.throwIfAborted();
    const what = shorten(showText(secrets.text(call.argumentsText)), COLUMNS_FOR_ARGUMENTS);
    const question = `\n${showText(conversation)} wants to run ${showText(call.name)} ${what}\nRun it? [y]es, [n]o, [a]lways: `;
    const answer = await answerTo(question, terminal, AbortSignal.any([signal, stopping]));
    if (answer === undefined) return 'nobody';
    if (ALWAYS.includes(answer)) always.add(call.name);
    return YES.includes(answer) ? 'yes' : 'no';
  };
}

const ALWAYS = ['a', 'always'];
const YES = ['y', 'yes', ...ALWAYS];

/** What was typed; nothing once the input has ended. */
async function answerTo(question: string, terminal: Terminal, signal: AbortSignal): Promise<string | undefined> {
  const { input, output, pause, onInterrupt } = terminal;
  const { createInterface } = await import('node:readline/promises');
  const goOn = pause();
  const lines = createInterface({ input, output });
  lines.on('SIGINT', onInterrupt);
  const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    const answer = await Promise.race([lines.question(question, { signal }), ended]);
    // After an answer the cursor is on a new line already.
    if (answer === undefined) output.write('\n');
    return answer?.trim().toLowerCase();
  } finally {
    lines.close();
    goOn();
  }
}
