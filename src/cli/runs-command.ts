import { showCost, showCounted } from '../report/show-number.ts';
import { showText } from '../report/show-text.ts';
import type { RunState } from '../run/list-runs.ts';
import { listRunStates } from '../run/list-runs.ts';
import { commandToGoOn } from './command-to-go-on.ts';
import { print } from './output.ts';
import { stdout } from './standard-streams.ts';

/** `agentpar runs`: a line per run, the latest last, and how to go on with one that is unfinished. */
export function listRuns({ json }: { readonly json?: boolean }): Promise<number> {
  return print(stdout, async (write) => {
    let count = 0;
    for await (const run of listRunStates()) {
      count += 1;
      await write(json ? `${JSON.stringify(asRow(run))}\n` : describe(run));
    }
    if (count === 0 && !json) await write('No runs in .agentpar/runs yet. Start one: agentpar run prompts.txt\n');
  });
}

function asRow({ directory, ...run }: RunState) {
  return { run: directory.id, path: directory.path, ...run };
}

function describe(run: RunState): string {
  const { directory, state, model, counts, tokens, costUsd, problem } = run;
  const { done, failed, notStarted } = counts;
  const parts = [
    `${done} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(notStarted > 0 ? [`${notStarted} to do`] : []),
  ];
  const used = costUsd === null ? showCounted(tokens, 'token') : showCost(costUsd);
  const line = `${showText(directory.id)}  ${state.padEnd(10)}  ${parts.join(', ')}  ${used}  ${showText(model)}\n`;
  if (state === 'damaged') return `${line}  ${showText(problem ?? '')}\n`;
  return state === 'unfinished' ? `${line}  ${showText(commandToGoOn(directory))}\n` : line;
}
