import { systemClock } from '../../../src/async/system-clock.ts';
import type { Model, ModelEvent, ModelRequest } from '../../../src/contract/model.ts';
import type { ProviderOptions } from '../../../src/providers/provider-options.ts';
import { DEFAULT_PROVIDER_LIMITS } from '../../../src/providers/provider-options.ts';
import { resolveModel } from '../../../src/providers/resolve-model.ts';

/** Options over the machine's own clock, with one attempt per response unless said otherwise. */
export function providerOptions(overrides: Partial<ProviderOptions> = {}): ProviderOptions {
  return {
    ...DEFAULT_PROVIDER_LIMITS,
    env: { OPENAI_API_KEY: 'sk-test', GEMINI_API_KEY: 'g-test' },
    simOrigin: () => Promise.reject(new Error('no offline server here')),
    clock: systemClock,
    random: () => 0,
    maxAttempts: 1,
    ...overrides,
  };
}

/** The model that `id` names; throws the problem if there is one. */
export function modelOf(id: string, overrides: Partial<ProviderOptions> = {}): Model {
  const resolved = resolveModel(id, providerOptions(overrides));
  if (!resolved.ok) throw new Error(resolved.problem);
  return resolved.model;
}

/** A request of one user message. */
export function ask(text: string, extra: Partial<ModelRequest> = {}): ModelRequest {
  return { instructions: '', messages: [{ role: 'user', text }], tools: [], ...extra };
}

/** All events of one response. */
export async function respond(
  model: Model,
  request: ModelRequest = ask('hello'),
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = [];
  await respondInto(events, model, request, signal);
  return events;
}

/** The same, with what was told before a failure too. */
export async function respondInto(
  events: ModelEvent[],
  model: Model,
  request: ModelRequest = ask('hello'),
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await using session = await model.open(signal);
  for await (const event of session.respond(request, signal)) events.push(event);
}

/** The last event of a response that ended. */
export function endOf(events: readonly ModelEvent[]): ModelEvent & { kind: 'end' } {
  const end = events.at(-1);
  if (end?.kind !== 'end') throw new Error(`ended with ${JSON.stringify(end)}`);
  return end;
}
