import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { JsonObject } from '../../../../src/contract/json.ts';
import type { Tool, ToolContext, ToolPolicy } from '../../../../src/contract/tool.ts';
import type { ToolPlaces } from '../../../../src/tools/place/tool-places.ts';
import { createToolPlaces } from '../../../../src/tools/place/tool-places.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentpar-place-'));
const DEFINE = `import { defineTool } from ${JSON.stringify(new URL('../../../../src/tools/define-tool.ts', import.meta.url).href)};\n`;

/** Writes a file that exports tools, and returns its path. */
export function toolFile(name: string, code: string): string {
  const path = join(folder, name);
  writeFileSync(path, DEFINE + code);
  return path;
}

/** A path that nothing is at yet. */
export function freshPath(name: string): string {
  return join(folder, name);
}

/** A tool as the loader makes it from such a file. What it does here must never be seen. */
export function toolOf(source: string | undefined, name: string, policy: Partial<ToolPolicy>): Tool {
  return {
    spec: { name, description: '', parameters: { type: 'object' } },
    policy: { effect: 'unsafe', ...policy },
    ...(source === undefined ? {} : { source }),
    check: (args) => ({ ok: true, args }),
    run: () => {
      throw new Error('it ran in the event loop');
    },
  };
}

/** What a call is told, by default. */
export const context: ToolContext = {
  signal: new AbortController().signal,
  callKey: 'key-1',
  conversation: 'p1',
  agent: 'assistant',
};

/** Places that two threads and two small processes fit in; they are gone at the end of the test file. */
export function openPlaces(options: Partial<Parameters<typeof createToolPlaces>[0]> = {}): ToolPlaces {
  const places = createToolPlaces({
    threads: 2,
    processMemoryMb: 48,
    maxOutputBytes: 64 * 1024,
    environment: process.env,
    ...options,
  });
  afterAll(() => places[Symbol.asyncDispose]());
  return places;
}

/** Runs a tool with arguments that its schema leaves as they are. */
export function run(places: ToolPlaces, tool: Tool, args: JsonObject = {}, signal?: AbortSignal): Promise<unknown> {
  return places.run(tool, { raw: args, checked: args }, { ...context, ...(signal ? { signal } : {}) });
}
