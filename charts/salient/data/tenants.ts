import { Config } from '../../../lib/model/config';
import type { Server } from '../../../lib/model/database';
import { Secret, type SecretValue } from '../../../lib/model/secret';
import type { SecretSource } from '../../../lib/model/secret-source';
import { serverTable } from '../../../lib/parts/postgres/server-files';
import { shardOf, type Tenant } from '../tenant-list';

/** The Secret with the passwords of the tenants' roles. */
export const TENANT_PASSWORDS = 'tenant-passwords';

/** The file with a line for each tenant. */
export const TENANT_TABLE = 'tenants.tsv';

/** The remote JSON secret of a shard: `tenants`, `tenants-2`, … */
function remoteOf(shard: number): string {
  return shard === 0 ? 'tenants' : `tenants-${shard + 1}`;
}

/** The password of a tenant's role: a property of one of several JSON secrets. */
export function tenantPassword({ slug }: Tenant, shards: number): SecretValue {
  return {
    remote: remoteOf(shardOf(slug, shards)),
    property: slug,
    about: `password of the tenant ${slug}`,
    random: true,
    ofRole: true,
    development: `development-${slug}`,
  };
}

/** The Secret with the passwords of the tenants' roles, a key for each slug. Provisioning, PgBouncer, migrations and removal mount it. */
export function tenantPasswordsSecret(
  namespace: string,
  source: SecretSource,
  tenants: readonly Tenant[],
  shards: number,
): Secret {
  const values = tenants.map((tenant) => [tenant.slug, tenantPassword(tenant, shards)]);
  // The sum of the tenants' own revisions: it stays the same when a tenant is added or removed.
  const revision = tenants.reduce((sum, { revision: own }) => sum + own - 1, 0);
  return new Secret({
    namespace,
    name: TENANT_PASSWORDS,
    externalName: 'tenant-passwords-external-secret',
    source,
    values: Object.fromEntries(values),
    extractFrom: Array.from({ length: shards }, (_, shard) => remoteOf(shard)),
    revision,
    revisionKey: true,
  });
}

/** The tenants as tab-separated values for scripts; the last column is free text. */
function tenantTable(tenants: readonly Tenant[]): string {
  return tenants
    .map(({ slug, state, server, connectionLimit = -1, revision, name = slug }) =>
      [slug, state, server, connectionLimit, revision, name].join('\t'),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** The ConfigMap with the servers and the tenants, which every data Job reads. */
export function dataTables(namespace: string, servers: readonly Server[], tenants: readonly Tenant[]) {
  return new Config(namespace, 'tenants', {
    'servers.tsv': serverTable(servers),
    [TENANT_TABLE]: tenantTable(tenants),
  });
}
