import type { SalientConfig } from '../../config/salient';
import {
  addresses,
  type Component,
  type Connection,
  postgres,
  Secret,
  type SecretSource,
  type TemplatePart,
} from '../../constructs';

/** The seed's names and, on a developer's cluster, well-known values. */
const ADMINISTRATOR = {
  POSTGRES_ADMIN_USER: { remote: 'postgres/admin-user', development: 'postgres' },
  POSTGRES_ADMIN_PASSWORD: { remote: 'postgres/admin-password', development: 'development' },
} as const;

/** The data tier of Salient. PgBouncer, tenants' databases, migrations and backups belong here. */
export interface Database {
  readonly host: string;
  readonly port: number;
  /** The admin database's URL: its user and password are keys beside it in the same Secret. */
  readonly adminUrl: readonly TemplatePart[];
  readonly administrator: typeof ADMINISTRATOR;
  /** How the applications get there. */
  readonly connection: Connection;
  /** What of it runs in the cluster, and the Secrets which that reads. */
  readonly components: readonly Component[];
  readonly secrets: readonly Secret[];
}

/** SQLAlchemy's asyncpg dialect and libpq name both the scheme and the encryption differently. */
function urlOf(config: SalientConfig['database'], host: string, port: number): TemplatePart[] {
  const { driver, name } = config;
  const scheme = driver === 'asyncpg' ? 'postgresql+asyncpg' : 'postgresql';
  const tls = config.kind === 'external' ? `?${driver === 'asyncpg' ? 'ssl' : 'sslmode'}=require` : '';
  return [
    `${scheme}://`,
    { urlEncoded: 'POSTGRES_ADMIN_USER' },
    ':',
    { urlEncoded: 'POSTGRES_ADMIN_PASSWORD' },
    `@${host}:${port}/${name}${tls}`,
  ];
}

/** A managed server is an address; the other kind is a PostgreSQL in the admin namespace. */
export function database(config: SalientConfig['database'], namespace: string, source: SecretSource): Database {
  if (config.kind === 'external') {
    const { host, port } = config;
    return {
      host,
      port,
      adminUrl: urlOf(config, host, port),
      administrator: ADMINISTRATOR,
      connection: addresses('the database server', config.addresses, port),
      components: [],
      secrets: [],
    };
  }
  const credentials = new Secret({
    namespace,
    name: 'postgres-credentials',
    externalName: 'postgres-external-secret',
    source,
    values: ADMINISTRATOR,
  });
  const { POSTGRES_ADMIN_USER, POSTGRES_ADMIN_PASSWORD } = credentials.pick(
    'POSTGRES_ADMIN_USER',
    'POSTGRES_ADMIN_PASSWORD',
  );
  const server = postgres({
    system: 'salient',
    namespace,
    image: config,
    database: config.name,
    user: POSTGRES_ADMIN_USER,
    password: POSTGRES_ADMIN_PASSWORD,
    resources: config,
    size: config.storage,
    storageClass: config.storageClass,
  });
  const host = `${server.service.name}.${namespace}.svc.cluster.local`;
  return {
    host,
    port: server.service.port,
    adminUrl: urlOf(config, host, server.service.port),
    administrator: ADMINISTRATOR,
    connection: { to: server },
    components: [server],
    secrets: [credentials],
  };
}
