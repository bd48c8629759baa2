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

  /**
   * @param present the files that are there
   * @param produced the files that were made
   * @param scope the folders that are to hold what was made and nothing else, or "all"
   */
  constructor(
    private readonly present: ReadonlyMap<string, Buffer>,
    private readonly produced: Files,
    scope: readonly string[] | 'all',
  ) {
    const owned = (path: string) => scope === 'all' || scope.some((folder) => under(folder)(path));
    const stays = [...present].filter(([path]) => !owned(path));
    this.next = new Map<string, string | Buffer>([...stays, ...produced]);
  }

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
