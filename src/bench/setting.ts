import type { Mode } from '../contract/event.ts';

/** One way to run the prompts, to be compared with others. */
export interface Setting {
  readonly mode: Mode;
  /** Conversations at once; 1 for `sequential`. */
  readonly concurrency: number;
  /** Tool calls at once; without it, what a run has by default. 1 for `sequential`. */
  readonly toolConcurrency?: number;
}

/** Every combination of what is asked for, in that order and each once; `sequential` knows only one. */
export function settingsOf(asked: {
  readonly modes: readonly Mode[];
  readonly concurrency: readonly number[];
  readonly toolConcurrency: readonly number[] | undefined;
}): readonly Setting[] {
  const parallel = [...new Set(asked.concurrency)].flatMap((concurrency): Setting[] => {
    const same = { mode: 'parallel', concurrency } as const;
    if (asked.toolConcurrency === undefined) return [same];
    return [...new Set(asked.toolConcurrency)].map((toolConcurrency) => ({ ...same, toolConcurrency }));
  });
  const sequential: Setting = { mode: 'sequential', concurrency: 1, toolConcurrency: 1 };
  return [...new Set(asked.modes)].flatMap((mode) => (mode === 'sequential' ? [sequential] : parallel));
}

/** A setting as it is called in tables: `sequential`, `parallel -j 4`. */
export function nameOf(setting: Setting): string {
  return setting.mode === 'sequential' ? 'sequential' : `parallel ${optionsOf(setting)}`;
}

/** A setting as a person would say it: `one at a time`, `-j 4`. */
export function sayingOf(setting: Setting): string {
  return setting.mode === 'sequential' ? 'one at a time' : optionsOf(setting);
}

/** Whether one setting allows less at once than another, so that it is the better of two that are as fast. */
export function isModester(one: Setting, other: Setting): boolean {
  if (one.concurrency !== other.concurrency) return one.concurrency < other.concurrency;
  const [most, mostOfOther] = [one, other].map((each) => each.toolConcurrency ?? Number.POSITIVE_INFINITY);
  return (most ?? 0) < (mostOfOther ?? 0);
}

function optionsOf({ concurrency, toolConcurrency }: Setting): string {
  return `-j ${concurrency}${toolConcurrency === undefined ? '' : ` --tool-concurrency ${toolConcurrency}`}`;
}
