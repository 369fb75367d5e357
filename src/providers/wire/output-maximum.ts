/** Asking again with less than that is not worth it. */
const LEAST = 256;

const ABOUT_THE_MAXIMUM = /max_(completion_|output_)?tokens|maxOutputTokens/i;
const TOO_LARGE = /too large|too high|above maximum|at most|less than|cannot exceed|range|between|<=/i;
/** How servers name the most that they take: in words, or as the end of a range. */
const STATED =
  /(?:at most|less than or equal to|cannot exceed|up to|maximum value of|<=)\s*['"`]?(\d+)|\[\s*\d+\s*,\s*(\d+)\s*\]/i;
const END = /\bto (\d+) \(exclusive\)/i;
/** Of a server that adds it up with the input. */
const CONTEXT = /context length is\s+(\d+) tokens.*?(\d+) (?:input tokens|in the messages|in your prompt)/is;

/** How many tokens of output a server lets be asked for, which it says when it is asked for more. */
export class OutputMaximum {
  #most = Number.POSITIVE_INFINITY;

  /** What to ask for in place of `wanted`, if that is known to be too much. */
  within(wanted: number | undefined): number | undefined {
    return wanted === undefined ? undefined : Math.min(wanted, this.#most);
  }

  /** What to ask for in place of `sent`, if `error` refuses that as too much. */
  smaller(error: unknown, sent: number | undefined): number | undefined {
    if (sent === undefined || !(error instanceof Error) || !('status' in error)) return undefined;
    if (error.status !== 400 && error.status !== 422) return undefined;
    const said = 'body' in error && typeof error.body === 'string' ? error.body : error.message;
    const next = this.#nextFor(said, sent);
    return next !== undefined && next < sent && next >= LEAST ? next : undefined;
  }

  #nextFor(message: string, sent: number): number | undefined {
    const [, context, input] = CONTEXT.exec(message) ?? [];
    if (context !== undefined && input !== undefined) return Number(context) - Number(input);
    if (!ABOUT_THE_MAXIMUM.test(message) || !TOO_LARGE.test(message)) return undefined;
    const [, most, last] = STATED.exec(message) ?? [];
    const [, end] = END.exec(message) ?? [];
    const stated = end === undefined ? Number(most ?? last) : Number(end) - 1;
    const next = stated < sent ? stated : Math.floor(sent / 2);
    this.#most = Math.min(this.#most, Math.max(next, LEAST));
    return next;
  }
}
