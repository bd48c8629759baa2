import {
  existsSync,
  linkSync,
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
import { exchange } from './exchange';
import type { Files } from './files';
import { Plan } from './plan';

/** `dist/` cannot be read or replaced; the message says why and how to mend it. */
export class DistError extends Error {}

/** How long to wait for another synth. */
const PATIENCE_MS = 10_000;
/** No synth takes this long: who holds the lock longer has died, and somebody else has its number now. */
const STALE_MS = 10 * 60_000;

function sleep(milliseconds: number) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

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

/**
 * The folder of synthesized manifests. It is replaced as a whole or not at all.
 *
 * The new tree is written beside it as `.dist.new`, and the two are exchanged in one step; where the system cannot do that, in
 * two renames, with the old tree as `.dist.old` between them. One process at a time does so, which holds `.dist.lock`. Who dies
 * between the two renames leaves `.dist.old`, and the next run puts it back.
 */
export class Dist {
  private readonly folder: string;
  private readonly fresh: string;
  private readonly old: string;
  private readonly lock: string;

  constructor(root: string) {
    this.folder = join(root, 'dist');
    this.fresh = join(root, '.dist.new');
    this.old = join(root, '.dist.old');
    this.lock = join(root, '.dist.lock');
  }

  /** Removes what an interrupted process left and, if it died between the two renames, puts the old tree back. */
  recover() {
    // Nothing is looked at, and so no lock is needed, in the usual case.
    if (existsSync(this.fresh) || existsSync(this.old)) this.alone(() => this.tidy());
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
    if (!existsSync(this.folder) && existsSync(this.old)) {
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
   * @throws DistError when the folder cannot be replaced; it is then as it was
   */
  replace(produced: Files, scope: readonly string[] | 'all'): Plan {
    return this.alone(() => {
      this.tidy();
      const plan = this.compare(produced, scope);
      if (plan.isEmpty) return plan;
      try {
        writeTree(this.fresh, plan.next);
        this.swap();
      } catch (error) {
        rmSync(this.fresh, { recursive: true, force: true });
        throw new DistError(`dist/ cannot be replaced and is as it was: ${(error as Error).message}`);
      }
      this.remove(this.old);
      return plan;
    });
  }

  /** Only the holder of the lock makes these folders, so that what is there when it is taken was left by the dead. */
  private tidy() {
    if (existsSync(this.old) && !existsSync(this.folder)) renameSync(this.old, this.folder);
    this.remove(this.old);
    this.remove(this.fresh);
  }

  private remove(folder: string) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      throw new DistError(`${folder} cannot be removed, remove it by hand: ${(error as Error).message}`);
    }
  }

  /** Does what one process at a time may do. */
  private alone<T>(work: () => T): T {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.take()) {
      if (Date.now() > deadline) {
        const pid = this.holder()?.text ?? 'unknown';
        throw new DistError(`process ${pid} is replacing dist/; if that is no synth, remove ${this.lock}`);
      }
      sleep(50);
    }
    try {
      return work();
    } finally {
      rmSync(this.lock, { force: true });
    }
  }

  private take(): boolean {
    try {
      writeFileSync(this.lock, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new DistError(`dist/ cannot be replaced and is as it was: ${(error as Error).message}`);
      }
    }
    const holder = this.holder();
    if (holder?.abandoned) this.breakLock(holder.text);
    return false;
  }

  /** Who holds the lock; nobody when it has just been released. */
  private holder(): { readonly text: string; readonly abandoned: boolean } | undefined {
    try {
      const age = Date.now() - statSync(this.lock).mtimeMs;
      const text = readFileSync(this.lock, 'utf8');
      // Its holder writes its number right after making it: an empty one is new, or its holder died in that moment.
      return { text, abandoned: text === '' ? age > 1000 : !isAlive(Number(text)) || age > STALE_MS };
    } catch {
      return undefined;
    }
  }

  /** Takes an abandoned lock away. Between looking and taking somebody else may have made it anew, who then gets it back. */
  private breakLock(text: string) {
    const aside = `${this.lock}.${process.pid}`;
    try {
      renameSync(this.lock, aside);
      if (readFileSync(aside, 'utf8') !== text) linkSync(aside, this.lock);
    } catch {
      // Somebody else was faster.
    }
    rmSync(aside, { force: true });
  }

  /** Puts the new tree in place of the old one, which is beside it then. */
  private swap() {
    if (!existsSync(this.folder)) return renameSync(this.fresh, this.folder);
    if (exchange(this.fresh, this.folder)) return renameSync(this.fresh, this.old);
    // Without a handler a signal would end the process between the renames. This late, it ends nothing: we are done in a moment.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => {});
    renameSync(this.folder, this.old);
    try {
      renameSync(this.fresh, this.folder);
    } catch (error) {
      renameSync(this.old, this.folder);
      throw error;
    }
  }
}
