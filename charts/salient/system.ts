import type { ClusterEnvironment } from '../../lib/config/platform';
import { type Component, component } from '../../lib/model/component';
import { internet } from '../../lib/model/connection';
import type { Site } from '../../lib/model/site';
import { type System, system } from '../../lib/model/system';
import { Duration, Size } from '../../lib/model/units';
import { clusterDefaults } from '../../lib/parts/cluster-defaults';
import { metricsOf, toDuration, withMonitoring } from '../../lib/parts/monitoring/monitoring';
import { defineSystem } from '../../lib/pipeline/definition';
import { configOf, credentialsOf, namespacesOf, SYSTEM } from './configuration';
import { dataTier } from './data/data-tier';
import { tenantNotices } from './data/tenants';
import { routersOf } from './routers';
import { type SalientConfig, salientSchema } from './settings';
import { type TenantsContext, tenantsSchema } from './tenant-list';

/** The host of the chat, and that of the admin UI and its API. */
export function sitesOf({ hosts, admin }: SalientConfig): { publicSite: Site; adminSite: Site } {
  const publicSite: Site = {
    name: 'salient-ingress',
    host: hosts.api,
    from: 'hosts.api',
    certificate: 'salient-tls-cert',
    audience: 'everyone',
    body: Size.mebibytes(10),
    stream: Duration.hours(1),
  };
  const adminSite: Site = {
    name: 'salient-admin-ingress',
    host: hosts.admin,
    from: 'hosts.admin',
    certificate: 'salient-admin-tls-cert',
    audience: admin.allowedFrom,
    body: Size.mebibytes(10),
  };
  return { publicSite, adminSite };
}

/** nginx with static files, behind the host of the admin API. */
function adminUi(
  namespace: string,
  settings: SalientConfig,
  config: ReturnType<typeof configOf>,
  site: Site,
): Component {
  return component({
    system: SYSTEM,
    namespace,
    name: 'admin-ui',
    about: 'the user interface of those who run it',
    from: 'adminUi',
    image: settings.adminUi,
    ports: { http: 80 },
    service: 'admin-ui-svc',
    scale: settings.adminUi.scale,
    p95: toDuration(settings.monitoring.p95.adminUi),
    resources: settings.adminUi,
    probes: {
      health: { http: '/' },
      liveness: { delay: 5, period: 10, timeout: 5 },
      readiness: { period: 5, failures: 2 },
    },
    env: config.pick('PUBLIC_ADMIN_API_URL'),
    user: 101, // nginx, in the official image
    scratch: [{ path: '/var/cache/nginx' }, { path: '/var/run' }, { path: '/tmp' }],
    exposed: [{ site, path: '/' }],
  });
}

/** Each fact of Salient once. */
function describe(environment: ClusterEnvironment, settings: SalientConfig): System {
  const { app } = namespacesOf(environment);
  const data = dataTier(environment, settings);
  const config = configOf(environment, settings, data.pooler);
  const secret = credentialsOf(environment, settings, data.pooler);
  const routed = routersOf(environment, settings, data, config);
  const { publicSite, adminSite } = sitesOf(settings);
  const { monitoring } = settings;
  const components = [
    routed('chat', {
      about: 'chat, for everyone',
      from: 'chatApi',
      scale: settings.chatApi.scale,
      metrics: metricsOf(monitoring, 'tokens'),
      p95: toDuration(monitoring.p95.chatApi),
      resources: settings.chatApi,
      env: {
        ...config.pick('POSTGRES_HOST', 'POSTGRES_PORT'),
        POSTGRES_ADMIN_URL: { secret, key: 'POSTGRES_READER_URL' },
        POSTGRES_ADMIN_PASSWORD: { secret, key: 'POSTGRES_READER_PASSWORD' },
        ...secret.pick('OPENROUTER_API_KEY'),
      },
      connectsTo: [{ ...internet(443), about: 'OpenRouter' }],
      exposed: [{ site: publicSite, path: '/' }],
    }),
    routed('admin', {
      about: 'the API of the admin UI',
      from: 'adminApi',
      scale: settings.adminApi.scale,
      metrics: metricsOf(monitoring),
      p95: toDuration(monitoring.p95.adminApi),
      resources: settings.adminApi,
      env: {
        ...config.pick('JWT_ALGORITHM', 'ACCESS_TOKEN_EXPIRE_MINUTES', 'REFRESH_TOKEN_EXPIRE_DAYS', 'CORS_ORIGINS'),
        POSTGRES_ADMIN_URL: { secret, key: 'POSTGRES_WRITER_URL' },
        ...secret.pick('JWT_SECRET'),
      },
      exposed: [{ site: adminSite, path: '/api' }],
    }),
    adminUi(app, settings, config, adminSite),
    ...data.components,
  ];
  return system({
    ...clusterDefaults(SYSTEM, environment, settings),
    components,
    tasks: data.tasks,
    clusters: data.clusters,
    ...withMonitoring(monitoring, app, components),
  });
}

/** Salient. Source: the seed "Deploying Multi-Tenant Backend on Kubernetes". */
export const salient = defineSystem({
  name: SYSTEM,
  settings: salientSchema,
  collections: { tenants: (settings) => tenantsSchema(settings as TenantsContext | undefined) },
  describe,
  notices: tenantNotices,
});
