import { parse } from 'yaml';
import type { Files } from './files';

/** What a synth does to one folder of `dist/`. */
export interface Change {
  /** Paths of new files, relative to `dist/`. */
  readonly written: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

function under(folder: string) {
  return (path: string) => path.startsWith(`${folder}/`);
}

/** What `dist/` is to be, and how that differs from what it is. */
export class Plan {
  /** Every file that is to be there. */
  readonly next: ReadonlyMap<string, string | Buffer>;
  private readonly change: Change;

  /**
   * @param present the files that are there
   * @param produced the files that were made
   * @param scope the folders that are to hold what was made and nothing else, or "all"
   */
  constructor(
    private readonly present: ReadonlyMap<string, Buffer>,
    produced: Files,
    scope: readonly string[] | 'all',
  ) {
    const owned = (path: string) => scope === 'all' || scope.some((folder) => under(folder)(path));
    const stays = [...present].filter(([path]) => !owned(path));
    this.next = new Map<string, string | Buffer>([...stays, ...produced]);
    const differs = ([path, text]: [string, string]) => present.get(path)?.equals(Buffer.from(text)) === false;
    this.change = {
      written: [...produced.keys()].filter((path) => !present.has(path)),
      changed: [...produced].filter(differs).map(([path]) => path),
      removed: [...present.keys()].filter((path) => !this.next.has(path)),
    };
  }

  /** The difference in one folder, or in all of it. */
  changeIn(folder?: string): Change {
    const { written, changed, removed } = this.change;
    if (folder === undefined) return this.change;
    const inside = under(folder);
    return { written: written.filter(inside), changed: changed.filter(inside), removed: removed.filter(inside) };
  }

  /**
   * The objects of a folder whose files differ: as they were, and as they are made now.
   *
   * @param made the objects that are made now, by the paths of their files
   */
  changedObjects<Made>(folder: string, made: ReadonlyMap<string, Made>): { before: unknown[]; after: Made[] } {
    const { written, changed, removed } = this.changeIn(folder);
    return {
      before: [...changed, ...removed].map((path) => this.read(path)),
      after: [...written, ...changed].flatMap((path) => made.get(path) ?? []),
    };
  }

  /**
   * All objects of a folder as they were: those whose file stays as it is, as they are made now; the others as they are read.
   *
   * @param made the objects that are made now, by the paths of their files
   */
  allBefore<Made>(folder: string, made: ReadonlyMap<string, Made>): (Made | unknown)[] {
    const { before, after } = this.changedObjects(folder, made);
    const isNew = new Set(after);
    return [...[...made.values()].filter((object) => !isNew.has(object)), ...before];
  }

  private read(path: string): unknown {
    return parse((this.present.get(path) as Buffer).toString());
  }

  get isEmpty(): boolean {
    const { written, changed, removed } = this.change;
    return written.length + changed.length + removed.length === 0;
  }
}
