import { Duration, Size } from 'cdk8s';
import type { Environment } from '../../config/environment';
import type { SalientConfig } from '../../config/salient';
import {
  Config,
  type DatabaseServer,
  type Probes,
  routedBackend,
  Secret,
  type SecretSource,
  type Site,
} from '../../constructs';
import { database } from './database';
import { tracing } from './tracing';

export const SYSTEM = 'salient';

/** The seed's probes. */
const HEALTH: Probes = {
  health: { http: '/health' },
  liveness: { delay: 30, period: 10, timeout: 5, failures: 3 },
  readiness: { delay: 10, period: 5, timeout: 3, failures: 2 },
};

/** The seed's names in production; elsewhere the environment's name tells them apart. */
function namespacesOf({ name, production }: Environment): { app: string; data: string } {
  return production
    ? { app: `${SYSTEM}-prod`, data: `${SYSTEM}-admin` }
    : { app: `${SYSTEM}-${name}`, data: `${SYSTEM}-${name}-admin` };
}

/** `salient/…` in production, `salient-staging/…` in staging: one store may serve them all. */
function secretSource(settings: SalientConfig['secrets'], { name, production }: Environment): SecretSource {
  if (settings.kind !== 'external') return settings;
  const prefix = settings.prefix ?? (production ? SYSTEM : `${SYSTEM}-${name}`);
  return { ...settings, prefix, storeName: 'tenant-db-store', serviceAccount: 'salient-sa' };
}

/** What Salient's components stand on: namespaces, database, configuration, secrets, hosts, and the one image of its routers. */
export function foundation(environment: Environment, settings: SalientConfig) {
  const { hosts, auth, tenantPool, edge } = settings;
  const namespaces = namespacesOf(environment);
  const source = secretSource(settings.secrets, environment);
  const db = database(settings.database, namespaces.data, source);
  const traces = tracing(settings.logfire, namespaces.app, source);

  const config = new Config(namespaces.app, 'salient-config', {
    ENVIRONMENT: environment.longName,
    LOG_LEVEL: settings.logLevel,
    POSTGRES_HOST: db.host,
    POSTGRES_PORT: String(db.port),
    TENANT_POOL_SIZE: String(tenantPool.size),
    TENANT_POOL_MAX_OVERFLOW: String(tenantPool.overflow),
    TENANT_POOL_IDLE_SECONDS: String(tenantPool.idle),
    TENANT_POOL_MAX_TENANTS: String(tenantPool.active),
    JWT_ALGORITHM: 'HS256',
    ACCESS_TOKEN_EXPIRE_MINUTES: String(auth.accessTokenMinutes),
    REFRESH_TOKEN_EXPIRE_DAYS: String(auth.refreshTokenDays),
    CORS_ORIGINS: `${edge.issuer === undefined ? 'http' : 'https'}://${hosts.admin}`,
    PUBLIC_ADMIN_API_URL: '/api', // on the admin UI's own host, so that its image fits every environment
  });
  const secret = new Secret({
    namespace: namespaces.app,
    name: 'tenant-db-credentials',
    externalName: 'tenant-db-external-secret',
    source,
    values: {
      ...db.administrator,
      POSTGRES_ADMIN_URL: { template: db.adminUrl },
      OPENROUTER_API_KEY: { remote: 'openrouter/api-key', development: 'development' },
      JWT_SECRET: { remote: 'jwt/secret', development: 'development-secret-known-to-everyone' },
    },
  });

  const publicSite: Site = {
    name: 'salient-ingress',
    host: hosts.api,
    certificate: 'salient-tls-cert',
    audience: 'everyone',
    body: Size.mebibytes(10),
    stream: Duration.hours(1),
  };
  const adminSite: Site = {
    name: 'salient-admin-ingress',
    host: hosts.admin,
    certificate: 'salient-admin-tls-cert',
    audience: settings.admin.allowedFrom,
    body: Size.mebibytes(10),
  };

  /** A deployment of the backend that exposes one router: a third one is one more call. */
  const routed = routedBackend({
    system: SYSTEM,
    namespace: namespaces.app,
    image: settings.backend,
    port: 8000,
    probes: HEALTH,
    env: {
      ...config.pick(
        'ENVIRONMENT',
        'LOG_LEVEL',
        'TENANT_POOL_SIZE',
        'TENANT_POOL_MAX_OVERFLOW',
        'TENANT_POOL_IDLE_SECONDS',
        'TENANT_POOL_MAX_TENANTS',
      ),
      ...secret.pick('POSTGRES_ADMIN_URL'),
      ...traces.env,
    },
    connectsTo: [db.connection, ...traces.connectsTo],
  });

  // A pod keeps an engine for each tenant that it serves, and one for the admin database.
  const { size, overflow, active } = tenantPool;
  const server: DatabaseServer = {
    name: db.host,
    maxConnections: settings.database.maxConnections,
    reserved: settings.database.reserved,
    clients: ['chat-api', 'admin-api'].map((name) => ({
      name,
      perPod: (active + 1) * (size + overflow),
      because: `(${active} tenants and the registry) × (${size} + ${overflow})`,
    })),
  };

  return {
    namespaces,
    server,
    routed,
    publicSite,
    adminSite,
    config,
    secret,
    secrets: [secret, ...traces.secrets, ...db.secrets],
    dataTier: db.components,
  };
}
