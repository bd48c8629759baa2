import { z } from 'zod';
import { rule, text } from '../../config/fields';
import type { Tls } from '../../model/database';
import { cloudNativePg, drillImage } from '../cloudnative-pg/settings';
import { externalServer, statefulsetServer } from './server-settings';

/**
 * The settings of the main server, which has the admin database and the databases of tenants without a server of their own.
 *
 * @param usual the default name of the admin database
 */
export function adminDatabase(development: boolean, usual: string) {
  const admin = {
    name: text(/^[a-z_][a-z0-9_]{0,62}$/, `a database name such as ${usual}`)
      .refine(
        (value) => !/^(postgres|pgbouncer|template\d*|tenant_.*|pg_.*)$/.test(value),
        'a name that is not reserved: not postgres, pgbouncer or template0, and without the prefix tenant_ or pg_',
      )
      .default(usual)
      .describe('The admin database, which contains the tenant registry'),
    driver: z
      .enum(['asyncpg', 'libpq'])
      .default('asyncpg')
      .describe(
        'The driver that uses the URLs: SQLAlchemy with asyncpg (postgresql+asyncpg://), or libpq (postgresql://)',
      ),
  };
  return z.discriminatedUnion('kind', [
    externalServer(development, admin).describe('A managed server, with TLS'),
    z
      .strictObject({ ...statefulsetServer(development), ...admin })
      .describe('One PostgreSQL pod in the admin namespace'),
    z
      .strictObject({ ...cloudNativePg(development), ...admin })
      .refine(...drillImage)
      .describe("CloudNativePG's cluster in the admin namespace"),
  ]);
}

/** The settings of more servers, for the tenants that refer to them. */
export function tenantServers(development: boolean) {
  const one = z.discriminatedUnion('kind', [
    externalServer(development, {}).describe('A managed server, with TLS'),
    z.strictObject(statefulsetServer(development)).describe('One PostgreSQL pod in the admin namespace'),
    z
      .strictObject(cloudNativePg(development))
      .refine(...drillImage)
      .describe("CloudNativePG's cluster in the admin namespace"),
  ]);
  const key = text(
    /^(?!(main|drill)$)[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/,
    'a short name such as eu, and neither main, which is `database`, nor drill, which is `backups.drill.server`',
  );
  return z.record(key, one);
}

type AnyServer = { readonly kind?: unknown; readonly ca?: unknown; readonly tls?: unknown };

function tlsOf({ kind, ca, tls }: AnyServer): Tls {
  if (kind === 'cloudnative-pg') return 'verify-full';
  if (kind === 'external') return ca === undefined ? 'require' : 'verify-full';
  return tls === undefined ? 'disable' : 'verify-full';
}

type Servers = { readonly database?: unknown; readonly tenantServers?: unknown };

/** The arguments of `refine` for the rule that either the operator or a Job creates the roles and databases of all servers. */
export const sameRoleProvider = rule<Servers>(
  'tenantServers',
  'servers of the kind cloudnative-pg if `database` is of that kind, and of other kinds otherwise: either the operator or a Job creates the roles of all servers',
  ({ database: main, tenantServers: more }) => {
    if (!(main instanceof Object) || !(more instanceof Object)) return true;
    const byOperator = (one: unknown) => (one as AnyServer | null)?.kind === 'cloudnative-pg';
    return Object.values(more).every((one) => byOperator(one) === byOperator(main));
  },
);

/** The arguments of `refine` for the rule that all servers have the same TLS mode, since PgBouncer has one for all servers. */
export const sameTlsMode = rule<Servers>(
  'tenantServers',
  'servers with the TLS mode of `database`: PgBouncer has one TLS mode for all servers, so set the certificate (ca, tls) on all of them or on none',
  ({ database: main, tenantServers: more }) => {
    if (!(main instanceof Object) || !(more instanceof Object)) return true;
    return Object.values(more).every((one) => tlsOf(one as AnyServer) === tlsOf(main as AnyServer));
  },
);
