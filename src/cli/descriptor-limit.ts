import { readFileSync } from 'node:fs';
import { tell } from './tell.ts';

/** Files of the program itself, and connections and pipes of one conversation, at the most. */
const OWN = 64;
const PER_CONVERSATION = 4;
/** Its pipes. */
const PER_SERVER = 3;

/**
 * Warns if this process may open fewer files and connections than the run may need. Beyond the limit, connections
 * fail as if they were lost, and nothing says why. Says nothing where the limit is not known.
 */
export function warnOfDescriptorLimit(concurrency: number, servers: number): void {
  const limit = descriptorLimit();
  const fixed = OWN + PER_SERVER * servers;
  const needed = fixed + PER_CONVERSATION * concurrency;
  if (limit === undefined || limit >= needed) return;
  const fitting = Math.max(1, Math.floor((limit - fixed) / PER_CONVERSATION));
  tell(
    `This process may open ${limit} files and connections, and ${concurrency} conversations at once may need ${needed}: ` +
      `connections may fail. Raise the limit (ulimit -n ${needed}), or use -j ${fitting}.`,
  );
}

function descriptorLimit(): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
