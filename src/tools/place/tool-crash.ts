/** The thread or process of a tool died while it ran. The message says what happened, as the end of a sentence about the tool. */
export class ToolCrash extends Error {
  override readonly name = 'ToolCrash';
}

/** Why a tool that still runs, or waits to, at the end of the run has no result. */
export const STOPPED = new Error('it was stopped at the end of the run');
