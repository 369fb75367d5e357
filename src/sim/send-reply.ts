import type { ServerResponse } from 'node:http';
import type { SimFault } from './fault.ts';
import type { Frame, Reply } from './reply.ts';
import { firstHalf } from './reply.ts';
import type { SimSettings } from './settings.ts';

/**
 * Sends a reply at the pace of the settings, or breaks off as the fault says. All that is due at one moment goes out
 * in one write. Stops when the client is gone.
 */
export function sendReply(
  response: ServerResponse,
  reply: Reply,
  fault: SimFault | undefined,
  settings: SimSettings,
): void {
  const isError = reply.kind === 'whole' && reply.status >= 400;
  const plan = isError ? { frames: [{ text: reply.text, tokens: 0 }], end: 'close' as const } : planOf(reply, fault);
  const status = reply.kind === 'whole' ? reply.status : 200;
  const headers = reply.kind === 'whole' ? reply.headers : undefined;
  const type = reply.kind === 'whole' ? 'application/json' : 'text/event-stream; charset=utf-8';
  const pacer = new Pacer(response, plan, isError ? { ...settings, firstTokenMs: 0 } : settings);
  response.writeHead(status, { ...headers, 'content-type': type, ...(reply.kind === 'stream' && NO_CACHE) });
  // As the vendors do: that a request was accepted is known before there is a first token.
  if (reply.kind === 'stream' && settings.firstTokenMs > 0) response.flushHeaders();
  pacer.next();
}

const NO_CACHE = { 'cache-control': 'no-cache' };

interface Plan {
  readonly frames: readonly Frame[];
  readonly end: 'close' | 'hang' | 'destroy';
}

function planOf(reply: Reply, fault: SimFault | undefined): Plan {
  const frames: readonly Frame[] = reply.kind === 'stream' ? reply.frames : halves(reply.text, reply.tokens);
  switch (fault?.kind) {
    case 'reset':
      return { frames: fault.when === 'mid-stream' ? firstHalf(frames) : [], end: 'destroy' };
    case 'stall':
      return { frames: firstHalf(frames), end: 'hang' };
    case 'cut':
      return { frames: frames.filter((frame) => !frame.terminal), end: 'close' };
    case 'half-event': {
      const last = frames.find((frame) => frame.terminal);
      const half = last ? [{ ...last, text: last.text.slice(0, last.text.length / 2) }] : [];
      return { frames: [...frames.filter((frame) => !frame.terminal), ...half], end: 'close' };
    }
    default:
      return { frames, end: 'close' };
  }
}

/** A body that is not a stream breaks off in its middle. */
function halves(text: string, tokens: number): readonly Frame[] {
  const middle = text.length >> 1;
  return [
    { text: text.slice(0, middle), tokens },
    { text: text.slice(middle), tokens: 0, terminal: true },
  ];
}

/** Timers finer than this cost more than they show. */
const FINEST_MS = 5;

/** A timer may fire this much before its time by the monotonic clock. */
const EARLY_MS = 1;

class Pacer {
  readonly #response: ServerResponse;
  readonly #plan: Plan;
  readonly #settings: SimSettings;
  readonly #startedAt = performance.now();
  #sent = 0;
  #tokens = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, plan: Plan, settings: SimSettings) {
    this.#response = response;
    this.#plan = plan;
    this.#settings = settings;
    response.once('close', () => clearTimeout(this.#timer));
  }

  /** Sends all that is due and waits for the rest. */
  readonly next = (): void => {
    const now = performance.now() - this.#startedAt;
    const { frames } = this.#plan;
    let text = '';
    for (let frame = frames[this.#sent]; frame && this.#dueAt(frame) <= now + EARLY_MS; frame = frames[this.#sent]) {
      text += frame.text;
      this.#tokens += frame.tokens;
      this.#sent++;
    }
    const upcoming = frames[this.#sent];
    if (!upcoming) this.#finish(text);
    else {
      if (text !== '') this.#response.write(text);
      const waitMs = Math.ceil(this.#dueAt(upcoming) - now);
      this.#timer = setTimeout(this.next, this.#sent === 0 ? waitMs : Math.max(FINEST_MS, waitMs));
    }
  };

  #dueAt(frame: Frame): number {
    const { firstTokenMs, tokensPerSecond } = this.#settings;
    return firstTokenMs + (tokensPerSecond === 0 ? 0 : ((this.#tokens + frame.tokens) / tokensPerSecond) * 1000);
  }

  #finish(text: string): void {
    const { socket } = this.#response;
    switch (this.#plan.end) {
      case 'close':
        this.#response.end(text);
        break;
      case 'destroy':
        if (text === '') socket?.destroy();
        else this.#response.write(text, () => socket?.destroy());
        break;
      case 'hang':
        this.#response.write(text);
        this.#timer = setTimeout(() => socket?.destroy(), this.#settings.stallMs);
        break;
    }
  }
}
