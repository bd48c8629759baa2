import type { Place } from '../../../lib/config/yaml-file';

type Path = readonly PropertyKey[];

/** Collects what of a compose file is not taken over, with its place. */
export class Notes {
  private readonly all: { readonly file: string; readonly line: number; readonly text: string }[] = [];

  /** @param locate the place of a value in the compose file */
  constructor(private readonly locate: (path: Path) => Place) {}

  /**
   * Adds a line.
   *
   * @param path the place in the compose file
   * @param what the setting, or the value, by which a reader knows it
   * @param message why it is not taken over, and what to do
   */
  add(path: Path, what: string, message: string): void {
    const { file, position } = this.locate(path);
    this.all.push({ file, line: position?.line ?? 1, text: `${what}: ${message}` });
  }

  /** `compose.yaml:3, 12: labels: why; what to do`, in the order of the file. The same text is there once, with all its lines. */
  get lines(): string[] {
    const groups = new Map<string, { readonly file: string; readonly text: string; readonly lines: Set<number> }>();
    for (const { file, line, text } of [...this.all].sort((a, b) => a.line - b.line)) {
      const key = `${file}\0${text}`;
      const group = groups.get(key) ?? { file, text, lines: new Set() };
      group.lines.add(line);
      groups.set(key, group);
    }
    return [...groups.values()].map(({ file, text, lines }) => `${file}:${[...lines].join(', ')}: ${text}`);
  }
}
