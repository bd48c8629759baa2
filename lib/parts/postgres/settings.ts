import { z } from 'zod';
import { addresses, count, cpu, image, memory, name, port, rule, server, storage, text } from '../../config/fields';

const certificate = text(
  /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/,
  'one or more certificates in PEM: -----BEGIN CERTIFICATE----- …',
  256 * 1024,
);

const budget = {
  maxConnections: count(10, 100_000).default(100).describe("The server's max_connections"),
  reserved: count(0, 1000)
    .default(10)
    .describe('Of these, kept for superusers, and for people and tools beside the pods'),
};

/** A server that somebody else runs. */
export const externalServer = {
  kind: z.literal('external'),
  host: server,
  port: port.default(5432),
  addresses: addresses.describe(
    'Where the server answers: the only addresses that the pods may connect to at its port',
  ),
  ca: certificate
    .optional()
    .describe(
      "The authority behind the server's certificate; without it connections are encrypted and the server is not proven",
    ),
  ...budget,
};

const volume = {
  storage: storage.default('5Gi'),
  storageClass: name.optional().describe("The cluster's default when absent"),
  cpu: cpu.prefault('100m..1'),
  memory: memory.prefault('256Mi..512Mi'),
};

/** A server that is one pod of ours. */
export function statefulsetServer(development: boolean) {
  return {
    kind: z.literal('statefulset'),
    ...image(development),
    ...volume,
    tls: name
      .optional()
      .describe('The Secret with tls.crt, tls.key and ca.crt; without one connections are not encrypted'),
    ...budget,
  };
}

function cloudNativePg(development: boolean) {
  return {
    kind: z.literal('cloudnative-pg'),
    ...image(development),
    ...volume,
    instances: count(1, 9).default(3).describe('One of them takes writes, the others stand by'),
    operator: z
      .strictObject({ namespace: name.default('cnpg-system') })
      .prefault({})
      .describe('Where the operator runs'),
    apiServer: z
      .strictObject({ addresses, ports: z.array(port).min(1).default([443, 6443]) })
      .describe("Where the cluster's API server answers, which the instances elect their primary by"),
    archive: z
      .strictObject({
        destination: text(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]*)?$/, 'a place such as s3://bucket/path'),
        endpoint: text(/^https?:\/\/[\w.-]+(:\d{1,5})?$/, 'an address such as https://s3.example.com')
          .optional()
          .describe("The store's address when it is not Amazon's"),
        addresses: addresses.describe('Where the store answers'),
        port: port.default(443),
        retention: text(/^[1-9]\d{0,3}[dwm]$/, 'a window such as 30d').default('30d'),
        schedule: text(/^\S+( \S+){5}$/, 'six fields that begin with seconds, such as "0 0 1 * * *"').default(
          '0 0 1 * * *',
        ),
      })
      .describe('Where base backups and the write-ahead log go: any moment of the window can be restored'),
    ...budget,
  };
}

/** The server that holds the admin database, and tenants that name no other. */
export function database(development: boolean) {
  const admin = {
    name: text(/^[a-z_][a-z0-9_]{0,62}$/, 'a database name such as salient_admin')
      .refine(
        (value) => !/^(postgres|pgbouncer|template\d*|tenant_.*|pg_.*)$/.test(value),
        'a name that is nobody else’s: not postgres, pgbouncer, template0, or one that begins with tenant_ or pg_',
      )
      .default('salient_admin')
      .describe('The admin database, which holds the tenant registry'),
    driver: z
      .enum(['asyncpg', 'libpq'])
      .default('asyncpg')
      .describe('Who reads the URLs: SQLAlchemy with asyncpg (postgresql+asyncpg://), or libpq (postgresql://)'),
  };
  return z.discriminatedUnion('kind', [
    z.strictObject({ ...externalServer, ...admin }).describe('A managed server, with TLS'),
    z
      .strictObject({ ...statefulsetServer(development), ...admin })
      .describe('One PostgreSQL pod in the admin namespace'),
    z
      .strictObject({ ...cloudNativePg(development), ...admin })
      .describe("CloudNativePG's cluster in the admin namespace"),
  ]);
}

/** More servers, which hold tenants that name them. */
export function tenantServers(development: boolean) {
  const one = z.discriminatedUnion('kind', [
    z.strictObject(externalServer).describe('A managed server, with TLS'),
    z.strictObject(statefulsetServer(development)).describe('One PostgreSQL pod in the admin namespace'),
    z.strictObject(cloudNativePg(development)).describe("CloudNativePG's cluster in the admin namespace"),
  ]);
  const key = text(
    /^(?!main$)[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/,
    'a short name such as eu, and not main, which is `database`',
  );
  return z.record(key, one);
}

type AnyServer = { readonly kind?: unknown; readonly ca?: unknown; readonly tls?: unknown };

/** How a server is met. PgBouncer has one way for all of its servers. */
export function tlsOf(given: AnyServer): 'disable' | 'require' | 'verify-full' {
  if (given.kind === 'cloudnative-pg') return 'verify-full';
  if (given.kind === 'external') return given.ca === undefined ? 'require' : 'verify-full';
  return given.tls === undefined ? 'disable' : 'verify-full';
}

type Servers = { readonly database?: unknown; readonly tenantServers?: unknown };

/** The arguments of `refine` for the rule that all servers get their roles and databases from one maker. */
export const oneMaker = rule<Servers>(
  'tenantServers',
  'servers of kind cloudnative-pg if `database` is one, and of other kinds if it is not: roles are made by its operator or by a Job',
  ({ database: main, tenantServers: more }) => {
    if (!(main instanceof Object) || !(more instanceof Object)) return true;
    const byOperator = (one: unknown) => (one as AnyServer | null)?.kind === 'cloudnative-pg';
    return Object.values(more).every((one) => byOperator(one) === byOperator(main));
  },
);

/** The arguments of `refine` for the rule that all servers are met in one way. */
export const oneTls = rule<Servers>(
  'tenantServers',
  'servers that are met as `database` is: PgBouncer has one TLS mode for all, so either each has its authority (ca, tls) or none has',
  ({ database: main, tenantServers: more }) => {
    if (!(main instanceof Object) || !(more instanceof Object)) return true;
    return Object.values(more).every((one) => tlsOf(one as AnyServer) === tlsOf(main as AnyServer));
  },
);

type Made<Fields extends z.ZodRawShape> = z.output<z.ZodObject<Fields>>;
export type ExternalServer = Made<typeof externalServer>;
export type StatefulsetServer = Made<ReturnType<typeof statefulsetServer>>;
