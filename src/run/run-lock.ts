import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimes, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../contract/errors.ts';

/** Who holds a run directory: a process, and when it started, since process ids are used again. */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
  /** Where process ids mean what they mean to it: a machine since its last start, and a container in it. */
  readonly place?: string;
}

/** How often an owner shows that it lives to those who cannot look it up, and how long they believe it. */
const BEAT_MS = 10_000;
const LONGEST_SILENCE_MS = 60_000;

/**
 * Takes a run directory for this process: one process at a time writes to it. The lock of a process that is gone is taken
 * over. Disposing gives it back.
 *
 * @throws {UserError} with exit code 73 if a living process holds it, 74 if nothing can be written there
 */
export function lockRun(directory: string): Disposable {
  const path = join(directory, 'lock');
  const own: Owner = { pid: process.pid, startedAt: startOf(process.pid) ?? '', place: ownPlace() };
  const text = JSON.stringify(own);
  const claim = join(directory, `lock.${randomUUID()}`);
  try {
    writeFileSync(claim, text, { mode: 0o600 });
    if (!tryLink(claim, path)) takeOver(claim, path, directory);
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new UserError(`Cannot use ${directory}: it cannot be locked (${cause.message}).`, { exitCode: 74, cause });
  } finally {
    rmSync(claim, { force: true });
  }
  const beat = setInterval(() => utimes(path, new Date(), new Date(), () => {}), BEAT_MS).unref();
  const giveBack = () => {
    clearInterval(beat);
    if (readOr(path, '') === text) rmSync(path, { force: true });
  };
  return { [Symbol.dispose]: giveBack };
}

/** Whether a living process works on the run in that directory. */
export function isLocked(directory: string): boolean {
  return livingOwner(join(directory, 'lock')) !== undefined;
}

/** @throws {UserError} with exit code 73 if a living process works on the run in that directory */
export function refuseLocked(directory: string): void {
  const owner = livingOwner(join(directory, 'lock'));
  if (owner) throw inUse(directory, `process ${owner.pid} works on it`);
}

/** Linking fails if the name is there: of several that try at once one succeeds. */
function tryLink(claim: string, path: string): boolean {
  try {
    linkSync(claim, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function takeOver(claim: string, path: string, directory: string): void {
  const owner = livingOwner(path);
  const guard = `${path}.taking`;
  if (!owner && takeGuard(claim, guard)) {
    try {
      // Looked at again: before the guard was had, another may have taken it over.
      if (!livingOwner(path)) {
        rmSync(path, { force: true });
        if (tryLink(claim, path)) return;
      }
    } finally {
      rmSync(guard, { force: true });
    }
  }
  throw inUse(directory, owner ? `process ${owner.pid} works on it` : 'another process has just taken it');
}

function inUse(directory: string, who: string): UserError {
  return new UserError(`Cannot use ${directory}: ${who}. Wait for it to end, or stop it.`, { exitCode: 73 });
}

/** Of several that take over at once one goes on. The guard of one that was killed while it did is taken away. */
function takeGuard(claim: string, guard: string): boolean {
  if (tryLink(claim, guard)) return true;
  if (livingOwner(guard)) return false;
  // By a name of its own first, so that nobody takes away the guard that another has just put there.
  const stale = `${claim}.stale`;
  try {
    renameSync(guard, stale);
  } catch {
    return false;
  }
  if (livingOwner(stale)) tryLink(stale, guard);
  rmSync(stale, { force: true });
  return tryLink(claim, guard);
}

function livingOwner(path: string): Owner | undefined {
  let owner: Owner;
  try {
    owner = JSON.parse(readFileSync(path, 'utf8')) as Owner;
    if (!Number.isSafeInteger(owner.pid) || owner.pid < 1) return undefined;
  } catch {
    return undefined;
  }
  if (owner.place !== undefined && owner.place !== ownPlace()) return isSilent(path) ? undefined : owner;
  const startedAt = startOf(owner.pid);
  return startedAt !== undefined && (startedAt === '' || startedAt === owner.startedAt) ? owner : undefined;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

/** Whether its owner has not been heard of for so long that it must be gone. */
function isSilent(path: string): boolean {
  const heardAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - heardAt > LONGEST_SILENCE_MS;
}

function ownPlace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** When a process started, in the kernel's own count; empty where that cannot be told; nothing if there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended, though nobody has asked how yet.
    return state === 'Z' ? undefined : (fields[18] ?? '');
  } catch {
    return isAlive(pid) ? '' : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
