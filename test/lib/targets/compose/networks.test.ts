import { networksOf, type Pair } from '../../../../lib/targets/compose/networks';

/** Pairs that share a network, sorted. */
function sharing(networks: readonly (readonly string[])[]): string[] {
  const pairs = networks.flatMap((all) => all.flatMap((a) => all.flatMap((b) => (a < b ? [`${a}-${b}`] : []))));
  return [...new Set(pairs)].sort();
}

/** A random number generator that always gives the same numbers. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

test('two clients of one server share no network', () => {
  expect(
    networksOf([
      ['api', 'db'],
      ['job', 'db'],
    ]),
  ).toEqual([
    ['api', 'db'],
    ['job', 'db'],
  ]);
});

test('three that may all talk share one', () => {
  expect(
    networksOf([
      ['ai', 'api'],
      ['ai', 'redis'],
      ['api', 'redis'],
    ]),
  ).toEqual([['ai', 'api', 'redis']]);
});

test('a connection said twice, or in both directions, is one', () => {
  expect(
    networksOf([
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b'],
    ]),
  ).toEqual([['a', 'b']]);
});

test('whatever may talk, exactly those share a network', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed);
    const parties = Array.from({ length: 2 + Math.floor(random() * 8) }, (_, index) => `p${index}`);
    const pairs = parties.flatMap((one) =>
      parties.flatMap((other): Pair[] => (one !== other && random() < 0.3 ? [[one, other]] : [])),
    );
    const expected = new Set(pairs.map((pair) => [...pair].sort().join('-')));
    expect(sharing(networksOf(pairs))).toEqual([...expected].sort());
  }
});
