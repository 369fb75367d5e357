import type { ProviderOptions } from '../providers/resolve-model.ts';

/** How models are reached, from this process's environment. */
export function providerOptions(
  baseUrl: string | undefined,
  simOrigin: () => Promise<string>,
  others: Omit<ProviderOptions, 'env' | 'baseUrl' | 'simOrigin'>,
): ProviderOptions {
  return {
    env: process.env,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    simOrigin,
    ...others,
  };
}
