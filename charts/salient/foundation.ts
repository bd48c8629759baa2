import type { Environment } from '../../lib/config/environment';
import { hostOf, portOf, textOf } from '../../lib/model/address';
import { Config } from '../../lib/model/config';
import { type Pool, pooled } from '../../lib/model/connection';
import type { Probes } from '../../lib/model/container';
import { Secret, type SecretValue } from '../../lib/model/secret';
import type { Site } from '../../lib/model/site';
import { Duration, Size } from '../../lib/model/units';
import { routedBackend } from '../../lib/parts/routed-backend';
import { rolePassword, secretSource } from '../../lib/parts/secrets';
import { dataTier } from './data/data-tier';
import { ROLES, schemeOf } from './data/names';
import type { SalientConfig } from './settings';
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

/** One pod's connections: an engine for each tenant that it serves at the same time, and one for the registry. */
function engines({ active, size, overflow }: SalientConfig['tenantPool']): Pool {
  return {
    perPod: (active + 1) * (size + overflow),
    why: `(${active} tenants and the registry) × (${size} + ${overflow})`,
  };
}

/** The host of the chat, and that of the admin UI and its API. */
function sitesOf({ hosts, admin }: SalientConfig): { publicSite: Site; adminSite: Site } {
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

/** What Salient's components stand on: namespaces, database, configuration, secrets, hosts, and the one image of its routers. */
export function foundation(environment: Environment, settings: SalientConfig) {
  const { hosts, auth, tenantPool, edge } = settings;
  const namespaces = namespacesOf(environment);
  const source = secretSource(SYSTEM, settings.secrets, environment, {
    storeName: 'tenant-db-store',
    serviceAccount: 'salient-sa',
  });
  const data = dataTier({ system: SYSTEM, environment, namespace: namespaces.data, source, settings });
  const traces = tracing(settings.logfire, namespaces.app, source);

  const config = new Config(namespaces.app, 'salient-config', {
    ENVIRONMENT: environment.longName,
    LOG_LEVEL: settings.logLevel,
    POSTGRES_HOST: hostOf(data.pooler),
    POSTGRES_PORT: portOf(data.pooler),
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
  /** The admin database, as one of its roles and through PgBouncer. */
  const adminUrl = (role: string, password: string): SecretValue => ({
    template: [
      `${schemeOf(settings.database.driver)}://${role}:`,
      { urlEncoded: password },
      textOf('@', hostOf(data.pooler), ':', portOf(data.pooler), `/${settings.database.name}`),
    ],
  });
  const secret = new Secret({
    namespace: namespaces.app,
    name: 'tenant-db-credentials',
    externalName: 'tenant-db-external-secret',
    source,
    values: {
      POSTGRES_READER_PASSWORD: rolePassword(ROLES.reader),
      POSTGRES_READER_URL: adminUrl(ROLES.reader, 'POSTGRES_READER_PASSWORD'),
      POSTGRES_WRITER_PASSWORD: rolePassword(ROLES.writer),
      POSTGRES_WRITER_URL: adminUrl(ROLES.writer, 'POSTGRES_WRITER_PASSWORD'),
      OPENROUTER_API_KEY: { remote: 'openrouter/api-key', about: 'API key of OpenRouter', development: 'development' },
      JWT_SECRET: {
        remote: 'jwt/secret',
        about: 'signs the tokens of those who log in',
        random: true,
        development: 'development-secret-known-to-everyone',
      },
    },
  });
  const { publicSite, adminSite } = sitesOf(settings);

  /** A deployment of the backend that exposes one router: a third one is one more call. */
  const routed = routedBackend({
    system: SYSTEM,
    namespace: namespaces.app,
    image: settings.backend,
    ports: { http: { port: 8000, service: 80 } },
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
      ...traces.env,
    },
    connectsTo: [pooled(data.pools, engines(tenantPool)), ...traces.connectsTo],
    // Engines keep the connection string of their tenant: a password that has changed asks for new ones.
    rollsWith: data.rollsWith,
  });

  return {
    namespaces,
    data,
    routed,
    publicSite,
    adminSite,
    config,
    secret,
  };
}

export type Foundation = ReturnType<typeof foundation>;
