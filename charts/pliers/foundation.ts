import type { Environment } from '../../lib/config/environment';
import { Config } from '../../lib/model/config';
import type { ContainerProps } from '../../lib/model/container';
import { Secret } from '../../lib/model/secret';
import type { Site } from '../../lib/model/site';
import { Duration, Size } from '../../lib/model/units';
import { secretSource } from '../../lib/parts/secrets';
import { data as dataTier } from './data';
import type { PliersConfig } from './settings';
import defaultConf from './web/default.conf';

export const SYSTEM = 'pliers';

/** Where the API finds the authority behind the database's certificate. */
const CA = '/etc/pliers/ca';

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

/** What Pliers' components stand on: namespaces, data, configuration, secrets, the host. */
export function foundation(environment: Environment, settings: PliersConfig) {
  const { hosts, services, database, edge } = settings;
  const namespaces = { app: `${SYSTEM}-${environment.name}`, data: `${SYSTEM}-${environment.name}-data` };
  const source = secretSource(SYSTEM, settings.secrets, environment, {
    storeName: 'pliers-store',
    serviceAccount: 'pliers-sa',
  });
  const data = dataTier({ system: SYSTEM, environment, namespace: namespaces.data, source }, settings);
  const tls = edge.issuer !== undefined;

  const config = new Config(namespaces.app, 'pliers-config', {
    NODE_ENV: environment.longName,
    LOG_LEVEL: settings.logLevel,
    CORS_ORIGINS: `${tls ? 'https' : 'http'}://${hosts.app}`,
    DATABASE_POOL_SIZE: String(database.poolSize),
    MODEL_CACHE_TTL: String(services.ai.modelCacheTtl),
  });
  // A VITE_ variable is fixed when the image is built; these are read by the browser, on the page's own host.
  const runtime = {
    apiUrl: '/api',
    aiUrl: '/ai',
    wsUrl: `${tls ? 'wss' : 'ws'}://${hosts.app}/api`,
    ...(services.web.cdn !== undefined && { cdnUrl: services.web.cdn }),
  };
  const webConfig = new Config(namespaces.app, 'web-config', {
    'default.conf': defaultConf,
    'config.js': `window.__PLIERS__ = ${JSON.stringify(runtime, undefined, 2)};\n`,
  });
  const secret = new Secret({
    namespace: namespaces.app,
    name: 'pliers-credentials',
    externalName: 'pliers-external-secret',
    source,
    values: {
      DATABASE_PASSWORD: data.database.password,
      DATABASE_URL: data.database.url('DATABASE_PASSWORD'),
      REDIS_PASSWORD: data.cache.password,
      REDIS_URL: data.cache.url('REDIS_PASSWORD'),
      JWT_SECRET: {
        remote: 'jwt/secret',
        about: 'signs the tokens of those who log in',
        random: true,
        development: 'development-secret-known-to-everyone',
      },
      OPENAI_API_KEY: { remote: 'openai/api-key', about: 'API key of OpenAI', development: 'development' },
      ANTHROPIC_API_KEY: { remote: 'anthropic/api-key', about: 'API key of Anthropic', development: 'development' },
    },
  });
  const { ca } = data.database;
  const authority = ca && new Config(namespaces.app, 'database-ca', ca.data);
  const trusted: Pick<ContainerProps, 'env' | 'mounts'> = authority
    ? { env: { NODE_EXTRA_CA_CERTS: `${CA}/ca.crt` }, mounts: [{ path: CA, from: authority }] }
    : { env: {}, mounts: [] };
  return {
    namespaces,
    site: siteOf(environment, settings),
    data,
    config,
    webConfig,
    secret,
    ca: trusted,
  };
}

export type Foundation = ReturnType<typeof foundation>;
