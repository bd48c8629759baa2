import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { NotPossible } from '../base/errors';
import type { Files } from './files';
import { Plan } from './plan';

/** `dist/` cannot be read or replaced; the message says why and how to mend it. */
export class DistError extends NotPossible {}

const REPLACED = 'another synth has replaced it meanwhile; run it again';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Every file below a folder. */
function readTree(folder: string, below = ''): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  if (!existsSync(join(folder, below))) return files;
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) for (const [key, bytes] of readTree(folder, path)) files.set(key, bytes);
    else if (entry.isFile()) files.set(path, readFileSync(join(folder, path)));
    else {
      throw new DistError(
        `${join(folder, path)} is no regular file; dist/ holds what synth writes and nothing else, so remove it`,
      );
    }
  }
  return files;
}

/** Writes files below a folder, which is made where it is missing. */
export function writeTree(folder: string, files: Iterable<readonly [string, string | Buffer]>) {
  const made = new Set<string>();
  for (const [path, content] of files) {
    const file = join(folder, path);
    const parent = dirname(file);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    writeFileSync(file, content);
  }
}

/** Whether another process than this one has the number. */
function isAlive(pid: number): boolean {
  if (pid === process.pid || !Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What tells a folder from another one that takes its place; a new name changes nothing of it. */
function identityOf(folder: string): string | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeMs}`;
}

/** Removes what nobody needs. What cannot be removed stays: git ignores it, and it is in nobody's way. */
function removeIfPossible(folder: string) {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // as said
  }
}

/** Longer than any process takes between the two renames, and longer than one takes to write a tree. In milliseconds. */
const MAX_AGE = { old: 10_000, new: 10 * 60_000 } as const;

/** What stands beside `dist/`: an old tree, which is whole, or one that may not be. */
interface Leftover {
  readonly path: string;
  readonly whole: boolean;
  /** Whether a process that may still run is at it. */
  readonly inUse: boolean;
}

/**
 * The folder of synthesized manifests. It is replaced as a whole or not at all.
 *
 * The new tree is written beside it, as `.dist.<process>.new`. Then there are two renames: `dist/` becomes `.dist.<process>.old`, and
 * the new tree becomes `dist/`. A process that dies between the two leaves an old tree that is whole, and the next run puts it back.
 * Two at once lose nothing of each other: the later one finds that `dist/` is not what it has read, from its first look on, and says so.
 */
export class Dist {
  private readonly folder: string;
  private readonly fresh: string;
  private readonly old: string;
  /** The folder as it was when it was first read. @default - nobody has looked yet */
  private known: { readonly identity: string | undefined } | undefined;

  constructor(private readonly root: string) {
    this.folder = join(root, 'dist');
    this.fresh = join(root, `.dist.${process.pid}.new`);
    this.old = join(root, `.dist.${process.pid}.old`);
  }

  /** Puts the old tree back that an interrupted process took away, and removes what else it left. */
  recover() {
    for (const { path, whole, inUse } of this.leftovers()) {
      if (inUse) continue;
      if (whole && !existsSync(this.folder)) renameSync(path, this.folder);
      else removeIfPossible(path);
    }
  }

  /**
   * The text of a file as it is there, or undefined.
   *
   * @throws DistError while `dist/` is away
   */
  read(path: string): string | undefined {
    this.identityOfPresent();
    const file = join(this.folder, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  /**
   * Compares what was produced with what is there.
   *
   * @param scope the folders that are to hold what was produced and nothing else, or "all"
   * @throws DistError when an interrupted synth has to be mended first, or another one replaces `dist/` meanwhile
   */
  compare(produced: Files, scope: readonly string[] | 'all'): Plan {
    const identity = this.identityOfPresent();
    if (existsSync(this.folder) && !lstatSync(this.folder).isDirectory()) {
      throw new DistError(`${this.folder} is no folder; remove it`);
    }
    const present = this.tree();
    if (identityOf(this.folder) !== identity) throw new DistError(`dist/ is not what it was: ${REPLACED}`);
    return new Plan(present, produced, scope);
  }

  /**
   * Puts what was produced in place. Nothing is touched when nothing changes.
   *
   * @param scope as in {@link compare}
   * @returns what was done
   * @throws DistError when the folder cannot be replaced, or somebody else has replaced it meanwhile; it is then as it was
   */
  replace(produced: Files, scope: readonly string[] | 'all'): Plan {
    this.recover();
    const plan = this.compare(produced, scope);
    if (plan.isEmpty) return plan;
    for (const folder of [this.fresh, this.old]) {
      if (existsSync(folder)) throw new DistError(`${folder} is in the way, and cannot be removed; remove it by hand`);
    }
    try {
      writeTree(this.fresh, plan.next);
      this.swap(this.identityOfPresent());
    } catch (error) {
      removeIfPossible(this.fresh);
      throw new DistError(`dist/ cannot be replaced and is as it was: ${(error as Error).message}`);
    }
    this.known = undefined;
    this.clean();
    return plan;
  }

  /**
   * What tells `dist/` from another one, as it was at the first look.
   *
   * @throws DistError while it is away
   */
  private identityOfPresent(): string | undefined {
    const away = existsSync(this.folder) ? undefined : this.leftovers().find(({ whole }) => whole);
    if (away?.inUse) throw new DistError('another synth is replacing dist/ at this moment; run it again');
    if (away !== undefined) {
      throw new DistError(
        `a synth was interrupted while it replaced dist/, which is ${away.path} now; run npm run synth, which puts the old one back`,
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
        ? new DistError(`dist/ is not what it was: ${REPLACED}`)
        : error;
    }
  }

  private leftovers(): Leftover[] {
    return readdirSync(this.root).flatMap((name) => {
      const [, pid, kind] = /^\.dist\.(\d+)\.(new|old)$/.exec(name) ?? [];
      if (pid === undefined) return [];
      const path = join(this.root, name);
      // A number is given again, in containers soon: who has been at it for that long is somebody else.
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0);
      const inUse = isAlive(Number(pid)) && age < MAX_AGE[kind as keyof typeof MAX_AGE];
      return [{ path, whole: kind === 'old', inUse }];
    });
  }

  /**
   * Puts the new tree in place of the old one, which stands beside it then.
   *
   * @param known the folder that was read; undefined when there was none
   */
  private swap(known: string | undefined) {
    if (known === undefined) return renameSync(this.fresh, this.folder);
    // Without a handler a signal would end the process between the renames. This late, it ends nothing: we are done in a moment.
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

  /** Removes the old tree. What is called old is whole, and this is not while it is removed. */
  private clean() {
    if (!existsSync(this.old)) return;
    renameSync(this.old, this.fresh);
    removeIfPossible(this.fresh);
  }
}
