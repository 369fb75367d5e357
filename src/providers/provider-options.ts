import type { Cassette } from '../contract/cassette.ts';
import type { Clock } from '../contract/clock.ts';
import type { LimitChange } from './gate/found-limit.ts';
import type { OutageChange } from './gate/gate.ts';

/** What models are made with. */
export interface ProviderOptions {
  /** Where keys, organisations and base URLs are looked up. An empty value counts as none. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Instead of the environment's and the vendor's. */
  readonly baseUrl?: string | undefined;
  /** Starts the offline server on first use and gives `http://127.0.0.1:PORT`. */
  readonly simOrigin: () => Promise<string>;
  readonly clock: Clock;
  /** Numbers from 0 up to 1. */
  readonly random: () => number;
  readonly connectTimeoutMs: number;
  /** How long a response may take to begin. */
  readonly firstByteTimeoutMs: number;
  /** How long a response that has begun may be silent. */
  readonly idleTimeoutMs: number;
  /** Attempts at one response, the first included. */
  readonly maxAttempts: number;
  /** The longest wait between two attempts that a server may ask for. */
  readonly maxRetryWaitMs: number;
  /** Requests to one model that may start within any minute. */
  readonly rpm?: number | undefined;
  /** Tokens, in and out, of requests to one model that start within any minute; estimated until they are known. */
  readonly tpm?: number | undefined;
  /** Whether to find out how many requests at once a model takes; it is unless this is false. */
  readonly adaptive?: boolean;
  /** Told of every change of how many requests at once a model is held to take. */
  readonly onLimit?: (change: LimitChange) => void;
  readonly onOutage?: (change: OutageChange) => void;
  /** Told once for each model of which there is nothing more to be had: why. */
  readonly onDown?: (problem: string) => void;
  /** Records all exchanges with models, or answers from recordings: then no server is asked, and no key needed. */
  readonly cassette?: Cassette | undefined;
}

/** The limits of `ProviderOptions` where nobody says otherwise. */
export const DEFAULT_PROVIDER_LIMITS = {
  connectTimeoutMs: 10_000,
  firstByteTimeoutMs: 120_000,
  idleTimeoutMs: 120_000,
  maxAttempts: 6,
  maxRetryWaitMs: 600_000,
  adaptive: true,
} as const;
