import type { EventOf } from '../contract/event.ts';
import { showCount, showCounted } from './show-number.ts';
import { showText } from './show-text.ts';
import { textWidth } from './text-width.ts';
import type { Theme } from './theme.ts';

const FILES_NAMED = 3;

/** What the log says first: what is run, how wide, with which model, and why with that one. */
export function runHeader(event: EventOf<'run_start'>, theme: Theme, width: number): string {
  const command = `agentpar run ${files(event.files)}`;
  const model = showText(event.model);
  const size = `${showCounted(event.conversations, 'conversation')}, ${showCount(event.concurrency)} at once, ${model}`;
  const reason = showText(event.modelReason);
  const line = `${theme.strong(command)}   ${size}`;
  if (!reason) return `${line}\n\n`;
  const fits = textWidth(`${command}   ${size}: ${reason}`) <= width;
  return fits ? `${line}: ${reason}\n\n` : `${line}\n${model}: ${reason}\n\n`;
}

/** The heading over a mode's lines, where a run has more than one mode. */
export function modeHeading(event: EventOf<'mode_start'>, theme: Theme): string {
  const what =
    event.mode === 'sequential'
      ? 'one conversation and one tool call at a time, in file order'
      : `${showCounted(event.concurrency, 'conversation')} and ${showCounted(event.toolConcurrency, 'tool call')} at once`;
  return `${theme.strong(event.mode)}   ${what}\n`;
}

function files(names: readonly string[]): string {
  const shown = names.slice(0, FILES_NAMED).map(showText).join(' ');
  const more = names.length - FILES_NAMED;
  return more > 0 ? `${shown} and ${showCount(more)} more` : shown;
}
