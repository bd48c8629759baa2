import { z } from 'zod';
import { rule, text } from '../../config/fields';
import { cloudNativePg } from '../cloudnative-pg/settings';
import { externalServer, statefulsetServer } from './settings';

/**
 * The server that holds the admin database, and tenants that name no other.
 *
 * @param usual what the admin database is called unless the settings say otherwise
 */
export function adminDatabase(development: boolean, usual: string) {
  const admin = {
    name: text(/^[a-z_][a-z0-9_]{0,62}$/, `a database name such as ${usual}`)
      .refine(
        (value) => !/^(postgres|pgbouncer|template\d*|tenant_.*|pg_.*)$/.test(value),
        'a name that is nobody else’s: not postgres, pgbouncer, template0, or one that begins with tenant_ or pg_',
      )
      .default(usual)
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
function tlsOf(given: AnyServer): 'disable' | 'require' | 'verify-full' {
  if (given.kind === 'cloudnative-pg') return 'verify-full';
  if (given.kind === 'external') return given.ca === undefined ? 'require' : 'verify-full';
  return given.tls === undefined ? 'disable' : 'verify-full';
}

type Servers = { readonly database?: unknown; readonly tenantServers?: unknown };

/** The arguments of `refine` for the rule that all servers get their roles and databases from one maker. */
export const sameRoleProvider = rule<Servers>(
  'tenantServers',
  'servers of kind cloudnative-pg if `database` is one, and of other kinds if it is not: roles are made by its operator or by a Job',
  ({ database: main, tenantServers: more }) => {
    if (!(main instanceof Object) || !(more instanceof Object)) return true;
    const byOperator = (one: unknown) => (one as AnyServer | null)?.kind === 'cloudnative-pg';
    return Object.values(more).every((one) => byOperator(one) === byOperator(main));
  },
);

/** The arguments of `refine` for the rule that all servers are met in one way. */
export const sameTlsMode = rule<Servers>(
  'tenantServers',
  'servers that are met as `database` is: PgBouncer has one TLS mode for all, so either each has its authority (ca, tls) or none has',
  ({ database: main, tenantServers: more }) => {
    if (!(main instanceof Object) || !(more instanceof Object)) return true;
    return Object.values(more).every((one) => tlsOf(one as AnyServer) === tlsOf(main as AnyServer));
  },
);
