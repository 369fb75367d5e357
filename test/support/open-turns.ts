import type { Clock } from '../../src/contract/clock.ts';
import type { Emit } from '../../src/contract/event.ts';
import type { OpenTurn } from '../../src/contract/tool.ts';
import { Durations } from '../../src/tools/durations.ts';
import type { LayerOptions } from '../../src/tools/layers.ts';
import { createLayers } from '../../src/tools/layers.ts';
import { createOpenTurn } from '../../src/tools/open-turn.ts';
import { createToolPlaces } from '../../src/tools/place/tool-places.ts';
import { DEFAULT_TOOL_LIMITS } from '../../src/tools/tool-limits.ts';
// Loaded ahead, because a tool's first call loads it and a fake clock cannot advance a file read.
import '../../src/tools/json-schema-check.ts';

/** Turns with the real layers around them; nobody can be asked for approval unless a test says so. */
export function openTurns(
  clock: Clock,
  emit: Emit,
  options: Partial<LayerOptions> & {
    readonly eager?: boolean;
    readonly inOrder?: boolean;
    readonly durations?: Durations;
    readonly turnConcurrency?: number;
  } = {},
): OpenTurn {
  const { eager = true, inOrder = false, durations = new Durations(), turnConcurrency = 16 } = options;
  const { limits = DEFAULT_TOOL_LIMITS, ...layers } = options;
  const runThrough = createLayers({
    runId: 'run',
    clock,
    random: () => 1,
    limits,
    toolConcurrency: 100,
    shares: true,
    ask: async () => 'nobody',
    places: createToolPlaces({ threads: 1, maxOutputBytes: 65_536, environment: {} }),
    ...layers,
  });
  return createOpenTurn({ clock, emit, durations, runThrough, limits, turnConcurrency, eager, inOrder });
}
