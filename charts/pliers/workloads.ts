import type { Environment } from '../../lib/config/environment';
import { urlOf } from '../../lib/model/address';
import { type Component, type ComponentProps, component } from '../../lib/model/component';
import type { Probes } from '../../lib/model/container';
import { Size } from '../../lib/model/units';
import { metricsOf, toDuration } from '../../lib/parts/monitoring/monitoring';
import { CONFIG } from '../../lib/parts/web/nginx';
import { configOf, credentialsOf, namespacesOf, SYSTEM, trustOf, webConfigOf } from './configuration';
import type { Data } from './data';
import type { PliersConfig } from './settings';

/** The seed's health checks: every 30 s, 10 s to answer, three failures; and the time that a start may take. */
function health(path: string, startPeriod: number): Probes {
  const timing = { period: 30, timeout: 10, failures: 3 };
  return {
    health: { http: path },
    startup: { period: 10, timeout: 10, failures: (startPeriod + timing.period * timing.failures) / 10 },
    liveness: timing,
    readiness: { period: 10, timeout: 10, failures: 3 },
  };
}

const NODE = 1001; // the user nodejs of the seed's images
const NGINX = 101; // of the official image

/** What the workloads of the application share in one environment. */
export interface Application {
  readonly namespace: string;
  readonly environment: Environment;
  readonly settings: PliersConfig;
  readonly config: ReturnType<typeof configOf>;
  readonly secret: ReturnType<typeof credentialsOf>;
  /** How the API trusts the database's certificate. */
  readonly trust: ReturnType<typeof trustOf>;
}

/** Whom a workload connects to, and where the edge exposes it: `system.ts` says it. */
type Arrows = Pick<ComponentProps, 'connectsTo' | 'exposed'>;

/** The application's ConfigMap and Secret. */
export function applicationOf(environment: Environment, settings: PliersConfig, data: Data): Application {
  return {
    namespace: namespacesOf(environment).app,
    environment,
    settings,
    config: configOf(environment, settings),
    secret: credentialsOf(environment, settings, data),
    trust: trustOf(environment, data.database.ca),
  };
}

/** The core API. */
export function apiService({ namespace, settings, config, secret, trust }: Application, arrows: Arrows): Component {
  const { api } = settings.services;
  return component({
    system: SYSTEM,
    namespace,
    name: 'api',
    about: 'the core API',
    from: 'services.api',
    image: api,
    ports: { http: api.port },
    scale: api.scale,
    resources: api,
    probes: health('/health', 40),
    env: {
      ...config.pick('NODE_ENV', 'ENVIRONMENT', 'LOG_LEVEL', 'CORS_ORIGINS', 'DATABASE_POOL_SIZE'),
      PORT: String(api.port),
      ...secret.pick('DATABASE_URL', 'REDIS_URL', 'JWT_SECRET'),
      ...trust.env,
    },
    mounts: trust.mounts ?? [],
    user: NODE,
    metrics: metricsOf(settings.monitoring, 'pool'),
    p95: toDuration(settings.monitoring.p95.api),
    ...arrows,
  });
}

/**
 * The AI service, on nodes with GPUs where the settings say so.
 *
 * @param api which it asks
 */
export function aiService(
  { namespace, settings, config, secret }: Application,
  api: Component,
  arrows: Arrows,
): Component {
  const { ai } = settings.services;
  return component({
    system: SYSTEM,
    namespace,
    name: 'ai-service',
    about: 'answers with language models',
    from: 'services.ai',
    image: ai,
    ports: { http: ai.port },
    scale: ai.scale,
    resources: { ...ai, ...(ai.gpu && { devices: { [ai.gpu.resource]: ai.gpu.count } }) },
    nodes: ai.gpu && { labels: ai.gpu.nodes, tolerates: [ai.gpu.taint] },
    probes: health('/health', 30),
    env: {
      ...config.pick('NODE_ENV', 'ENVIRONMENT', 'LOG_LEVEL', 'MODEL_CACHE_TTL'),
      PORT: String(ai.port),
      API_URL: urlOf(api),
      ...secret.pick('REDIS_URL', 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY'),
    },
    scratch: [{ path: '/tmp', size: Size.gibibytes(1) }],
    user: NODE,
    metrics: metricsOf(settings.monitoring, 'tokens'),
    p95: toDuration(settings.monitoring.p95.ai),
    ...arrows,
  });
}

/** nginx with the single-page application. */
export function webFrontend({ namespace, environment, settings }: Application, arrows: Arrows): Component {
  const { web } = settings.services;
  const config = webConfigOf(environment, settings);
  return component({
    system: SYSTEM,
    namespace,
    name: 'web',
    about: 'the single-page application',
    from: 'services.web',
    image: web,
    ports: { http: web.port },
    scale: web.scale,
    resources: web,
    probes: health('/', 0),
    mounts: [
      { path: '/etc/nginx/conf.d', from: config, keys: ['default.conf'] },
      { path: CONFIG.folder, from: config, keys: [CONFIG.file] },
    ],
    user: NGINX,
    p95: toDuration(settings.monitoring.p95.web),
    scratch: [{ path: '/var/cache/nginx' }, { path: '/var/run' }, { path: '/tmp' }],
    ...arrows,
  });
}
