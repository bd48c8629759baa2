import { check } from '../../../lib/checks/check';
import { environment } from '../../../lib/config/environment';
import { pooled } from '../../../lib/model/connection';
import { Secret } from '../../../lib/model/secret';
import type { Site } from '../../../lib/model/site';
import { system } from '../../../lib/model/system';
import { Size } from '../../../lib/model/units';
import { database } from '../../../lib/parts/postgres/database';
import { database as databaseSettings } from '../../../lib/parts/postgres/settings';
import { redis as redisSettings } from '../../../lib/parts/redis/settings';
import { redisStore } from '../../../lib/parts/redis/store';
import { intentOf, prerequisitesOf } from '../../../lib/pipeline/intent';
import { sample } from '../../construct';
import { find } from '../../support';
import { objectsOf } from '../../systems';
import { backupsConfig } from './stores';

const site: Site = {
  name: 'shop-ingress',
  host: 'shop.example.com',
  certificate: 'shop-tls',
  audience: 'everyone',
  body: Size.mebibytes(1),
};

/** A small system: an API and a worker, one PostgreSQL and one Redis. */
function shop(poolSize: number) {
  const source = { kind: 'manual', revision: 1 } as const;
  const props = { system: 'shop', environment: environment('prod'), namespace: 'shop-data', source };
  const server = { kind: 'statefulset', image: 'docker.io/library/postgres', tag: '16.15-alpine' };
  const main = database({
    ...props,
    config: databaseSettings(false, 'shop').parse(server),
    client: { image: 'docker.io/library/postgres', tag: '16.15-alpine' },
    backups: backupsConfig,
  });
  const cache = redisStore({
    ...props,
    config: redisSettings(false).parse({ kind: 'statefulset' }),
    backups: backupsConfig,
  });
  const secret = new Secret({
    namespace: 'shop-test',
    name: 'shop-credentials',
    externalName: 'shop-credentials',
    source,
    values: {
      DATABASE_PASSWORD: main.password,
      DATABASE_URL: main.url('DATABASE_PASSWORD'),
      REDIS_PASSWORD: cache.password,
      REDIS_URL: cache.url('REDIS_PASSWORD'),
    },
  });
  const client = {
    image: { image: 'example.com/shop', tag: 'v1.0.0' },
    env: secret.pick('DATABASE_URL', 'REDIS_URL'),
    connectsTo: [pooled(main.server, { perPod: poolSize, why: 'its pool' }), cache.connection],
  };
  const api = sample({ ...client, exposed: [{ site, path: '/' }] });
  const worker = sample({ ...client, name: 'worker', ports: {}, probes: undefined });
  return system({
    name: 'shop',
    environment: 'production',
    instance: 'shop-prod',
    tier: 'production',
    placement: { acrossZones: 'DoNotSchedule', imagePullSecrets: [] },
    edge: { kind: 'ingress', class: 'nginx', controller: { namespace: 'ingress-nginx', labels: { app: 'nginx' } } },
    dnsCaches: [],
    components: [api, worker, ...main.components, ...cache.components],
    tasks: [...main.tasks, ...cache.tasks],
  });
}

const judge = (poolSize: number) => {
  const made = shop(poolSize);
  return check(objectsOf(made), prerequisitesOf(made), intentOf(made)).map(
    ({ rule, message }) => `${rule}: ${message}`,
  );
};

test('a database and a cache with backups pass all rules, and share the Secret of the repository', () => {
  expect(judge(5)).toEqual([]);
  expect(find(objectsOf(shop(5)), 'ConfigMap', 'servers').data).not.toHaveProperty('tenants.tsv');
  expect(shop(5).secrets.filter(({ name }) => name === 'backup-credentials')).toHaveLength(1);
});

test('connections are counted: clients state theirs, and the parts know those of their Jobs', () => {
  expect(judge(20)).toEqual([expect.stringMatching(/^connections: .*provisioning/s)]);
});
