import type { SimFault } from './fault.ts';
import type { Random } from './random.ts';

/** A piece of a stream. `tokens`: what had to be written before it could be sent. */
export interface Frame {
  readonly text: string;
  readonly tokens: number;
  /** Part of the proper end: a stream without it is not complete. */
  readonly terminal?: true;
}

/** What goes back over HTTP. `text` is JSON; `tokens`: what had to be written first, 0 for an error. */
export type Reply =
  | {
      readonly kind: 'whole';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly text: string;
      readonly tokens: number;
    }
  | { readonly kind: 'stream'; readonly frames: readonly Frame[] };

/** What a protocol needs to know of a request besides its body. */
export interface Exchange {
  readonly fault: SimFault | undefined;
  readonly random: Random;
  readonly createdAtSeconds: number;
  readonly retryAfterSeconds: number;
}

/** The first half of a stream, as sent by a server that then fails; at least one piece, never a terminal one. */
export function firstHalf(frames: readonly Frame[]): readonly Frame[] {
  const body = frames.filter((frame) => !frame.terminal);
  return body.slice(0, Math.ceil(body.length / 2));
}
