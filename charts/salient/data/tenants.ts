import { Config } from '../../../lib/model/config';
import type { Server } from '../../../lib/model/database';
import { Secret, type SecretValue } from '../../../lib/model/secret';
import type { SecretSource } from '../../../lib/model/secret-source';
import { serverTable } from '../../../lib/parts/postgres/server-files';
import type { NamedData, Notices } from '../../../lib/pipeline/definition';
import { shardOf, type Tenant } from '../tenant-list';

const TABLES = 'tenants';

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
    development: `development-${slug}`,
  };
}

/** The passwords of the tenants' roles: a key for each slug, as files for those who make the roles, pool, migrate and drop. */
export function tenantPasswords(
  namespace: string,
  source: SecretSource,
  tenants: readonly Tenant[],
  shards: number,
): Secret {
  const values = tenants.map((tenant) => [tenant.slug, tenantPassword(tenant, shards)]);
  // A tenant that comes or goes does not count: nobody's password has changed.
  const revision = tenants.reduce((sum, { revision: own }) => sum + own - 1, 0);
  return new Secret({
    namespace,
    name: 'tenant-passwords',
    externalName: 'tenant-passwords-external-secret',
    source,
    values: Object.fromEntries(values),
    extractFrom: Array.from({ length: shards }, (_, shard) => remoteOf(shard)),
    revision,
    revisionKey: true,
  });
}

/** The tenants as a table for scripts; the last column is free text. */
function tenantTable(tenants: readonly Tenant[]): string {
  return tenants
    .map(({ slug, state, server, connectionLimit = -1, revision, name = slug }) =>
      [slug, state, server, connectionLimit, revision, name].join('\t'),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** What every data Job reads: which servers and which tenants there are. */
export function dataTables(namespace: string, servers: readonly Server[], tenants: readonly Tenant[]) {
  return new Config(namespace, TABLES, {
    'servers.tsv': serverTable(servers),
    'tenants.tsv': tenantTable(tenants),
  });
}

/** The states of the tenants in a table that {@link dataTables} made, by their slugs. */
function statesOf(tables: NamedData | undefined): Map<string, string> {
  const lines = (tables?.data?.['tenants.tsv'] ?? '').split('\n').map((line) => line.split('\t'));
  return new Map(lines.flatMap(([slug, state]) => (slug && state ? [[slug, state] as const] : [])));
}

/** What becomes of a tenant, or undefined when that is what it was. */
function noticeOf(slug: string, state: string | undefined, before: string | undefined): string | undefined {
  if (state === before || (state === undefined && before === 'removed')) return undefined;
  switch (state) {
    case undefined:
      return `tenant ${slug} is no longer in tenants.yaml: its database stays, its row in the registry becomes inactive, and nobody gets in (to delete its data: state: removed, confirm: drop ${slug})`;
    case 'removed':
      return `tenant ${slug} is removed: a last dump is made and tried, and then its database and its role are dropped`;
    case 'suspended':
      return `tenant ${slug} is suspended: its data stay, and nobody gets in`;
    default:
      return undefined;
  }
}

/** What an operator should hear of tenants that nobody gets into any more. */
export const tenantNotices: Notices = (objects, before) => {
  const now = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === TABLES);
  if (now === undefined) return [];
  const states = statesOf(now);
  const old = statesOf(before(now));
  return [...new Set([...states.keys(), ...old.keys()])].flatMap(
    (slug) => noticeOf(slug, states.get(slug), old.get(slug)) ?? [],
  );
};
