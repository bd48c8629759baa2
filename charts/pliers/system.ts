import type { Environment } from '../../lib/config/environment';
import type { ClusterEnvironment } from '../../lib/config/platform';
import { urlOf } from '../../lib/model/address';
import { type Component, component } from '../../lib/model/component';
import type { Config } from '../../lib/model/config';
import { type Connection, internet, pooled, to } from '../../lib/model/connection';
import type { Probes } from '../../lib/model/container';
import type { Site } from '../../lib/model/site';
import { type System, system } from '../../lib/model/system';
import { Duration, Size } from '../../lib/model/units';
import { clusterDefaults } from '../../lib/parts/cluster-defaults';
import { metricsOf, toDuration, withMonitoring } from '../../lib/parts/monitoring/monitoring';
import { defineSystem } from '../../lib/pipeline/definition';
import { configOf, credentialsOf, namespacesOf, SYSTEM, trustOf, webConfigOf } from './configuration';
import { dataOf } from './data';
import { type PliersConfig, pliersSchema } from './settings';

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

/** The one host. */
function siteOf({ development }: Environment, { hosts, rateLimit }: PliersConfig): Site {
  return {
    name: 'pliers-ingress',
    host: hosts.app,
    from: 'hosts.app',
    certificate: 'pliers-tls-cert',
    audience: 'everyone',
    body: Size.mebibytes(10),
    stream: Duration.hours(1),
    rateLimit,
    // Controllers for Ingresses refuse headers that they were not told of, and a developer's own was told of none.
    securityHeaders: !development,
  };
}

/** nginx with the single-page application. */
function webService(namespace: string, settings: PliersConfig, config: Config, site: Site): Component {
  const { web } = settings.services;
  return component({
    system: SYSTEM,
    namespace,
    name: 'web',
    about: 'the single-page application',
    from: 'services.web',
    image: web,
    ports: { http: 80 },
    scale: web.scale,
    resources: web,
    probes: health('/', 0),
    mounts: [
      { path: '/etc/nginx/conf.d', from: config, keys: ['default.conf'] },
      { path: '/etc/pliers', from: config, keys: ['config.js'] },
    ],
    user: NGINX,
    p95: toDuration(settings.monitoring.p95.web),
    scratch: [{ path: '/var/cache/nginx' }, { path: '/var/run' }, { path: '/tmp' }],
    exposed: [{ site, path: '/' }],
  });
}

/** What the AI service reads, and whom it asks. */
interface AiProps {
  readonly config: ReturnType<typeof configOf>;
  readonly secret: ReturnType<typeof credentialsOf>;
  readonly api: Component;
  readonly cache: Connection;
  readonly site: Site;
}

/** The AI service, on nodes with GPUs where the settings say so. */
function aiServiceOf(
  app: Pick<Component, 'system' | 'namespace'>,
  settings: PliersConfig,
  { config, secret, api, cache, site }: AiProps,
): Component {
  const { ai } = settings.services;
  return component({
    ...app,
    name: 'ai-service',
    about: 'what asks the models',
    from: 'services.ai',
    image: ai,
    ports: { http: ai.port },
    scale: ai.scale,
    resources: { ...ai, ...(ai.gpu && { devices: { [ai.gpu.resource]: ai.gpu.count } }) },
    nodes: ai.gpu && { labels: ai.gpu.nodes, tolerates: [ai.gpu.taint] },
    probes: health('/health', 30),
    env: {
      ...config.pick('NODE_ENV', 'LOG_LEVEL', 'MODEL_CACHE_TTL'),
      PORT: String(ai.port),
      API_URL: urlOf(api),
      ...secret.pick('REDIS_URL', 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY'),
    },
    scratch: [{ path: '/tmp', size: Size.gibibytes(1) }],
    user: NODE,
    metrics: metricsOf(settings.monitoring, 'tokens'),
    p95: toDuration(settings.monitoring.p95.ai),
    connectsTo: [to(api), cache, { ...internet(443), about: 'OpenAI and Anthropic' }],
    exposed: [{ site, path: '/ai' }],
  });
}

/** Each fact of Pliers once. */
function describe(environment: ClusterEnvironment, settings: PliersConfig): System {
  const app = { system: SYSTEM, namespace: namespacesOf(environment).app };
  const data = dataOf(environment, settings);
  const config = configOf(environment, settings);
  const secret = credentialsOf(environment, settings, data);
  const trust = trustOf(environment, data.database.ca);
  const site = siteOf(environment, settings);
  const { api } = settings.services;
  const { monitoring } = settings;
  const pool = { perPod: settings.database.poolSize, why: 'its pool' };

  const apiService = component({
    ...app,
    name: 'api',
    about: 'the core API',
    from: 'services.api',
    image: api,
    ports: { http: api.port },
    scale: api.scale,
    resources: api,
    probes: health('/health', 40),
    env: {
      ...config.pick('NODE_ENV', 'LOG_LEVEL', 'CORS_ORIGINS', 'DATABASE_POOL_SIZE'),
      PORT: String(api.port),
      ...secret.pick('DATABASE_URL', 'REDIS_URL', 'JWT_SECRET'),
      ...trust.env,
    },
    mounts: trust.mounts ?? [],
    user: NODE,
    metrics: metricsOf(monitoring, 'pool'),
    p95: toDuration(monitoring.p95.api),
    connectsTo: [pooled(data.database.server, pool), data.cache.connection],
    exposed: [{ site, path: '/api' }],
  });
  const aiService = aiServiceOf(app, settings, { config, secret, api: apiService, cache: data.cache.connection, site });
  const web = webService(app.namespace, settings, webConfigOf(environment, settings), site);
  const components = [web, apiService, aiService, ...data.database.components, ...data.cache.components];
  return system({
    ...clusterDefaults(SYSTEM, environment, settings),
    components,
    tasks: [...data.database.tasks, ...data.cache.tasks],
    ...withMonitoring(monitoring, app.namespace, components),
  });
}

/** Pliers. Source: the seed "Deployment Architecture", Model 2. */
export const pliers = defineSystem({ name: SYSTEM, settings: pliersSchema, describe });
