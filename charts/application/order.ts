/** What the order of services that run before a deployment follows from. */
interface Ordered {
  readonly runs: string;
  readonly after: readonly string[];
}

/**
 * Services that run before a deployment in chains: each after those that it names. Services of different chains need no order.
 *
 * @throws when a service runs after itself: {@link circleIn} finds that before
 */
export function chainsOf(services: Readonly<Record<string, Ordered>>): string[][] {
  const before = Object.keys(services).filter((name) => services[name]?.runs === 'before-deploy');
  const chains = new Map(before.map((name) => [name, [name]]));
  const join = (one: string, other: string) => {
    const [a, b] = [chains.get(one), chains.get(other)];
    if (a === undefined || b === undefined || a === b) return;
    a.push(...b);
    for (const name of b) chains.set(name, a);
  };
  for (const name of before) for (const earlier of services[name]?.after ?? []) join(name, earlier);
  return [...new Set(chains.values())].map((names) => inOrder(names, services));
}

/** Sorts services so that each comes after those that it names. */
function inOrder(names: readonly string[], services: Readonly<Record<string, Ordered>>): string[] {
  const sorted: string[] = [];
  const add = (name: string, above: readonly string[]) => {
    if (above.includes(name)) throw new Error(`${name} runs after itself`);
    if (sorted.includes(name)) return;
    for (const earlier of services[name]?.after ?? []) add(earlier, [...above, name]);
    sorted.push(name);
  };
  for (const name of names) add(name, []);
  return sorted;
}

/** A circle of services that run after each other, from one of them back to itself. @default - there is none */
export function circleIn(services: Readonly<Record<string, Ordered>>): string[] | undefined {
  const find = (name: string, above: readonly string[]): string[] | undefined => {
    const known = above.indexOf(name);
    if (known >= 0) return [...above.slice(known), name];
    for (const earlier of services[name]?.after ?? []) {
      const found = find(earlier, [...above, name]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const name of Object.keys(services)) {
    const found = find(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
