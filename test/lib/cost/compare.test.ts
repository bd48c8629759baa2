import { comparisonOf } from '../../../lib/cost/compare';
import { estimateOf, monthOf } from '../../../lib/cost/estimate';
import type { Priced } from '../../../lib/cost/priced';
import { renderBill, servicesOfBlueprint, servicesOfWorkloads } from '../../../lib/cost/render';
import { sharesOf } from '../../../lib/cost/share';
import { workloadsIn } from '../../../lib/cost/use';
import { deployment, PRICES, priced, pricesWith, SEED } from './seed';

const blueprint = servicesOfBlueprint({
  services: [
    { name: 'chat', plan: 'standard', scaling: { minInstances: 3, maxInstances: 20 } },
    { name: 'admin', plan: 'starter', numInstances: 2 },
    { name: 'ui', runtime: 'static' },
    { name: 'nightly', type: 'cron', plan: 'pro' },
  ],
  databases: [{ plan: 'basic-1gb', diskSizeGB: 10 }],
});
const seed = (others: Partial<Priced> = {}) => priced(SEED, { render: blueprint, ...others });

test('a Blueprint costs its instances, database and disk at each load', () => {
  const months = [0, 0.2, 1].map((load) => renderBill(seed(), load, PRICES));
  // 3, 7 and 20 of the chat API at $25, 2 at $7, $19, and 10 GB at $0.30.
  expect(months).toMatchObject([{ month: 111 }, { month: 211 }, { month: 536 }]);
});

test('from which load a cluster is cheaper, and why', () => {
  // $370 against 25 n + 14 + 19 + 3: more than 370 from n = 14, and 4 other pods are there.
  expect(comparisonOf(seed(), 'managed-medium', PRICES)[0]).toMatch(
    /^managed-medium: it is cheaper than Render from 18 pods \(US\$ 370 against US\$ 386 a month\): each further pod costs US\$ 25 on Render, as an instance of its own, and US\$ [\d.]+ here, as its part of a node\.$/,
  );
});

test('a dear node moves it, and a cluster that is dearer for each pod too is never cheaper', () => {
  const dear = (month: number) =>
    pricesWith((raw) => {
      raw.nodes['e2-standard-2'].month = month;
    });
  // 5 × 60 + 120 = 420 against 25 n + 36: from n = 16.
  expect(comparisonOf(seed(), 'managed-medium', dear(60))[0]).toMatch(/from 20 pods/);
  expect(comparisonOf(seed(), 'managed-medium', dear(1000))[0]).toMatch(/Render is cheaper up to \d+ pods \(here/);
  const cheap = pricesWith((raw) => {
    raw.nodes['vps-4-8'].month = 10;
  });
  expect(comparisonOf(seed(), 'self-managed', cheap)[0]).toMatch(
    /at every load \(with 7 pods US\$ 80 against US\$ 111/,
  );
});

test('where nothing scales, there is one load', () => {
  const fixed = priced(deployment('a', { cpu: '100m', memory: '128Mi' }), {
    render: servicesOfBlueprint({ services: [{ name: 'a', plan: 'starter' }] }),
  });
  expect(comparisonOf(fixed, 'self-managed', PRICES)).toEqual([
    'self-managed: Render is cheaper (here US$ 170 against US$ 7 a month there): nothing of it scales.',
  ]);
});

test('with a database server for each tenant on Render, a cluster is cheaper from some number of tenants', () => {
  // At the typical load 370 − 211 = 159, which 27 databases at $6 exceed.
  expect(comparisonOf(seed({ tenants: 4 }), 'managed-medium', PRICES)[1]).toMatch(
    /cheaper from 27 tenants .*; there are 4\.$/,
  );
  expect(comparisonOf(seed({ tenants: 4 }), 'self-managed', PRICES)).toHaveLength(1);
});

test('without a Blueprint, workloads have the smallest plan with their limits, and one instance at least', () => {
  const objects = [
    ...deployment('small', { scale: [0, 3], cpu: '100m', memory: '128Mi', limits: { cpu: '500m', memory: '512Mi' } }),
    ...deployment('middle', { cpu: '100m', memory: '128Mi', limits: { cpu: 1, memory: '1Gi' } }),
    ...deployment('huge', { cpu: '8', memory: '1Gi' }),
  ];
  const render = servicesOfWorkloads(workloadsIn(objects), 1, PRICES.render as NonNullable<typeof PRICES.render>);
  expect(render).toMatchObject({
    services: [{ plan: 'starter', least: 1, most: 3 }, { plan: 'standard', least: 1, most: 1 }, { plan: undefined }],
    databases: [{ plan: 'basic-1gb' }],
  });
  expect(renderBill(priced(objects, { render }), 0, PRICES)).toEqual({
    impossible: 'no plan of render.plans is large enough for huge',
  });
});

test('what Render cannot run, or has no price, is said', () => {
  const gpu = deployment('model', { cpu: '1', memory: '1Gi', limits: { 'nvidia.com/gpu': 1 } });
  const { render: prices } = PRICES;
  const render = servicesOfWorkloads(workloadsIn(gpu), 0, prices as NonNullable<typeof prices>);
  expect(render).toEqual({ impossible: 'model needs a GPU, which Render has not' });
  const unknown = servicesOfBlueprint({ services: [{ name: 'a', plan: 'pro ultra' }] });
  expect(renderBill(seed({ render: unknown }), 0, PRICES)).toEqual({
    impossible: 'render.plans has no price of pro ultra',
  });
  expect(comparisonOf(seed({ render: unknown }), 'self-managed', PRICES)).toEqual([]);
});

test('without prices of Render it is not compared', () => {
  const { options, comparison } = estimateOf(seed(), { ...PRICES, render: undefined });
  expect(options.map(({ name }) => name)).toEqual(['managed-small', 'managed-medium', 'self-managed']);
  expect(comparison).toEqual([]);
});

test('the month by which changes are priced is the typical one of the chosen cluster', () => {
  expect(monthOf(seed(), PRICES)).toBe(370);
  const small = pricesWith((raw) => {
    raw.cluster = 'managed-small';
  });
  // 7 × 0.2 + 0.3 cores, at 0.74 of each node: 3 nodes, and one that may be away.
  expect(monthOf(seed(), small)).toBe(170);
});

test('systems pay for nodes by what they reserve, and for their databases themselves', () => {
  const two = deployment('two', { replicas: 3, cpu: '200m', memory: '512Mi' });
  const one = deployment('one', { replicas: 1, cpu: '200m', memory: '512Mi' });
  const systems = [priced(one, { databases: 0 }), priced(two, { databases: 1 })];
  const all = priced([...one, ...two], { databases: 1 });
  expect(sharesOf(systems, all, 'managed-medium', 0, PRICES)?.map(Math.round)).toEqual([63, 288]);
});
