import type { Line, PageData, Thing } from '../view-data';

/** What the reader asked for. Empty texts ask for everything. */
export interface Filter {
  readonly text: string;
  readonly system: string;
  readonly namespace: string;
  readonly kind: string;
  readonly changed: boolean;
}

export const EVERYTHING: Filter = { text: '', system: '', namespace: '', kind: '', changed: false };

/** Words of a thing that a search finds, and those of what it may reach. */
function wordsOf({ name, namespace, system, about, facts, kind }: Thing, ways: string): string {
  return [name, namespace, system, about, kind, ...facts.flat(), ways].join(' ').toLowerCase();
}

/** The values of the page, with what is asked of them often. */
export class Environment {
  readonly things: ReadonlyMap<string, Thing>;
  private readonly words: ReadonlyMap<string, string>;
  private readonly tenants: ReadonlyMap<string, string>;

  constructor(readonly data: PageData) {
    this.things = new Map(data.things.map((one) => [one.id, one]));
    this.tenants = new Map(data.systems.map(({ name, tenants }) => [name, tenants.join(' ').toLowerCase()]));
    const ways = new Map<string, string>();
    for (const { from, to, ways: open } of data.lines)
      for (const id of [from, to])
        ways.set(id, `${ways.get(id) ?? ''} ${open.map(({ port, by }) => `${port} ${by}`).join(' ')}`);
    this.words = new Map(data.things.map((one) => [one.id, wordsOf(one, ways.get(one.id) ?? '')]));
  }

  /** The lines from or to a thing. */
  linesOf(id: string): Line[] {
    return this.data.lines.filter(({ from, to }) => from === id || to === id);
  }

  /** The ids of what a filter shows. A search for a tenant shows its system. */
  shownBy({ text, system, namespace, kind, changed }: Filter): Set<string> {
    const asked = text.toLowerCase().trim().split(/\s+/).filter(Boolean);
    const matching = this.data.things.filter(
      (one) =>
        (system === '' || one.system === system) &&
        (namespace === '' || one.namespace === namespace) &&
        (kind === '' || one.kind === kind) &&
        (!changed || one.change !== undefined || this.linesOf(one.id).some((line) => line.change !== undefined)) &&
        asked.every((word) => this.words.get(one.id)?.includes(word) || this.tenants.get(one.system)?.includes(word)),
    );
    return new Set(matching.map(({ id }) => id));
  }
}
