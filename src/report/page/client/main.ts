import type { PageData } from '../page-data.ts';
import { unpackRun } from '../unpack-run.ts';
import { Details } from './details.ts';
import { diffBoard } from './diff-board.ts';
import { button, element } from './dom.ts';
import { listen } from './live.ts';
import { forgetPalette } from './palette.ts';
import { RunBoard } from './run-board.ts';

const begun = performance.now();
const page = document.getElementById('page');
const data = JSON.parse(document.getElementById('data')?.textContent ?? '{}') as PageData;
const details = new Details();

const state = element('span', { class: 'state', attributes: { role: 'status' } });
const holder = element('div', {});
const runs = data.runs.map(unpackRun);
const boards = runs.map((run) => new RunBoard(run, details));
const [runA, runB] = runs;
const [boardA, boardB] = boards;
if (runA && runB && boardA && boardB) holder.append(diffBoard([runA, runB], [boardA, boardB]));
else holder.append(...boards.map(({ node }) => node));
page?.replaceChildren(
  element(
    'div',
    { class: 'top' },
    element('span', { class: 'brand' }, 'agentpar'),
    state,
    button('Light / dark', switchTheme, { class: 'quiet' }),
  ),
  holder,
);
if (data.live !== undefined) {
  state.textContent = 'Waiting for the run …';
  listen(data.live, {
    onState: (text) => {
      state.textContent = text;
    },
    onRun: (run) => {
      document.title = `${run.spans.runId} – agentpar`;
      const [board] = boards;
      if (board) return board.show(run);
      const made = new RunBoard(run, details);
      boards.push(made);
      holder.append(made.node);
    },
  });
}
document.body.append(details.node);
document.addEventListener('keydown', onKey);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
requestAnimationFrame(() =>
  requestAnimationFrame(() => {
    document.documentElement.dataset['drawnMs'] = String(Math.round(performance.now() - begun));
  }),
);

function switchTheme(): void {
  const { dataset } = document.documentElement;
  const isDark = dataset['theme'] ? dataset['theme'] === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  dataset['theme'] = isDark ? 'light' : 'dark';
  redraw();
}

function redraw(): void {
  forgetPalette();
  document.dispatchEvent(new Event('themechange'));
  for (const { timeline } of boards) timeline?.draw();
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    if (details.isOpen) details.close();
    else if (document.activeElement instanceof HTMLInputElement) visible()?.timeline?.focus();
    return;
  }
  const { target } = event;
  if (target instanceof HTMLInputElement && target.type === 'search') return;
  if (target instanceof HTMLSelectElement) return;
  const act = visible()?.toolbar.keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** The one that is looked at. */
function visible(): RunBoard | undefined {
  return boards.find(({ node }) => node.isConnected);
}
