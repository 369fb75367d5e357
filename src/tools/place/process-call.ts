import type { RemoteCall } from './remote-call.ts';

/** What a tool's own process is told first. */
export interface ProcessCall {
  readonly call: RemoteCall;
  /** What the whole process may use up. */
  readonly memoryBytes: number;
}

/** The descriptor, in a tool's own process, of a pipe that closes when the parent process is gone, however it went. */
export const LIFELINE = 4;

/** What the parent reads from that pipe when the process used up too much memory. */
export const OUT_OF_MEMORY = 'out of memory';
