import type { ToolOutcome } from '../../contract/message.ts';
import { failureOutput, outputText } from '../../contract/tool.ts';

/** An outcome as the text that a model which takes text is shown. */
export function outcomeText(outcome: ToolOutcome): string {
  return outcome.kind === 'ok' ? outputText(outcome.output) : JSON.stringify(failureOutput(outcome));
}
