/** Two parties that may talk. */
export type Pair = readonly [string, string];

const keyOf = (one: string, other: string) => (one < other ? `${one} ${other}` : `${other} ${one}`);

/**
 * Networks such that two parties share one exactly where they may talk: groups in which each may talk to each of the others, as large as
 * they get in the order of the pairs.
 *
 * @returns the members of each network
 */
export function networksOf(pairs: readonly Pair[]): string[][] {
  const allowed = new Set(pairs.map(([one, other]) => keyOf(one, other)));
  const parties = [...new Set(pairs.flat())];
  const covered = new Set<string>();
  const networks: string[][] = [];
  for (const [one, other] of pairs) {
    if (one === other || covered.has(keyOf(one, other))) continue;
    const members = [one, other];
    for (const party of parties) {
      const isNew = !members.includes(party);
      if (isNew && members.every((member) => allowed.has(keyOf(member, party)))) members.push(party);
    }
    for (const member of members) for (const another of members) covered.add(keyOf(member, another));
    networks.push(members);
  }
  return networks;
}

/** Who takes part in networks. */
export interface Parties {
  /** Those that connect to each other. */
  readonly pairs: readonly Pair[];
  /** Those that reach what is outside of compose's networks, or are reached from there. */
  readonly outside: readonly string[];
}

/** Networks by their names, and the names of those that each party has: one of its own for what is outside. */
export function networkPlan({ pairs, outside }: Parties) {
  const inside = networksOf(pairs).map((members) => ({ name: members.join('_'), members }));
  const leaving = outside.map((name) => ({ name: `${name}_outside`, members: [name] }));
  const of = new Map<string, string[]>();
  for (const { name, members } of [...inside, ...leaving])
    for (const member of members) of.set(member, [...(of.get(member) ?? []), name]);
  const networks = Object.fromEntries([
    ...inside.map(({ name }) => [name, { internal: true }]),
    ...leaving.map(({ name }) => [name, {}]),
  ]);
  return { networks, of };
}
