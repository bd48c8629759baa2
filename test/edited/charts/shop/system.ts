import type { ClusterEnvironment } from '../../../../lib/config/platform';
import { component } from '../../../../lib/model/component';
import { pooled } from '../../../../lib/model/connection';
import { Secret } from '../../../../lib/model/secret';
import type { Site } from '../../../../lib/model/site';
import { type System, system } from '../../../../lib/model/system';
import { Size } from '../../../../lib/model/units';
import { clusterDefaults } from '../../../../lib/parts/cluster-defaults';
import { database } from '../../../../lib/parts/postgres/database';
import { redisStore } from '../../../../lib/parts/redis/store';
import { secretSource } from '../../../../lib/parts/secrets';
import { defineSystem } from '../../../../lib/pipeline/definition';
import { type ShopConfig, shopSchema } from './settings';

const probes = { health: { http: '/healthz' }, liveness: { period: 10 }, readiness: { period: 5 } };

function describe(environment: ClusterEnvironment, settings: ShopConfig): System {
  const { web, api, backups } = settings;
  const here = { system: 'shop', namespace: `shop-${environment.name}` };
  const source = secretSource('shop', settings.secrets, environment, { storeName: 'shop', serviceAccount: 'shop-sa' });
  const data = { system: 'shop', environment, namespace: `${here.namespace}-data`, source, backups };
  const db = database({ ...data, config: settings.database, client: settings.postgresClient });
  const cache = redisStore({ ...data, config: settings.redis });
  const secret = new Secret({
    namespace: here.namespace,
    name: 'shop-credentials',
    externalName: 'shop-external-secret',
    source,
    values: {
      DATABASE_PASSWORD: db.password,
      DATABASE_URL: db.url('DATABASE_PASSWORD'),
      REDIS_PASSWORD: cache.password,
      REDIS_URL: cache.url('REDIS_PASSWORD'),
    },
  });
  const site: Site = {
    ...{ name: 'shop-ingress', certificate: 'shop-tls' },
    host: settings.hosts.shop,
    audience: 'everyone',
    body: Size.mebibytes(1),
  };
  const own = {
    ...here,
    image: api,
    resources: api,
    env: secret.pick('DATABASE_URL', 'REDIS_URL'),
    connectsTo: [pooled(db.server, { perPod: 5, why: 'its pool' }), cache.connection],
  };
  const components = [
    component({
      ...here,
      name: 'web',
      image: web,
      resources: web,
      scale: web.scale,
      ports: { http: 8080 },
      probes,
      exposed: [{ site, path: '/' }],
    }),
    component({
      ...own,
      name: 'api',
      scale: api.scale,
      ports: { http: 3000 },
      probes,
      exposed: [{ site, path: '/api' }],
    }),
    component({ ...own, name: 'worker', scale: { replicas: 1 }, args: ['work'] }),
    ...db.components,
    ...cache.components,
  ];
  const tasks = [...db.tasks, ...cache.tasks];
  return system({ ...clusterDefaults('shop', environment, settings), components, tasks, clusters: db.clusters });
}

/** An example of a user's own system: web, API, worker, PostgreSQL and Redis. */
export const shop = defineSystem({ name: 'shop', settings: shopSchema, describe });
