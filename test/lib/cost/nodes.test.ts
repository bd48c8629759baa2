import { reservedOf } from '../../../lib/base/node-size';
import { clusterBill } from '../../../lib/cost/bill';
import { allocatableOf, filledNodes, nodesFor } from '../../../lib/cost/nodes';
import { workloadsIn } from '../../../lib/cost/use';
import { deployment, PRICES, priced, pricesWith, SEED } from './seed';

const GI = 2 ** 30;
const MI = 2 ** 20;
const pods = (count: number, cpu: number, memory = 0) => Array.from({ length: count }, () => ({ cpu, memory }));

describe('what a node has for pods', () => {
  test('the formula for 4 cores and 16 GiB, by hand', () => {
    const { cpu, memory } = reservedOf({ cpu: 4, memory: 16 * GI });
    expect(cpu).toBeCloseTo(0.06 + 0.01 + 2 * 0.005, 6);
    expect(memory / MI).toBeCloseTo((1 + 0.8 + 0.8) * 1024 + 100, 6);
  });

  test('more than 128 GiB and many cores are counted to the last step', () => {
    const { cpu, memory } = reservedOf({ cpu: 64, memory: 256 * GI });
    expect(cpu).toBeCloseTo(0.06 + 0.01 + 0.01 + 60 * 0.0025, 6);
    expect(memory / GI - 100 / 1024).toBeCloseTo(1 + 0.8 + 0.8 + 112 * 0.06 + 128 * 0.02, 6);
  });

  test('what a type states, DaemonSets of the file and of the objects', () => {
    const type = { cpu: 2, memory: 8 * GI, reserved: { cpu: 0.1, memory: GI } };
    const room = allocatableOf(type, { cpu: 0.2, memory: GI }, { cpu: 0.3, memory: GI });
    expect(room.cpu).toBeCloseTo(1.4, 9);
    expect(room.memory).toBe(5 * GI);
  });
});

describe('nodes that pods fill', () => {
  const room = { cpu: 1, memory: 4 * GI };

  test.each([
    ['by CPU', pods(7, 0.3), 3],
    ['by memory', pods(5, 0.1, 2 * GI), 3],
    ['exactly full, in spite of binary fractions', pods(10, 0.1), 1],
    ['large ones first, and small ones beside them', [...pods(3, 0.3), ...pods(3, 0.7)], 3],
    ['at most 110 to a node', pods(111, 0.001), 2],
    ['none', [], 0],
  ])('%s', (_, all, nodes) => {
    expect(filledNodes(all, room)).toBe(nodes);
  });

  test('a pod that is larger than a node is named', () => {
    const workloads = workloadsIn(deployment('big', { cpu: '4', memory: '1Gi' }));
    const type = PRICES.nodes['e2-standard-2'] as (typeof PRICES.nodes)[string];
    expect(nodesFor(workloads, 0, type, 3, PRICES.daemons)).toEqual({
      impossible: 'a pod of big is larger than what a node has for pods',
    });
  });
});

describe('the bill of a cluster', () => {
  const itemsOf = (...[given, prices = PRICES]: [Parameters<typeof clusterBill>[0], typeof PRICES?]) => {
    const bill = clusterBill(given, 'managed-medium', 1, prices);
    return 'items' in bill ? Object.fromEntries(bill.items.map(({ name, month }) => [name, month])) : bill;
  };

  test('a type of nodes without a price costs its cores and memory at the rates', () => {
    const prices = pricesWith((raw) => {
      delete raw.nodes['e2-standard-2'].month;
    });
    expect(itemsOf(priced(SEED), prices)).toMatchObject({
      nodes: expect.closeTo(5 * 730 * (2 * 0.031611 + 8 * 0.004237), 6),
    });
  });

  test('pods with GPUs are on nodes of their own, at the rates', () => {
    const gpu = deployment('model', { replicas: 2, cpu: '4', memory: '8Gi', limits: { 'nvidia.com/gpu': 1 } });
    expect(itemsOf(priced([...SEED, ...gpu]))).toMatchObject({
      nodes: 250,
      'nodes with GPUs': expect.closeTo(2 * 730 * (0.95 + 4 * 0.031611 + 8 * 0.004237), 6),
    });
  });

  test('volumes of claims, of each pod, and what only the file tells', () => {
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'a', namespace: 'shop' } };
    const request = { resources: { requests: { storage: '10Gi' } } };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'b', namespace: 'shop' },
      spec: { replicas: 3, volumeClaimTemplates: [{ spec: request }], template: { spec: { containers: [] } } },
    };
    const prices = pricesWith((raw) => {
      raw.systems = { shop: { database: 'small', egress: 100, other: { redis: 30 } } };
      raw.clusters['managed-medium'].controlPlane = 73;
    });
    const objects = [...SEED, { ...claim, spec: request }, set];
    expect(itemsOf(priced(objects, { tokens: 12, databases: 2 }), prices)).toEqual({
      nodes: 250,
      'control plane': 73,
      'load balancers': 20,
      databases: 100,
      volumes: expect.closeTo(40 * 730 * 0.0000548, 9),
      egress: 12,
      'tokens of language models': 12,
      redis: 30,
    });
  });

  test('each kind of edge and each Service of the type LoadBalancer has a load balancer', () => {
    const of = (kind: string, name: string, spec = {}) => ({ apiVersion: 'v1', kind, metadata: { name }, spec });
    const more = [of('IngressRoute', 'a'), of('IngressRoute', 'b'), of('Service', 'c', { type: 'LoadBalancer' })];
    expect(itemsOf(priced([...SEED, ...more]))).toMatchObject({ 'load balancers': 60 });
  });
});
