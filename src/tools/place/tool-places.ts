import type { JsonObject } from '../../contract/json.ts';
import type { Tool, ToolContext } from '../../contract/tool.ts';
import { LoopWatch } from './loop-watch.ts';
import { ProcessPlace } from './process-place.ts';
import type { PrintedLine, RemoteCall } from './remote-call.ts';
import { readReply } from './remote-call.ts';
import { ThreadPlace } from './thread-place.ts';
import { homeOf, whyNotMovable } from './tool-home.ts';

/** Where a tool runs: in the event loop of this thread, in a pool of worker threads, or in a process of its own. */
export type Place = 'loop' | 'thread' | 'process';

/** Runs tools where their policy says. */
export interface ToolPlaces extends AsyncDisposable {
  /**
   * Runs one attempt. Rejects with what the tool threw; with a `ToolCrash` when its thread or process died; with the
   * signal's reason when that fires, which really stops a thread or process, whatever it is doing.
   */
  run(tool: Tool, args: ToolArguments, context: ToolContext): Promise<unknown>;
  placeOf(tool: Tool): Place;
  /** How many calls may run at once in the tool's place, whatever tools they are of; others wait in `run`. */
  capacityOf(tool: Tool): number;
}

/** Arguments as the model wrote them, and as the tool's schema made them. */
export interface ToolArguments {
  readonly raw: JsonObject;
  readonly checked: unknown;
}

/** A tool let nothing else happen in the whole program. */
export interface LoopBlock {
  readonly toolName: string;
  readonly conversation: string;
  readonly blockedMs: number;
  /** A sentence: what to do about it. */
  readonly advice: string;
}

/** What the places of a run may use up, and who is told of what happens there. */
export interface ToolPlacesOptions {
  /** Worker threads, and processes, at once. */
  readonly threads: number;
  /** What JavaScript objects may take up in one thread. Default 1024. */
  readonly threadMemoryMb?: number;
  /** What JavaScript objects may take up in one process; it may use 256 MB for the rest. Default 512. */
  readonly processMemoryMb?: number;
  /** UTF-8 bytes of a result that are of any use. */
  readonly maxOutputBytes: number;
  /** Handed on to processes without the variables whose names end in KEY, TOKEN, SECRET or PASSWORD. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a tool that blocked the event loop twice runs in a thread from then on, if it can be loaded there. */
  readonly autoThread?: boolean;
  readonly onBlocked?: (report: LoopBlock) => void;
  readonly onMoved?: (toolName: string) => void;
  /** Told each line that tools print in threads and processes; without it they are dropped. */
  readonly onPrint?: (printed: PrintedLine) => void;
}

const BLOCKS_BEFORE_MOVE = 2;

/** Opens the places where a run's tools run. Threads and processes start only when a tool first needs them. */
export function createToolPlaces(options: ToolPlacesOptions): ToolPlaces {
  const { threads, environment, maxOutputBytes, onPrint = () => {} } = options;
  const threadPlace = new ThreadPlace({ threads, memoryMb: options.threadMemoryMb ?? 1024, onPrint });
  const processPlace = new ProcessPlace({
    processes: threads,
    memoryMb: options.processMemoryMb ?? 512,
    environment,
    onPrint,
  });
  const blocks = new Map<string, number>();
  const moved = new Set<string>();
  const watch = new LoopWatch((tool, conversation, blockedMs) => {
    options.onBlocked?.({ toolName: tool.spec.name, conversation, blockedMs, advice: adviceFor(tool) });
    const count = (blocks.get(keyOf(tool)) ?? 0) + 1;
    blocks.set(keyOf(tool), count);
    if (options.autoThread && count === BLOCKS_BEFORE_MOVE) void move(tool);
  });
  const move = async (tool: Tool) => {
    if ((await whyNotMovable(tool)) !== undefined) return;
    moved.add(keyOf(tool));
    options.onMoved?.(tool.spec.name);
  };
  const placeOf = (tool: Tool): Place => {
    if (tool.policy.isolate === 'process') return 'process';
    return tool.policy.thread || moved.has(keyOf(tool)) ? 'thread' : 'loop';
  };
  const elsewhere = async (home: ThreadPlace | ProcessPlace, tool: Tool, args: JsonObject, context: ToolContext) =>
    readReply(await home.run(remoteCall(tool, args, context), context.signal), maxOutputBytes);
  return {
    placeOf,
    capacityOf: (tool) => (placeOf(tool) === 'loop' ? Number.POSITIVE_INFINITY : threads),
    run: (tool, args, context) => {
      const place = placeOf(tool);
      if (place === 'loop') return watch.run(tool, args.checked, context);
      return elsewhere(place === 'thread' ? threadPlace : processPlace, tool, args.raw, context);
    },
    [Symbol.asyncDispose]: async () => {
      watch[Symbol.dispose]();
      await Promise.all([threadPlace[Symbol.asyncDispose](), processPlace[Symbol.asyncDispose]()]);
    },
  };
}

function remoteCall(tool: Tool, args: JsonObject, { callKey, conversation, agent }: ToolContext): RemoteCall {
  const home = homeOf(tool);
  if (home === undefined)
    throw new Error('it cannot be loaded anywhere else: it is not known which file it comes from');
  return { home, toolName: tool.spec.name, args, callKey, conversation, agent };
}

/** One name may be used by tools of different files. */
function keyOf({ source = '', spec }: Tool): string {
  return `${source}\n${spec.name}`;
}

function adviceFor(tool: Tool): string {
  const { name } = tool.spec;
  if (homeOf(tool) === undefined) return 'Break its work up, or let another process do it.';
  return `Run it in a thread: declare policy: { thread: true }, or pass --policy ${name}.thread=true.`;
}
