import type { RunEvent } from '../contract/event.ts';
import type { Reporter } from '../contract/reporter.ts';
import { modeHeading, runHeader } from './log-header.ts';
import { Columns } from './log-line.ts';
import type { LogTellerOptions } from './log-teller.ts';
import { LogTeller } from './log-teller.ts';

/** How the log is shown. */
export interface LogOptions extends LogTellerOptions {
  /** Called with whole lines only, once for each event that is shown. */
  write(text: string): void;
  /** Of the terminal, in columns: details are cut to fit. Without one they are cut where they stop being short. */
  readonly width: number | undefined;
  /** Nothing at all. */
  readonly quiet: boolean;
}

const WIDTH_WITHOUT_TERMINAL = 240;

/** The log as people read it: one line for each event worth one, in fixed columns, with what went wrong standing out. */
export function createLog(options: LogOptions): Reporter {
  return options.quiet ? { handle: () => {} } : new Log(options);
}

class Log implements Reporter {
  readonly #options: LogOptions;
  readonly #columns: Columns;
  readonly #teller: LogTeller;
  #modes = 0;
  #modesSeen = 0;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#columns = new Columns(options.verbose ? Number.POSITIVE_INFINITY : (options.width ?? WIDTH_WITHOUT_TERMINAL));
    this.#teller = new LogTeller(options);
  }

  handle(event: RunEvent): void {
    this.#makeRoom(event);
    const line = this.#teller.tell(event);
    const text = line ? this.#columns.format(line) : this.#heading(event);
    if (text) this.#options.write(text);
  }

  /** Before it is needed, so that columns seldom move. */
  #makeRoom(event: RunEvent): void {
    if (event.kind === 'run_start') this.#columns.fitConversation(`p${event.conversations}`);
    if (event.kind === 'conversation_start') this.#columns.fitConversation(event.conversation);
    if (event.kind !== 'model_end' || !event.result.ok) return;
    for (const { name } of event.result.calls) this.#columns.fitName(name);
  }

  #heading(event: RunEvent): string | undefined {
    const { theme, width = Number.POSITIVE_INFINITY } = this.#options;
    if (event.kind === 'run_start') {
      this.#modes = event.modes.length;
      return runHeader(event, theme, width);
    }
    if (event.kind !== 'mode_start' || this.#modes < 2) return undefined;
    this.#modesSeen++;
    return (this.#modesSeen > 1 ? '\n' : '') + modeHeading(event, theme);
  }
}
