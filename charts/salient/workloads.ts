import type { Environment } from '../../lib/config/environment';
import { type Component, type ComponentProps, component } from '../../lib/model/component';
import type { Probes } from '../../lib/model/container';
import { metricsOf, toDuration } from '../../lib/parts/monitoring/monitoring';
import type { Pooler } from '../../lib/parts/pgbouncer/pooler';
import { type RoutedBackend, routedBackend } from '../../lib/parts/routed-backend';
import { configOf, credentialsOf, namespacesOf, SYSTEM, tracingOf } from './configuration';
import type { Data } from './data';

import type { SalientConfig } from './settings';

/** The seed's probes of the APIs. */
const API_PROBES: Probes = {
  health: { http: '/health' },
  liveness: { delay: 30, period: 10, timeout: 5, failures: 3 },
  readiness: { delay: 10, period: 5, timeout: 3, failures: 2 },
};

/** What the workloads of the application share in one environment. */
export interface Application {
  readonly namespace: string;
  readonly settings: SalientConfig;
  readonly config: ReturnType<typeof configOf>;
  readonly secret: ReturnType<typeof credentialsOf>;
  /** Makes the deployments of the one backend: each exposes one router, and a third one is one more call. */
  readonly routed: RoutedBackend;
}

/** Whom a workload connects to, and where the edge exposes it: `system.ts` says it. */
type Arrows = Pick<ComponentProps, 'connectsTo' | 'exposed'>;

/** The application's ConfigMap and Secrets, and its one image. */
export function applicationOf(
  environment: Environment,
  settings: SalientConfig,
  data: Pick<Data, 'tenantPasswords' | 'source'>,
  pooler: Pick<Pooler, 'component'>,
): Application {
  const namespace = namespacesOf(environment).app;
  const config = configOf(environment, settings, pooler.component);
  const tracing = tracingOf(environment, settings);
  const { revision } = data.tenantPasswords;
  const routed = routedBackend({
    system: SYSTEM,
    namespace,
    image: settings.backend,
    ports: { http: { port: 8000, service: 80 } },
    probes: API_PROBES,
    env: {
      ...config.pick(
        'ENVIRONMENT',
        'LOG_LEVEL',
        'TENANT_POOL_SIZE',
        'TENANT_POOL_MAX_OVERFLOW',
        'TENANT_POOL_IDLE_SECONDS',
        'TENANT_POOL_MAX_TENANTS',
      ),
      ...tracing.env,
    },
    connectsTo: tracing.connectsTo,
    // Engines keep the connection string of their tenant: pods start anew when a tenant's password has another revision.
    restartTriggers: revision > data.source.revision ? [String(revision)] : [],
  });
  const secret = credentialsOf(environment, settings, pooler.component);
  return { namespace, settings, config, secret, routed };
}

/** The key of tenants' tokens, with its algorithm, where there are such tokens. */
function tenantTokens({ settings, config, secret }: Application) {
  return settings.auth.tenantTokens ? { ...config.pick('JWT_ALGORITHM'), ...secret.pick('TENANT_JWT_SECRET') } : {};
}

/** The environment of the chat router, which knows the registry of tenants by one role. */
function chatEnv(app: Application, role: 'READER' | 'WRITER') {
  const { config, secret } = app;
  return {
    ...config.pick('POSTGRES_HOST', 'POSTGRES_PORT'),
    POSTGRES_ADMIN_URL: { secret, key: `POSTGRES_${role}_URL` },
    POSTGRES_ADMIN_PASSWORD: { secret, key: `POSTGRES_${role}_PASSWORD` },
    ...secret.pick('OPENROUTER_API_KEY'),
    ...tenantTokens(app),
  };
}

/** The environment of the admin router. */
function adminEnv(app: Application) {
  const { config, secret } = app;
  return {
    ...config.pick('JWT_ALGORITHM', 'ACCESS_TOKEN_EXPIRE_MINUTES', 'REFRESH_TOKEN_EXPIRE_DAYS', 'CORS_ORIGINS'),
    POSTGRES_ADMIN_URL: { secret, key: 'POSTGRES_WRITER_URL' },
    ...secret.pick('JWT_SECRET'),
    ...tenantTokens(app),
  };
}

/** What has the size and the targets of the chat router. */
function chatSize({ settings }: Application) {
  return {
    from: 'chatApi',
    scale: settings.chatApi.scale,
    resources: settings.chatApi,
    metrics: metricsOf(settings.monitoring, 'tokens'),
    p95: toDuration(settings.monitoring.p95.chatApi),
  };
}

/** The chat router: tenants' conversations. */
export function chatApi(app: Application, arrows: Arrows): Component {
  return app.routed('chat', { about: 'chat, for everyone', ...chatSize(app), env: chatEnv(app, 'READER'), ...arrows });
}

/** All routers in one workload, as on a developer's own machine. */
export function allApi(app: Application, arrows: Arrows): Component {
  const env = { ...chatEnv(app, 'WRITER'), ...adminEnv(app) };
  return app.routed('all', { about: 'chat, and the API of the admin UI', ...chatSize(app), env, ...arrows });
}

/** The admin router: the API of the admin UI. */
export function adminApi(app: Application, arrows: Arrows): Component {
  const { settings } = app;
  return app.routed('admin', {
    about: 'the API of the admin UI',
    from: 'adminApi',
    scale: settings.adminApi.scale,
    resources: settings.adminApi,
    metrics: metricsOf(settings.monitoring),
    p95: toDuration(settings.monitoring.p95.adminApi),
    env: adminEnv(app),
    ...arrows,
  });
}

/** nginx with the static files of the admin UI. */
export function adminUi({ namespace, settings, config }: Application, arrows: Arrows): Component {
  return component({
    system: SYSTEM,
    namespace,
    name: 'admin-ui',
    about: 'the admin user interface',
    from: 'adminUi',
    image: settings.adminUi,
    ports: { http: 80 },
    service: 'admin-ui-svc',
    scale: settings.adminUi.scale,
    resources: settings.adminUi,
    p95: toDuration(settings.monitoring.p95.adminUi),
    probes: {
      health: { http: '/' },
      liveness: { delay: 5, period: 10, timeout: 5 },
      readiness: { period: 5, failures: 2 },
    },
    env: config.pick('PUBLIC_ADMIN_API_URL'),
    user: 101, // nginx, in the official image
    scratch: [{ path: '/var/cache/nginx' }, { path: '/var/run' }, { path: '/tmp' }],
    ...arrows,
  });
}
