import { systemClock } from '../async/system-clock.ts';
import type { ProviderOptions } from '../providers/resolve-model.ts';

/** How models are reached, from this process's environment. */
export function providerOptions(
  baseUrl: string | undefined,
  simOrigin: () => Promise<string>,
  limits: Omit<ProviderOptions, 'env' | 'baseUrl' | 'simOrigin' | 'clock' | 'random'>,
): ProviderOptions {
  return {
    env: process.env,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    simOrigin,
    clock: systemClock,
    random: Math.random,
    ...limits,
  };
}
