import type { ModePicture } from '../mode-picture.ts';
import { element } from './dom.ts';

/** What the colours and marks of a mode mean: those that it has. */
export function legend({ spans, figures, curves, rows }: ModePicture): HTMLElement {
  const has = (kind: string) => rows.some(({ bars }) => bars.some((bar) => bar.kind === kind));
  const entries: (readonly [key: string, label: string] | undefined)[] = [
    ['model', 'model: with the model, paler until its first token'],
    has('tool') ? ['tool', 'tool'] : undefined,
    has('shared') ? ['shared', "tool, answered with an equal call's result"] : undefined,
    has('wait') ? ['waiting', 'waiting'] : undefined,
    has('task') ? ['task', 'background task'] : undefined,
    figures.handoffs > 0 ? ['handoff', 'handoff to another agent'] : undefined,
    rows.some(({ bars }) => bars.some(({ isFailed }) => isFailed)) ? ['failed', 'failed'] : undefined,
    ['running', 'conversations at once; lines: requests and tool calls'],
    ['allowed', 'allowed'],
    curves.limits.length > 0 ? ['limit', 'requests at once that the model is held to take'] : undefined,
    spans.refusals.length > 0 ? ['refused', 'refused for rate limits (429)'] : undefined,
  ];
  return element(
    'ul',
    { class: 'legend' },
    ...entries.flatMap((entry) => {
      return entry ? [element('li', {}, element('i', { class: `key key-${entry[0]}` }), entry[1])] : [];
    }),
  );
}
