import type { Environment } from '../../lib/config/environment';
import { Config } from '../../lib/model/config';
import type { ContainerProps } from '../../lib/model/container';
import { Secret } from '../../lib/model/secret';
import type { SecretSource } from '../../lib/model/secret-source';
import type { DataStore } from '../../lib/parts/data-store';
import { secretSource } from '../../lib/parts/secrets';
import { CONFIG, nginxConf } from '../../lib/parts/web/nginx';
import type { PliersConfig } from './settings';

export const SYSTEM = 'pliers';

/** The folder in which the API finds the CA of the database's certificate. */
const CA = '/etc/pliers/ca';

export function namespacesOf({ name }: Environment): { app: string; data: string } {
  return { app: `${SYSTEM}-${name}`, data: `${SYSTEM}-${name}-data` };
}

/** The values that Node's libraries know. The tier is in ENVIRONMENT. */
export function nodeEnv({ development }: Environment): 'development' | 'production' {
  return development ? 'development' : 'production';
}

/** Where the values of its secrets come from. */
export function sourceOf(environment: Environment, settings: PliersConfig): SecretSource {
  return secretSource(SYSTEM, settings.secrets, environment, {
    storeName: 'pliers-store',
    serviceAccount: 'pliers-sa',
  });
}

/** The origin of the page, as browsers say it. */
function originOf({ hosts, edge }: PliersConfig): string {
  return `${edge.issuer === undefined ? 'http' : 'https'}://${hosts.app}`;
}

/** The application's ConfigMap. */
export function configOf(environment: Environment, settings: PliersConfig) {
  const { services, database, logLevel } = settings;
  return new Config(namespacesOf(environment).app, 'pliers-config', {
    NODE_ENV: nodeEnv(environment),
    ENVIRONMENT: environment.tier,
    LOG_LEVEL: logLevel,
    CORS_ORIGINS: originOf(settings),
    DATABASE_POOL_SIZE: String(database.poolSize),
    MODEL_CACHE_TTL: String(services.ai.modelCacheTtl),
  });
}

/** The ConfigMap of the web frontend: nginx's configuration, and `config.js`, which the browser loads. */
export function webConfigOf(environment: Environment, settings: PliersConfig): Config {
  const { port, cdn } = settings.services.web;
  // VITE_ variables are fixed when the image is built; these are read by the browser at run time.
  const runtime = {
    apiUrl: '/api',
    aiUrl: '/ai',
    wsUrl: `${originOf(settings).replace('http', 'ws')}/api`,
    ...(cdn !== undefined && { cdnUrl: cdn }),
  };
  return new Config(namespacesOf(environment).app, 'web-config', {
    'default.conf': nginxConf({ port, ...(cdn !== undefined && { page: originOf(settings) }) }),
    [CONFIG.file]: `window.__PLIERS__ = ${JSON.stringify(runtime, undefined, 2)};\n`,
  });
}

/** The application's Secret. */
export function credentialsOf(
  environment: Environment,
  settings: PliersConfig,
  data: Readonly<Record<'database' | 'cache', DataStore>>,
) {
  return new Secret({
    namespace: namespacesOf(environment).app,
    name: 'pliers-credentials',
    externalName: 'pliers-external-secret',
    source: sourceOf(environment, settings),
    values: {
      DATABASE_PASSWORD: data.database.password,
      DATABASE_URL: data.database.url('DATABASE_PASSWORD'),
      REDIS_PASSWORD: data.cache.password,
      REDIS_URL: data.cache.url('REDIS_PASSWORD'),
      JWT_SECRET: {
        remote: 'jwt/secret',
        about: 'signs the tokens of logged-in users',
        random: true,
        development: 'development-secret-known-to-everyone',
      },
      OPENAI_API_KEY: { remote: 'openai/api-key', about: 'API key of OpenAI', development: 'development' },
      ANTHROPIC_API_KEY: { remote: 'anthropic/api-key', about: 'API key of Anthropic', development: 'development' },
    },
  });
}

/** The API's environment and mount with the CA by which it verifies the database's certificate. */
export function trustOf(environment: Environment, ca: Config | undefined): Pick<ContainerProps, 'env' | 'mounts'> {
  if (ca === undefined) return {};
  const authority = new Config(namespacesOf(environment).app, 'database-ca', ca.data);
  return { env: { NODE_EXTRA_CA_CERTS: `${CA}/ca.crt` }, mounts: [{ path: CA, from: authority }] };
}
