import { type Contender, measure, type Samples, type Usage } from './measure';

/** How contenders are measured. */
export interface Rounds {
  /** How often each is measured, after one run that does not count. */
  readonly rounds: number;
  /** The names of those that are left out, since they took too long at a smaller size. Those that do now are added. */
  readonly slow: Set<string>;
  /** Called after the run that does not count. @default - nothing */
  readonly first?: (contender: Contender) => void;
}

/** Measures all contenders once in each round, each round beginning with another one. */
export function measureAll(root: string, contenders: readonly Contender[], { rounds, slow, first }: Rounds): Samples {
  const samples = new Map<string, Usage[]>(contenders.map(({ name }) => [name, []]));
  const run = (contender: Contender): Usage | undefined => {
    if (slow.has(contender.name)) return undefined;
    contender.before?.();
    const usage = measure(root, contender.command);
    if (usage === undefined) slow.add(contender.name);
    return usage;
  };
  for (const contender of contenders) if (run(contender) !== undefined) first?.(contender);
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < contenders.length; index++) {
      const contender = contenders[(index + round) % contenders.length] as Contender;
      const usage = run(contender);
      if (usage !== undefined) samples.get(contender.name)?.push(usage);
    }
  }
  return new Map([...samples].map(([name, usages]) => [name, slow.has(name) ? undefined : usages]));
}
