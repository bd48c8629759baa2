import { existsSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { refusalOf } from '../base/errors';
import type { Files } from './files';
import { Plan } from './plan';
import { DistError, readTree, writeTree } from './tree';

const REPLACED = 'another synth replaced it meanwhile; run this one again';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Whether a process with this id, other than this one, is running. */
function isAlive(pid: number): boolean {
  if (pid === process.pid || !Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Identifies a folder independent of its name, so that a replaced folder is detected. */
function identityOf(folder: string): string | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeMs}`;
}

/** Removes a folder, if possible. Leftovers are harmless, and git ignores them. */
function removeIfPossible(folder: string) {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next run tries again.
  }
}

/** The age in milliseconds after which a leftover is not in use: more than the time between the two renames, or to write a tree. */
const MAX_AGE = { old: 10_000, new: 10 * 60_000 } as const;

/** A tree that an interrupted synth left beside `dist/`. */
interface Leftover {
  readonly path: string;
  /** Whether it is a complete old tree. A new tree may be incomplete. */
  readonly whole: boolean;
  /** Whether a running process may still use it. */
  readonly inUse: boolean;
}

/**
 * The folder of synthesized manifests. It is replaced as a whole or not at all.
 *
 * The new tree is written beside it, as `.dist.<process>.new`. Then there are two renames: `dist/` becomes `.dist.<process>.old`, and
 * the new tree becomes `dist/`. If the process dies between the two, the next run restores the old tree. If two processes run at once,
 * the later one detects that `dist/` is not the folder that it read first, and fails.
 */
export class Dist {
  private readonly folder: string;
  private readonly fresh: string;
  private readonly old: string;
  /** The identity of the folder when it was first read. @default - not read yet */
  private known: { readonly identity: string | undefined } | undefined;

  constructor(private readonly root: string) {
    this.folder = join(root, 'dist');
    this.fresh = join(root, `.dist.${process.pid}.new`);
    this.old = join(root, `.dist.${process.pid}.old`);
  }

  /** Restores the old tree after an interrupted run, and removes its other leftovers. */
  recover() {
    for (const { path, whole, inUse } of this.leftovers()) {
      if (inUse) continue;
      if (whole && !existsSync(this.folder)) renameSync(path, this.folder);
      else removeIfPossible(path);
    }
  }

  /**
   * The text of a file of the present `dist/`, or undefined.
   *
   * @throws DistError while another process replaces `dist/`, or after an interrupted run
   */
  read(path: string): string | undefined {
    this.identityOfPresent();
    const file = join(this.folder, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  /**
   * Compares produced files with the present ones.
   *
   * @param scope the folders whose other files are removed, or "all"
   * @throws DistError after an interrupted run, or if another process replaces `dist/` meanwhile
   */
  compare(produced: Files, scope: readonly string[] | 'all'): Plan {
    const identity = this.identityOfPresent();
    if (existsSync(this.folder) && !lstatSync(this.folder).isDirectory()) {
      throw new DistError(`${this.folder} is not a folder; remove it`);
    }
    const present = this.tree();
    if (identityOf(this.folder) !== identity) throw new DistError(`dist/ changed while it was read: ${REPLACED}`);
    return new Plan(present, produced, scope);
  }

  /**
   * Replaces `dist/` by the produced files. Nothing is written if nothing changes.
   *
   * @param scope as in {@link compare}
   * @returns the changes
   * @throws DistError if the folder cannot be replaced, or another process has replaced it meanwhile; it is then unchanged
   */
  replace(produced: Files, scope: readonly string[] | 'all'): Plan {
    this.recover();
    const plan = this.compare(produced, scope);
    if (plan.isEmpty) return plan;
    for (const folder of [this.fresh, this.old]) {
      if (existsSync(folder)) throw new DistError(`${folder} is left over and cannot be removed; remove it by hand`);
    }
    try {
      writeTree(this.fresh, plan.next, (path) => (plan.unchanged.has(path) ? join(this.folder, path) : undefined));
      this.swap(this.identityOfPresent());
    } catch (error) {
      removeIfPossible(this.fresh);
      throw new DistError(`dist/ cannot be replaced, and is unchanged: ${refusalOf(error as NodeJS.ErrnoException)}`);
    }
    this.known = undefined;
    this.clean();
    return plan;
  }

  /**
   * The identity of `dist/` when it was first read.
   *
   * @throws DistError while another process replaces it, or after an interrupted run
   */
  private identityOfPresent(): string | undefined {
    const away = existsSync(this.folder) ? undefined : this.leftovers().find(({ whole }) => whole);
    if (away?.inUse) throw new DistError('another synth is replacing dist/ at this moment; run it again');
    if (away !== undefined) {
      throw new DistError(
        `a synth was interrupted while it replaced dist/, which is now ${away.path}; run npm run synth, which restores it`,
      );
    }
    this.known ??= { identity: identityOf(this.folder) };
    return this.known.identity;
  }

  private tree(): Map<string, Buffer> {
    try {
      return readTree(this.folder);
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? new DistError(`dist/ changed while it was read: ${REPLACED}`)
        : error;
    }
  }

  private leftovers(): Leftover[] {
    return readdirSync(this.root).flatMap((name) => {
      const [, pid, kind] = /^\.dist\.(\d+)\.(new|old)$/.exec(name) ?? [];
      if (pid === undefined) return [];
      const path = join(this.root, name);
      // Process ids are reused, so an old leftover belongs to no running process.
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0);
      const inUse = isAlive(Number(pid)) && age < MAX_AGE[kind as keyof typeof MAX_AGE];
      return [{ path, whole: kind === 'old', inUse }];
    });
  }

  /**
   * Replaces the old tree by the new one. The old tree stays beside it.
   *
   * @param known the identity of the folder that was read; undefined if there was none
   */
  private swap(known: string | undefined) {
    if (known === undefined) return renameSync(this.fresh, this.folder);
    // Without a handler a signal would end the process between the renames.
    const ignore = () => {};
    for (const signal of SIGNALS) process.on(signal, ignore);
    try {
      this.exchange(known);
    } finally {
      for (const signal of SIGNALS) process.off(signal, ignore);
    }
  }

  private exchange(known: string) {
    renameSync(this.folder, this.old);
    try {
      if (identityOf(this.old) !== known) throw new Error(REPLACED);
      renameSync(this.fresh, this.folder);
    } catch (error) {
      renameSync(this.old, this.folder);
      throw error;
    }
  }

  /** Removes the old tree. It is renamed first, since a tree named old counts as complete. */
  private clean() {
    if (!existsSync(this.old)) return;
    renameSync(this.old, this.fresh);
    removeIfPossible(this.fresh);
  }
}
