import { parse, parseAllDocuments } from 'yaml';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import type { Budget, BudgetClient, Intent } from '../../../../lib/checks/intent';
import { connections } from '../../../../lib/checks/rules/connections';
import type { ManifestObject } from '../../../../lib/manifests/object';

const intent = (maxConnections: number, perPod: number, reserved = 0): Intent => ({
  development: false,
  workloads: [],
  connections: [],
  routes: [],
  redirects: [],
  sameImage: [],
  budgets: [
    {
      server: 'db.example.com',
      maxConnections,
      reserved,
      clients: [{ namespace: 'shop', name: 'api', perPod, because: '5 tenants × (10 + 5)' }],
    },
  ],
});

const api = (spec: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec: { ${spec} template: { spec: { containers: [] } } }
${more}`;

const HPA = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api, namespace: shop }
spec: { scaleTargetRef: { kind: Deployment, name: api }, minReplicas: 1, maxReplicas: 20 }
`;

const judge = (text: string, meant: Intent) => {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as ManifestObject);
  return connections.judge(new ClusterIndex(objects), meant).map(({ message }) => message);
};

test('the settings of the pool and of the server are named, and the pooler that could come before it', () => {
  const [budget] = intent(10, 4).budgets;
  const [client] = budget?.clients ?? [];
  const meant = {
    ...intent(10, 4),
    budgets: [
      {
        ...(budget as Budget),
        setting: 'database.maxConnections',
        pooler: 'database.pgbouncer',
        clients: [{ ...(client as BudgetClient), setting: 'database.poolSize' }],
      },
    ],
  };
  const objects = [parse(api('replicas: 3,')) as ManifestObject];
  expect(connections.judge(new ClusterIndex(objects), meant)).toEqual([
    expect.objectContaining({
      message: expect.stringMatching(
        /; shop\/api would fit with 2 connections per pod or 1 pods of 4; or add database\.pgbouncer$/,
      ),
      settings: ['database.poolSize', 'database.maxConnections'],
    }),
  ]);
});

test("the seed's own example is refused: 3 pods of 75 connections against 100", () => {
  expect(judge(api('replicas: 3, strategy: { type: Recreate },'), intent(100, 75))).toEqual([
    'shop/api 3 × 75 (5 tenants × (10 + 5)) + 0 reserved = 225 connections, expected at most 100, which db.example.com accepts; shop/api would fit with 33 connections per pod or 1 pods of 75',
  ]);
});

test('the most that an autoscaler makes is what counts, with what a rollout adds', () => {
  expect(judge(api('', HPA), intent(249, 10))).toEqual([
    expect.stringMatching(
      /^shop\/api \(20 \+ 5 during a rollout\) × 10 .* = 250 connections, expected at most 249, which db\.example\.com accepts; shop\/api would fit with 9 connections per pod or 19 pods of 10$/,
    ),
  ]);
  expect(judge(api('', HPA), intent(250, 10))).toEqual([]);
});

test.each([
  ['replicas: 4,', 5],
  ['replicas: 4, strategy: { rollingUpdate: { maxSurge: 50% } },', 6],
  ['replicas: 4, strategy: { rollingUpdate: { maxSurge: 0 } },', 4],
  ['replicas: 3, strategy: { rollingUpdate: { maxSurge: 50% } },', 5],
  ['replicas: 4, strategy: { type: Recreate },', 4],
  ['', 2],
])('%p is %d pods', (spec, pods) => {
  expect(judge(api(spec), intent(pods, 1))).toEqual([]);
  expect(judge(api(spec), intent(pods - 1, 1))).toHaveLength(1);
});

test('what is reserved is kept', () => {
  expect(judge(api('replicas: 4, strategy: { type: Recreate },'), intent(10, 2, 2))).toEqual([]);
  expect(judge(api('replicas: 4, strategy: { type: Recreate },'), intent(10, 2, 3))).toEqual([
    expect.stringMatching(/\+ 3 reserved = 11 connections/),
  ]);
});

test('a client that does not fit at any size is reported as such', () => {
  expect(judge(api('replicas: 2,'), intent(10, 50, 10))).toEqual([
    expect.stringMatching(/shop\/api does not fit at any size$/),
  ]);
});

test('the settings that it names do fit, and the next larger ones do not', () => {
  for (const most of [3, 7, 20]) {
    const text = api(`replicas: ${most},`);
    const [message = ''] = judge(text, intent(most * 7, 7));
    const [, perPod = '0', pods = '0'] = message.match(/would fit with (\d+) connections per pod or (\d+) pods/) ?? [];
    expect(judge(text, intent(most * 7, Number(perPod)))).toEqual([]);
    expect(judge(text, intent(most * 7, Number(perPod) + 1))).toHaveLength(1);
    expect(judge(api(`replicas: ${pods},`), intent(most * 7, 7))).toEqual([]);
    expect(judge(api(`replicas: ${Number(pods) + 1},`), intent(most * 7, 7))).toHaveLength(1);
  }
});

describe('with PgBouncer between', () => {
  const pgbouncer = api('replicas: 2, strategy: { rollingUpdate: { maxSurge: 1 } },').replaceAll(
    'name: api',
    'name: pgbouncer',
  );
  const jobs = `---
apiVersion: batch/v1
kind: CronJob
metadata: { name: backup, namespace: shop }
spec: { jobTemplate: { spec: { template: { spec: { containers: [] } } } } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: migrate, namespace: shop }
spec: { parallelism: 4, template: { spec: { containers: [] } } }
`;
  const all = [api('', HPA), pgbouncer].join('---\n') + jobs;
  const client = (name: string, perPod: number, because: string) => ({ namespace: 'shop', name, perPod, because });
  /** 25 pods of 40 to a PgBouncer that takes 1,000, whose 3 pods have 5 for each of 20 databases; a backup, migrations, a reserve. */
  const budgets = (clients: number, server: number): Intent => ({
    ...intent(0, 0),
    budgets: [
      { server: 'pgbouncer', maxConnections: clients, reserved: 0, clients: [client('api', 40, 'its pools')] },
      {
        server: 'db.example.com',
        maxConnections: server,
        reserved: 3,
        clients: [
          client('pgbouncer', 100, '20 databases × 5'),
          client('backup', 1, 'a dump'),
          client('migrate', 1, 'a tenant'),
        ],
      },
    ],
  });

  test('each of the two has its own limit', () => {
    expect(judge(all, budgets(1000, 308))).toEqual([]);
    expect(judge(all, budgets(999, 308))).toEqual([
      expect.stringMatching(
        /^shop\/api \(20 \+ 5 during a rollout\) × 40 .* = 1000 connections, expected at most 999, which pgbouncer accepts/,
      ),
    ]);
    expect(judge(all, budgets(1000, 307))).toEqual([
      expect.stringMatching(
        /^shop\/pgbouncer \(2 \+ 1 during a rollout\) × 100 \(20 databases × 5\) \+ shop\/backup 1 × 1 \(a dump\) \+ shop\/migrate 4 × 1 \(a tenant\) \+ 3 reserved = 308 connections, expected at most 307, which db\.example\.com accepts; shop\/pgbouncer would fit with 99 connections per pod or 1 pods of 100$/,
      ),
    ]);
  });
});

describe('pods that have long to end', () => {
  const slow = (grace: number) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec: { replicas: 8, template: { spec: { terminationGracePeriodSeconds: ${grace}, containers: [] } } }
`;

  test.each([
    [30, 10],
    [31, 16],
    [310, 16],
  ])('with %d s, 8 are %d in a rollout', (grace, pods) => {
    expect(judge(slow(grace), intent(pods, 1))).toEqual([]);
    expect(judge(slow(grace), intent(pods - 1, 1))).toHaveLength(1);
  });

  test('the suggested sizes fit', () => {
    const [message = ''] = judge(slow(60), intent(100, 10));
    expect(message).toMatch(
      /shop\/api \(8 \+ 8 during a rollout\) × 10 .* would fit with 6 connections per pod or 5 pods of 10$/,
    );
    expect(judge(slow(60).replace('replicas: 8', 'replicas: 5'), intent(100, 10))).toEqual([]);
  });
});

describe('what a pooler opens for its clients', () => {
  const recreate = 'strategy: { type: Recreate },';
  const objects = [
    api(`replicas: 3, ${recreate}`),
    api(`replicas: 2, ${recreate}`).replaceAll('name: api', 'name: pooler'),
  ].join('---\n');
  const meant = (atOnce: number, sizes: readonly number[], maxConnections: number): Intent => ({
    ...intent(0, 0),
    budgets: [
      {
        server: 'the pooler',
        pods: { namespace: 'shop', name: 'pooler' },
        maxConnections: 1000,
        reserved: 0,
        clients: [{ namespace: 'shop', name: 'api', perPod: 10, because: 'its pool' }],
      },
      {
        server: 'db.example.com',
        maxConnections,
        reserved: 0,
        clients: [{ namespace: 'shop', name: 'pooler', perPod: 1, because: 'the registry', behind: { sizes, atOnce } }],
      },
    ],
  });

  test('is a pool for each database, where the pods could use more', () => {
    expect(judge(objects, meant(5, [4, 4, 4], 26))).toEqual([]);
    expect(judge(objects, meant(5, [4, 4, 4], 25))).toEqual([
      expect.stringMatching(/^shop\/pooler 2 × 13 \(pools of 3 databases: 12 \+ the registry\) .* = 26 connections/),
    ]);
  });

  test('is a pool for each that the pods use, the largest first, where there are more databases', () => {
    expect(judge(objects, meant(1, [1, 9, 2, 8, 3], 42))).toEqual([]);
    expect(judge(objects, meant(1, [1, 9, 2, 8, 3], 41))).toEqual([
      expect.stringMatching(/^shop\/pooler 2 × 21 \(pools of the largest 3 of 5 databases: 20 \+ the registry\)/),
    ]);
  });
});

test('it shows a wrong and a right example', () => {
  const meant = (perPod: number) => intent(100, perPod);
  expect(judge(connections.wrong, meant(75))).toHaveLength(1);
  expect(judge(connections.right, meant(15))).toEqual([]);
});
