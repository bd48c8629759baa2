import { parse } from 'yaml';
import type { Files } from './files';

/** The changes of a synth to `dist/`, or to one of its folders. All paths are relative to `dist/`. */
export interface Change {
  /** New files. */
  readonly written: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Whether a text has these bytes. One buffer is used again: a new one for each of thousands of texts takes longer than to compare it. */
function textComparison(): (bytes: Buffer, text: string) => boolean {
  let buffer = Buffer.alloc(64 * 1024);
  return (bytes, text) => {
    const length = Buffer.byteLength(text);
    if (length !== bytes.length) return false;
    if (length > buffer.length) buffer = Buffer.alloc(2 * length);
    buffer.write(text);
    return buffer.compare(bytes, 0, length, 0, length) === 0;
  };
}

function under(folder: string) {
  return (path: string) => path.startsWith(`${folder}/`);
}

/** The next content of `dist/`, and how it differs from the present one. */
export class Plan {
  /** All files of the next `dist/`, by path. */
  readonly next: ReadonlyMap<string, string | Buffer>;
  private readonly change: Change;
  /** The files that stay as they are, by path. */
  readonly unchanged: ReadonlySet<string>;

  /**
   * @param present the present files
   * @param produced the generated files
   * @param scope the folders whose other files are removed, or "all"
   */
  constructor(
    private readonly present: ReadonlyMap<string, Buffer>,
    produced: Files,
    scope: readonly string[] | 'all',
  ) {
    const owned = (path: string) => scope === 'all' || scope.some((folder) => under(folder)(path));
    const stays = [...present].filter(([path]) => !owned(path));
    this.next = new Map<string, string | Buffer>([...stays, ...produced]);
    const isSame = textComparison();
    const [changed, written]: [string[], string[]] = [[], []];
    for (const [path, text] of produced) {
      const bytes = present.get(path);
      if (bytes === undefined) written.push(path);
      else if (!isSame(bytes, text)) changed.push(path);
    }
    const touched = new Set([...changed, ...written]);
    this.unchanged = new Set([...this.next.keys()].filter((path) => !touched.has(path)));
    this.change = {
      written,
      changed,
      removed: [...present.keys()].filter((path) => !this.next.has(path)),
    };
  }

  /** The changes in one folder. @default - in all of `dist/` */
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
   * All present objects of a folder. Objects whose file does not change are returned as generated, without parsing.
   *
   * @param made the generated objects, by the paths of their files
   */
  allBefore<Made>(folder: string, made: ReadonlyMap<string, Made>): (Made | unknown)[] {
    const { before, after } = this.changedObjects(folder, made);
    const isNew = new Set(after);
    return [...[...made.values()].filter((object) => !isNew.has(object)), ...before];
  }

  /** A present object, or undefined where the file is no YAML, as after a merge with conflicts. */
  private read(path: string): unknown {
    try {
      return parse((this.present.get(path) as Buffer).toString());
    } catch {
      return undefined;
    }
  }

  /** Whether nothing changes. */
  get isEmpty(): boolean {
    const { written, changed, removed } = this.change;
    return written.length + changed.length + removed.length === 0;
  }
}
