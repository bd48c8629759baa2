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

function remove(folder: string) {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw new DistError(`${folder} cannot be removed, remove it by hand: ${(error as Error).message}`);
  }
}

/**
 * The folder of synthesized manifests. It is replaced as a whole or not at all.
 *
 * The new tree is written beside it, as `.dist.<process>.new`. Then there are two renames: `dist/` becomes `.dist.<process>.old`, and
 * the new tree becomes `dist/`. A process that dies between the two leaves an old tree that is whole, and the next run puts it back.
 * Two at once lose nothing of each other: the later one finds that `dist/` is not what it has read, and says so.
 */
export class Dist {
  private readonly folder: string;
  private readonly fresh: string;
  private readonly old: string;

  constructor(private readonly root: string) {
    this.folder = join(root, 'dist');
    this.fresh = join(root, `.dist.${process.pid}.new`);
    this.old = join(root, `.dist.${process.pid}.old`);
  }

  /** Puts the old tree back that an interrupted process took away, and removes what else it left. */
  recover() {
    for (const { path, whole, alive } of this.beside()) {
      if (alive) continue;
      if (whole && !existsSync(this.folder)) renameSync(path, this.folder);
      else remove(path);
    }
  }

  /** The text of a file as it is there, or undefined. */
  read(path: string): string | undefined {
    const file = join(this.folder, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  /**
   * Compares what was produced with what is there.
   *
   * @param scope the folders that are to hold what was produced and nothing else, or "all"
   * @throws DistError when an interrupted synth has to be mended first
   */
  compare(produced: Files, scope: readonly string[] | 'all'): Plan {
    const away = existsSync(this.folder) ? undefined : this.beside().find(({ whole }) => whole);
    if (away?.alive) throw new DistError('another synth is replacing dist/ at this moment; run it again');
    if (away !== undefined) {
      throw new DistError(
        'a synth was interrupted while it replaced dist/; run npm run synth, which puts the old one back',
      );
    }
    if (existsSync(this.folder) && !lstatSync(this.folder).isDirectory()) {
      throw new DistError(`${this.folder} is no folder; remove it`);
    }
    return new Plan(readTree(this.folder), produced, scope);
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
    const known = identityOf(this.folder);
    const plan = this.compare(produced, scope);
    if (plan.isEmpty) return plan;
    try {
      writeTree(this.fresh, plan.next);
      this.swap(known);
    } catch (error) {
      remove(this.fresh);
      throw new DistError(`dist/ cannot be replaced and is as it was: ${(error as Error).message}`);
    }
    return plan;
  }

  /** What stands beside `dist/`: old trees, which are whole, and others, which may not be; and whether their process still runs. */
  private beside(): { readonly path: string; readonly whole: boolean; readonly alive: boolean }[] {
    return readdirSync(this.root).flatMap((name) => {
      const [, pid, kind] = /^\.dist\.(\d+)\.(new|old)$/.exec(name) ?? [];
      if (pid === undefined) return [];
      return [{ path: join(this.root, name), whole: kind === 'old', alive: isAlive(Number(pid)) }];
    });
  }

  /**
   * Puts the new tree in place of the old one, which goes.
   *
   * @param known the folder that was read; undefined when there was none
   */
  private swap(known: string | undefined) {
    if (known === undefined) return renameSync(this.fresh, this.folder);
    // Without a handler a signal would end the process between the renames. This late, it ends nothing: we are done in a moment.
    const goOn = () => {};
    for (const signal of SIGNALS) process.on(signal, goOn);
    try {
      this.exchange(known);
    } finally {
      for (const signal of SIGNALS) process.off(signal, goOn);
    }
    renameSync(this.old, this.fresh); // what is called old is whole, and this is not while it is removed
    remove(this.fresh);
  }

  private exchange(known: string) {
    renameSync(this.folder, this.old);
    try {
      if (identityOf(this.old) !== known) throw new Error('another synth has replaced it meanwhile; run it again');
      renameSync(this.fresh, this.folder);
    } catch (error) {
      renameSync(this.old, this.folder);
      throw error;
    }
  }
}
