import type { Lock, ToolPolicy } from '../contract/tool.ts';

/** A tool's policy in a few words, its effect first: `read, at most 20 s, 2 at once`. */
export function describePolicy(policy: ToolPolicy): string {
  const { effect, approval, timeoutMs, retry, concurrency, rate, priority, after, thread, isolate } = policy;
  return [
    effect,
    approval ? 'asks a person' : '',
    timeoutMs === undefined ? '' : `at most ${seconds(timeoutMs)}`,
    retry ? `${retry.attempts} attempts` : '',
    describeCache(policy.cache),
    concurrency === undefined ? '' : `${concurrency} at once`,
    rate ? `${rate.calls} per ${seconds(rate.perMs)}` : '',
    describeLocks(policy.locks),
    priority === undefined ? '' : `priority ${priority}`,
    after && after.length > 0 ? `after ${after.join(' and ')}` : '',
    thread ? 'in a thread' : '',
    isolate ? 'in a process of its own' : '',
  ]
    .filter((words) => words !== '')
    .join(', ');
}

function describeCache(cache: ToolPolicy['cache']): string {
  if (cache === undefined) return '';
  if (cache === false) return 'not cached';
  return `cached per ${cache.scope}${cache.ttlMs === undefined ? '' : ` for ${seconds(cache.ttlMs)}`}`;
}

function describeLocks(locks: ToolPolicy['locks']): string {
  if (locks === undefined) return '';
  if (typeof locks === 'function') return 'locks by arguments';
  return locks.length === 0 ? '' : `locks ${locks.map(describeLock).join(' and ')}`;
}

function describeLock(lock: string | Lock): string {
  if (typeof lock === 'string') return lock;
  return lock.mode === 'shared' ? `${lock.name} (shared)` : lock.name;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
