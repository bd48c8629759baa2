import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Files } from './files';

/** What a synth does to one folder of `dist/`. */
export interface Change {
  /** Paths of new files, relative to `dist/`. */
  readonly written: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export class DistError extends Error {}

function under(folder: string) {
  return (path: string) => path.startsWith(`${folder}/`);
}

/** Every file below a folder; its links too, as what they are. */
function readTree(folder: string, below = ''): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  if (!existsSync(join(folder, below))) return files;
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) for (const [key, bytes] of readTree(folder, path)) files.set(key, bytes);
    else if (entry.isFile()) files.set(path, readFileSync(join(folder, path)));
    else
      throw new DistError(
        `${join(folder, path)} is no regular file; dist/ holds what synth writes and nothing else, so remove it`,
      );
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

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false; // an earlier process had the number that is ours now
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
 * A new tree is written beside it as `.dist.<process>.new`; then two renames put it in place, with the old tree as
 * `.dist.<process>.old` between them. Whoever finds the old tree of a process that has died between the renames puts it
 * back ({@link recover}), and signals wait until both are done.
 */
export class Dist {
  private readonly folder: string;

  constructor(private readonly root: string) {
    this.folder = join(root, 'dist');
  }

  private beside(name: string): string {
    return join(this.root, `.dist.${process.pid}.${name}`);
  }

  /**
   * Removes what an interrupted process left and, if it died between the two renames, puts the old tree back.
   *
   * @throws DistError while another process is between its two renames
   */
  recover() {
    for (const entry of readdirSync(this.root)) {
      const [, pid, tree] = /^\.dist\.(\d+)\.(new|old)$/.exec(entry) ?? [];
      if (pid === undefined) continue;
      const displaced = tree === 'old' && !existsSync(this.folder);
      if (isAlive(Number(pid))) {
        if (displaced) throw new DistError(`process ${pid} is replacing dist/ right now; try again`);
      } else if (displaced) {
        renameSync(join(this.root, entry), this.folder);
      } else {
        rmSync(join(this.root, entry), { recursive: true });
      }
    }
  }

  /**
   * Compares what was produced with what is there.
   *
   * @param folders the folders that were produced, or "all" when whatever else is there is to go away
   */
  compare(produced: Files, folders: readonly string[] | 'all'): Plan {
    if (existsSync(this.folder) && !lstatSync(this.folder).isDirectory()) {
      throw new DistError(`${this.folder} is no folder; remove it`);
    }
    const present = readTree(this.folder);
    const owned = (path: string) => folders === 'all' || folders.some((folder) => under(folder)(path));
    const stays = [...present].filter(([path]) => !owned(path));
    return new Plan(present, produced, new Map<string, string | Buffer>([...stays, ...produced]));
  }

  /**
   * Puts the planned tree in place of `dist/`. Nothing is touched when nothing changes.
   *
   * @throws DistError when the folder cannot be replaced; it is then as it was
   */
  replace(plan: Plan) {
    if (plan.isEmpty) return;
    const fresh = this.beside('new');
    const old = this.beside('old');
    try {
      writeTree(fresh, plan.next);
      this.swap(fresh, old);
    } catch (error) {
      if (error instanceof DistError) throw error;
      throw new DistError(`dist/ cannot be replaced and is as it was: ${(error as Error).message}`);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
    rmSync(old, { recursive: true, force: true });
  }

  private swap(fresh: string, old: string) {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const later = () => {}; // a handler, so that the signal waits instead of ending the process between the renames
    for (const signal of signals) process.on(signal, later);
    try {
      const existed = existsSync(this.folder);
      if (existed) renameSync(this.folder, old);
      try {
        renameSync(fresh, this.folder);
      } catch (error) {
        if (existed) renameSync(old, this.folder);
        throw error;
      }
    } finally {
      for (const signal of signals) process.off(signal, later);
    }
  }
}

/** What `dist/` is to be, and how that differs from what it is. */
export class Plan {
  constructor(
    private readonly present: ReadonlyMap<string, Buffer>,
    private readonly produced: Files,
    readonly next: ReadonlyMap<string, string | Buffer>,
  ) {}

  /** The difference in one folder, or in all of it. */
  changeIn(folder?: string): Change {
    const inside = folder === undefined ? () => true : under(folder);
    const produced = [...this.produced].filter(([path]) => inside(path));
    return {
      written: produced.filter(([path]) => !this.present.has(path)).map(([path]) => path),
      changed: produced
        .filter(([path, text]) => this.present.get(path)?.equals(Buffer.from(text)) === false)
        .map(([path]) => path),
      removed: [...this.present.keys()].filter((path) => inside(path) && !this.next.has(path)),
    };
  }

  get isEmpty(): boolean {
    const { written, changed, removed } = this.changeIn();
    return written.length + changed.length + removed.length === 0;
  }
}
