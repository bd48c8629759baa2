import * as arithmetic from '../../../../charts/application/requirements/arithmetic';

/** The worked example: 1000 users, 500 requests per second in 0.2 s, 0.5 cores, 0.1 s in the database, 99.9 %. */
const EXAMPLE: readonly (readonly [string, arithmetic.Calculated, number, string])[] = [
  ['requests of users', arithmetic.requestsOfUsers(1000, 10, 0.2), 98.04, '1000 / (10 s + 0.2 s)'],
  ['think time', arithmetic.thinkTime(1000, 500, 0.2), 1.8, '1000 / 500 − 0.2 s'],
  ['pods by CPU', arithmetic.podsByCpu(500, 0.01, 0.5), 15, '⌈500 × 0.01 / (0.5 × 0.7)⌉'],
  ['least pods', arithmetic.leastPods(15, 25, 3), 4, 'max(3, ⌈15 × 25 %⌉)'],
  ['most pods', arithmetic.mostPods(15, 1.5, 4), 23, 'max(4, ⌈15 × 1.5⌉)'],
  ['requests in flight', arithmetic.inFlight(500, 0.2, 15), 7, '⌈500 × 0.2 / 15⌉'],
  ['pods by concurrency', arithmetic.podsByConcurrency(500, 0.2, 4), 25, '⌈500 × 0.2 / 4⌉'],
  ['CPU target of 25 pods', arithmetic.cpuTarget(500, 0.01, 0.5, 25), 40, '⌊100 × 500 × 0.01 / (0.5 × 25)⌋'],
  ['pods by streams', arithmetic.podsByStreams(120, 50), 3, '⌈120 / 50⌉'],
  ['floor of 99 %', arithmetic.floorOf(99, 99), 2, '⌈ln(0.01) / ln(0.01)⌉ + 1'],
  ['floor of 99.9 %', arithmetic.floorOf(99.9, 99), 3, '⌈ln(0.001) / ln(0.01)⌉ + 1'],
  ['floor of 99.99 %', arithmetic.floorOf(99.99, 99), 3, '⌈ln(0.0001) / ln(0.01)⌉ + 1'],
  ['floor of 99.999 %', arithmetic.floorOf(99.999, 99), 4, '⌈ln(0.00001) / ln(0.01)⌉ + 1'],
  ['error budget', arithmetic.errorBudget(99.9), 43.2, '0.001 × 30 × 24 × 60'],
  ['fast burn', arithmetic.burnOf(14.4, 99.9), 1.44, '14.4 × 0.1 %'],
  ['slow burn', arithmetic.burnOf(6, 99.9), 0.6, '6 × 0.1 %'],
  ['pool', arithmetic.poolOf(500, 0.1, 15), 5, 'max(2, ⌈1.5 × 500 × 0.1 / 15⌉)'],
  ['busy connections', arithmetic.busyConnections(500, 0.1), 50, '500 × 0.1'],
  ['useful connections', arithmetic.usefulConnections(4), 9, '2 × 4 + 1'],
  ['requests of one user', arithmetic.ofOneUser(500, 1000), 30, '60 × 500 / 1000'],
  ['restore of 20 GiB', arithmetic.restoreMinutes(20 * 2 ** 30, 50), 7.158, '20 GiB / 50 MB/s'],
  ['maintenance', arithmetic.hoursOfMonth(120), 8.667, '2 h × 52 / 12'],
  ['tokens', arithmetic.tokensOfDay(10_000, 2000, 500), 25_000_000, '10000 × (2000 + 500)'],
  [
    'cost',
    arithmetic.costOfMonth({ requestsPerDay: 10_000, inputTokens: 2000, outputTokens: 500 }, { input: 3, output: 15 }),
    4104,
    '30.4 × 10000 × (2000 × 3 + 500 × 15) / 10⁶',
  ],
  [
    'series',
    arithmetic.inSeries([
      { name: 'edge', value: 99.99 },
      { name: 'api', value: 99.9999 },
    ]),
    99.9899,
    'edge 99.99 % × api 99.9999 %',
  ],
];

test.each(EXAMPLE)('%s, by hand', (_, { value, formula }, expected, text) => {
  expect(value).toBeCloseTo(expected, 2);
  expect(formula).toBe(text);
});

test('replicas of which one is enough fail together', () => {
  expect(arithmetic.ofReplicas(1, 99)).toBeCloseTo(99, 9);
  expect(arithmetic.ofReplicas(2, 99)).toBeCloseTo(99.99, 9);
});

test('percentages are rounded down, and only 100 % is shown as such', () => {
  expect([100, 99.999999, 99.9999, 99.98999, 95].map(arithmetic.percent)).toEqual([
    '100 %',
    '99.9999 %',
    '99.9999 %',
    '99.9899 %',
    '95 %',
  ]);
});

test('what is a whole number is not rounded up for an inexact fraction', () => {
  expect(arithmetic.podsByCpu(490, 0.01, 0.5).value).toBe(14);
  expect(arithmetic.podsByConcurrency(0.1 + 0.2, 10, 1).value).toBe(3);
});

/** Numbers from 0 to 1, always the same ones. */
function* numbers(seed = 1): Generator<number, never> {
  let state = seed;
  while (true) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

test('more load never needs fewer pods or connections, and pods that are there carry it', () => {
  const random = numbers();
  const between = (least: number, most: number) => least + random.next().value * (most - least);
  for (let run = 0; run < 200; run++) {
    const [requests, perRequest, cores] = [between(0.01, 5000), between(0.001, 0.5), between(0.05, 8)];
    const more = requests * between(1, 3);
    const [few, many] = [requests, more].map((one) => arithmetic.podsByCpu(one, perRequest, cores).value);
    expect(many).toBeGreaterThanOrEqual(few as number);
    expect((few as number) * cores * 0.7 * (1 + 1e-8)).toBeGreaterThanOrEqual(requests * perRequest);

    const [floor, headroom] = [2 + Math.floor(between(0, 4)), between(1, 3)];
    const bounds = [few, many].map((peak = 1) => {
      const least = arithmetic.leastPods(peak, 25, floor).value;
      return { peak, least, most: arithmetic.mostPods(peak, headroom, least).value };
    });
    const [small, large] = bounds as [(typeof bounds)[number], (typeof bounds)[number]];
    expect(large.least).toBeGreaterThanOrEqual(small.least);
    expect(large.most).toBeGreaterThanOrEqual(small.most);
    for (const { peak, least, most } of bounds) {
      expect(least).toBeGreaterThanOrEqual(floor);
      expect(most).toBeGreaterThanOrEqual(Math.max(least, peak));
    }

    const [time, pods] = [between(0.001, 1), 1 + Math.floor(between(0, 50))];
    const [one, other] = [requests, more].map((each) => arithmetic.poolOf(each, time, pods).value);
    expect(other).toBeGreaterThanOrEqual(one as number);
    expect((one as number) * pods).toBeGreaterThanOrEqual(requests * time);
    expect(arithmetic.poolOf(requests, time, pods + 1).value).toBeLessThanOrEqual(one as number);
  }
});

test('a higher availability never needs fewer pods, and those that are left have it', () => {
  const random = numbers(7);
  for (let run = 0; run < 200; run++) {
    const availability = 95 + random.next().value * 4.999;
    const pod = 60 + random.next().value * 39.9;
    const { value } = arithmetic.floorOf(availability, pod);
    expect(arithmetic.floorOf(Math.min(99.999, availability + 0.5), pod).value).toBeGreaterThanOrEqual(value);
    expect(arithmetic.ofReplicas(value - 1, pod) + 1e-6).toBeGreaterThanOrEqual(availability);
  }
});
