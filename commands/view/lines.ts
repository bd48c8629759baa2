import { groupBy } from '../../lib/base/group';
import type { OpenConnection } from '../../lib/checks/cluster/reach';
import type { Change, Line, Thing } from './view-data';

/** The ports of DNS alone. */
const DNS = /^((TCP|UDP) 53(, |$))+$/;

interface End {
  readonly text: string;
  readonly thing: Thing | undefined;
}

/** A connection, with how it differs from the compared revision. */
type Marked = OpenConnection & { readonly change?: Change | undefined };

const keyOf = ({ from, to, port, by }: OpenConnection) => JSON.stringify([from, to, port, by]);

/**
 * The connections of now and of a revision.
 *
 * @param before undefined where nothing is compared
 */
function marked(now: readonly OpenConnection[], before: readonly OpenConnection[] | undefined): readonly Marked[] {
  if (before === undefined) return now;
  const [old, present] = [new Set(before.map(keyOf)), new Set(now.map(keyOf))];
  return [
    ...now.map((one): Marked => (old.has(keyOf(one)) ? one : { ...one, change: 'new' })),
    ...before.filter((one) => !present.has(keyOf(one))).map((one): Marked => ({ ...one, change: 'gone' })),
  ];
}

/** What is outside has one place for each system and direction, so that lines are short. */
function outsideOf({ text }: End, system: string, direction: 'from' | 'to'): Thing {
  const namespace = /^[a-z0-9-]+\/[a-z0-9-]/.test(text) ? (text.split('/')[0] as string) : '';
  const what = namespace === '' ? 'Outside the cluster, or any pod' : 'Pods of the platform';
  return {
    id: `${system} ${direction} ${text}`,
    name: text,
    system,
    namespace,
    kind: 'outside',
    about: what,
    facts: [],
  };
}

function changeOf(ways: Line['ways']): Change | undefined {
  const changes = [...new Set(ways.map(({ change }) => change))];
  return changes.length === 1 ? changes[0] : 'changed';
}

/**
 * What is open between things, as one line for each pair, and the things outside that the lines need. DNS is left out.
 *
 * @param before the connections of the compared revision. @default - nothing is compared
 */
export function linesOf(
  things: readonly Thing[],
  now: readonly OpenConnection[],
  before?: readonly OpenConnection[],
): { readonly lines: readonly Line[]; readonly outside: readonly Thing[] } {
  const known = new Map(things.map((one) => [one.id, one]));
  const outside = new Map<string, Thing>();
  const put = (thing: Thing) => {
    if (!known.has(thing.id)) outside.set(thing.id, outside.get(thing.id) ?? thing);
    return thing.id;
  };
  const all = marked(now, before).flatMap(({ from: source, to: target, port, by, change }) => {
    const [from, to] = [source, target].map((text): End => ({ text, thing: known.get(text) })) as [End, End];
    const system = from.thing?.system ?? to.thing?.system;
    if (system === undefined || DNS.test(port)) return [];
    return [
      {
        from: put(from.thing ?? outsideOf(from, system, 'from')),
        to: put(to.thing ?? outsideOf(to, system, 'to')),
        way: { port, by, ...(change && { change }) },
      },
    ];
  });
  const lines = [...groupBy(all, ({ from, to }) => JSON.stringify([from, to])).values()].map((same): Line => {
    const [{ from, to }] = same as [(typeof same)[number]];
    const ways = same.map(({ way }) => way);
    return { from, to, ways, change: changeOf(ways) };
  });
  return { lines, outside: [...outside.values()] };
}
