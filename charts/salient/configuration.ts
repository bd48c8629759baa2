import type { Environment } from '../../lib/config/environment';
import { hostOf, portOf, textOf } from '../../lib/model/address';
import type { Component, ComponentProps } from '../../lib/model/component';
import { Config } from '../../lib/model/config';
import { internet } from '../../lib/model/connection';
import { Secret, type SecretValue } from '../../lib/model/secret';
import type { SecretSource } from '../../lib/model/secret-source';
import { rolePassword, secretSource } from '../../lib/parts/secrets';
import { ROLES, schemeOf } from './data/names';
import type { SalientConfig } from './settings';

export const SYSTEM = 'salient';

/** The namespaces of the application and of its data: the seed's names in production, elsewhere with the environment's name. */
export function namespacesOf({ name }: Environment): { app: string; data: string } {
  return name === 'prod'
    ? { app: `${SYSTEM}-prod`, data: `${SYSTEM}-admin` }
    : { app: `${SYSTEM}-${name}`, data: `${SYSTEM}-${name}-admin` };
}

/** Where the values of its secrets come from. */
export function sourceOf(environment: Environment, settings: SalientConfig): SecretSource {
  const own = { storeName: 'tenant-db-store', serviceAccount: 'salient-sa' };
  return secretSource(SYSTEM, settings.secrets, environment, own);
}

/** The application's ConfigMap. */
export function configOf(environment: Environment, settings: SalientConfig, pooler: Component) {
  const { hosts, auth, tenantPool, edge } = settings;
  return new Config(namespacesOf(environment).app, 'salient-config', {
    ENVIRONMENT: environment.tier,
    LOG_LEVEL: settings.logLevel,
    POSTGRES_HOST: hostOf(pooler),
    POSTGRES_PORT: portOf(pooler),
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
}

/** The application's Secret. */
export function credentialsOf(environment: Environment, settings: SalientConfig, pooler: Component) {
  /** The URL of the admin database through PgBouncer, for one of its roles. */
  const adminUrl = (role: string, password: string): SecretValue => ({
    template: [
      `${schemeOf(settings.database.driver)}://${role}:`,
      { urlEncoded: password },
      textOf('@', hostOf(pooler), ':', portOf(pooler), `/${settings.database.name}`),
    ],
  });
  const tenantKey = {
    remote: 'tenant-jwt/secret',
    about: 'signs and verifies the tokens of tenants',
    random: true,
    development: 'development-tenant-secret-known-to-everyone',
  };
  return new Secret<string>({
    namespace: namespacesOf(environment).app,
    name: 'tenant-db-credentials',
    externalName: 'tenant-db-external-secret',
    source: sourceOf(environment, settings),
    values: {
      POSTGRES_READER_PASSWORD: rolePassword(ROLES.reader),
      POSTGRES_READER_URL: adminUrl(ROLES.reader, 'POSTGRES_READER_PASSWORD'),
      POSTGRES_WRITER_PASSWORD: rolePassword(ROLES.writer),
      POSTGRES_WRITER_URL: adminUrl(ROLES.writer, 'POSTGRES_WRITER_PASSWORD'),
      OPENROUTER_API_KEY: { remote: 'openrouter/api-key', about: 'API key of OpenRouter', development: 'development' },
      JWT_SECRET: {
        remote: 'jwt/secret',
        about: 'signs the tokens of logged-in users',
        random: true,
        development: 'development-secret-known-to-everyone',
      },
      ...(settings.auth.tenantTokens && { TENANT_JWT_SECRET: tenantKey }),
    },
  });
}

/** Logfire, which both APIs may send traces to: its token, and the Internet on port 443. */
export function tracingOf(
  environment: Environment,
  settings: SalientConfig,
): Required<Pick<ComponentProps, 'env' | 'connectsTo'>> {
  if (!settings.logfire) return { env: {}, connectsTo: [] };
  const secret = new Secret({
    namespace: namespacesOf(environment).app,
    name: 'logfire-credentials',
    externalName: 'logfire-external-secret',
    source: sourceOf(environment, settings),
    values: { LOGFIRE_TOKEN: { remote: 'logfire/token', about: 'write token of Logfire', development: 'development' } },
  });
  return { env: secret.pick('LOGFIRE_TOKEN'), connectsTo: [internet(443)] };
}
