import { KeyedLocks } from '../../async/keyed-locks.ts';
import { messageOf } from '../../contract/errors.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Lock, ToolPolicy } from '../../contract/tool.ts';
import type { Layer } from '../call-in-hand.ts';
import { failed } from '../outcomes.ts';
import { areLocks } from '../policy-problems.ts';

/** Holds a tool's `locks` while it runs: all at once, first come first served, over all conversations. */
export function holdLocks(): Layer {
  const locks = new KeyedLocks();
  return ({ policy }, next) => {
    const { locks: declared } = policy;
    if (!declared) return next;
    return async (inHand, signal) => {
      const { args, call, story } = inHand;
      let wanted: readonly Lock[];
      try {
        wanted = locksFor(declared, args.raw);
      } catch (error) {
        story.start();
        return failed(call, 'threw', `The locks of "${call.name}" cannot be told: ${messageOf(error)}`);
      }
      if (wanted.length === 0) return next(inHand, signal);
      const release = await story.waiting('lock', locks.acquire(wanted, signal));
      try {
        return await next(inHand, signal);
      } finally {
        release();
      }
    };
  };
}

function locksFor(locks: NonNullable<ToolPolicy['locks']>, args: JsonObject): readonly Lock[] {
  const declared = typeof locks === 'function' ? checked(locks(args)) : locks;
  return declared.map((lock) => {
    const { name, mode } = typeof lock === 'string' ? ({ name: lock, mode: 'exclusive' } as const) : lock;
    return { name: filled(name, args), mode };
  });
}

/** What a tool's own function declares, which nobody has looked at before. */
function checked(locks: unknown): readonly (string | Lock)[] {
  if (areLocks(locks)) return locks;
  throw new TypeError('its function gave no list of names or of { name, mode: "shared" | "exclusive" }');
}

/** `file:{path}` with the arguments' own values. */
function filled(name: string, args: JsonObject): string {
  return name.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = args[key];
    return typeof value === 'string' ? value : JSON.stringify(value ?? null);
  });
}
