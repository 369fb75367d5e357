import { Chalk, supportsColor } from 'chalk';

/** Colours for the few words that carry a status; everything else stays as the terminal shows it. */
export interface Theme {
  dim(text: string): string;
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  handoff(text: string): string;
}

/** Whether standard output shows colours, by what it is and by NO_COLOR, FORCE_COLOR and TERM. */
export function showsColor(): boolean {
  return supportsColor !== false;
}

/** The theme for a stream that shows colours, or the one that changes no text. */
export function createTheme(color: boolean): Theme {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  return {
    dim: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    handoff: (text) => chalk.cyan(text),
  };
}
