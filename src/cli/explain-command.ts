import { explainRun } from '../report/explain/explain-run.ts';
import { renderExplanation } from '../report/explain/render-explanation.ts';
import { createTheme, showsColor } from '../report/theme.ts';
import { findAnyRun } from './find-run.ts';
import { print } from './output.ts';
import { readSpans } from './read-spans.ts';
import { stdout } from './standard-streams.ts';

/** The options of `agentpar explain`. */
export interface ExplainOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly timeline?: boolean;
  readonly color: boolean;
}

/**
 * `agentpar explain`: where the time of a run went, from its journal. Returns the exit code.
 *
 * @throws {UserError} if there is no such run; with exit code 65 if its journal is damaged
 */
export async function explain(name: string | undefined, options: ExplainOptions): Promise<number> {
  const { json, verbose, timeline, color } = options;
  const spans = await readSpans(findAnyRun(name));
  const explanation = explainRun(spans);
  const theme = createTheme(color && showsColor());
  const text = json
    ? `${JSON.stringify(explanation)}\n`
    : renderExplanation(explanation, { theme, isWhole: verbose ?? false });
  return print(stdout, async (write) => {
    await write(text);
    if (!timeline || json) return;
    const { showGantt } = await import('./show-gantt.ts');
    await write(showGantt(spans, color));
  });
}
