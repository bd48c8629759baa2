import { z } from 'zod';
import { count, text } from '../../lib/config/fields';

/** The longest slug: with its prefix it is the name of a database, of at most 63 bytes. */
const LONGEST = 50;

/** Names that have another meaning for PostgreSQL or PgBouncer, or would confuse. */
const RESERVED = [
  'admin',
  'all',
  'main',
  'pgbouncer',
  'postgres',
  'public',
  'replication',
  'root',
  'salient-admin',
  'template0',
  'template1',
];

const SLUG = `a slug of at most ${LONGEST} lower-case letters, digits and single dashes between them, such as acme or acme-corp`;

const slug = text(/^[a-z0-9]+(-[a-z0-9]+)*$/, SLUG, LONGEST).refine(
  (value) => !RESERVED.includes(value),
  `another slug: this one is reserved (${RESERVED.join(', ')})`,
);

const NAME = 'a name of 1 to 200 characters on one line';

/** What one secret of a store holds at the most, in bytes. Source: the stores' own documentation of limits. */
const LARGEST_SECRET = { aws: 65_536, azure: 25_600, vault: 524_288 } as const;

/** A property as JSON: the slug, a password of 64 characters, quotes, colon and comma. */
const PASSWORD_BYTES = 64 + 6;

/** The settings of the system that `tenants.yaml` has to agree with. */
export interface TenantsContext {
  readonly tenantServers: Readonly<Record<string, unknown>>;
  readonly backups?: unknown;
  readonly pgbouncer: { readonly poolSize: number; readonly replicas: number };
  readonly secrets:
    | { readonly kind: 'manual' | 'development' }
    | {
        readonly kind: 'external';
        readonly store: { readonly kind: keyof typeof LARGEST_SECRET };
        readonly tenantShards: number;
      };
}

/** FNV-1a over 64 bits. It must never change: it decides which secret holds a tenant's password. */
function hash(value: string): bigint {
  let result = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(value)) result = BigInt.asUintN(64, (result ^ BigInt(byte)) * 0x100000001b3n);
  return result;
}

/**
 * Which of a number of secrets holds a tenant's password. When a secret is added, only the tenants that it takes over move.
 * Source: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm".
 *
 * @returns from 0
 */
export function shardOf(tenant: string, shards: number): number {
  let key = hash(tenant);
  let bucket = 0;
  let next = 0;
  while (next < shards) {
    bucket = next;
    key = BigInt.asUintN(64, key * 2862933555777941757n + 1n);
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(key >> 33n) + 1)));
  }
  return bucket;
}

/** The least number of secrets that hold the passwords of all tenants. */
function shardsNeeded(slugs: readonly string[], shards: number, largest: number): number {
  const sizes = new Map<number, number>();
  for (const one of slugs) {
    const shard = shardOf(one, shards);
    sizes.set(shard, (sizes.get(shard) ?? 2) + one.length + PASSWORD_BYTES);
  }
  return Math.max(0, ...sizes.values()) <= largest ? shards : shardsNeeded(slugs, shards + 1, largest);
}

const tenant = z
  .strictObject(
    {
      slug: slug.describe('Its name in URLs, and in the names of its database and role: tenant_<slug>'),
      name: text(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u, NAME, 200)
        .optional()
        .describe('Its display name'),
      server: z
        .string({ error: 'the name of a server' })
        .default('main')
        .describe('main (`database`), or one of tenantServers'),
      pool: count(1, 1000)
        .optional()
        .describe('Connections of each PgBouncer to its database; pgbouncer.poolSize when absent'),
      connectionLimit: count(1, 10_000).optional().describe('The most connections of its role, at the server'),
      state: z
        .enum(['active', 'suspended', 'removed'])
        .default('active')
        .describe('suspended: its data stays and it has no access; removed: its data is dropped, after a last dump'),
      confirm: z
        .string({ error: 'drop <slug>' })
        .optional()
        .describe('With state: removed, and only then: drop <slug>'),
      revision: count(1, 1_000_000).default(1).describe('Add one after its password changed at its source'),
    },
    { error: ({ input }) => (typeof input === 'string' ? `"- slug: ${input}"` : undefined) },
  )
  .describe('One tenant');

/**
 * `environments/<environment>/tenants.yaml`: who has a database of its own. `- slug: acme` is enough.
 *
 * @param context the settings of the system; without them (they are wrong) what depends on them is not judged
 */
export function tenantsSchema(context: TenantsContext | undefined) {
  return z.array(tenant, { error: 'a list of tenants, such as "- slug: acme", or []' }).check((check) => {
    const { value: tenants, issues } = check;
    const wrong = (index: number, field: string, message: string) =>
      issues.push({ code: 'custom', message, path: [index, field], input: tenants });
    const seen = new Map<string, number>();
    tenants.forEach(({ slug: own, server, state, confirm, pool, connectionLimit }, index) => {
      const before = seen.get(own);
      if (before !== undefined) wrong(index, 'slug', `a slug of its own; it is that of entry ${before + 1}, too`);
      else seen.set(own, index);
      const servers = ['main', ...Object.keys(context?.tenantServers ?? {})];
      if (context && !servers.includes(server)) wrong(index, 'server', `one of ${servers.join(', ')}`);
      if (context && connectionLimit !== undefined) {
        // A rollout has one PgBouncer more; a migration connects beside them; dumps use another role.
        const most = (pool ?? context.pgbouncer.poolSize) * (context.pgbouncer.replicas + 1) + 1;
        const sum = `${pool ?? context.pgbouncer.poolSize} of each of ${context.pgbouncer.replicas + 1} PgBouncers, and a migration's`;
        if (connectionLimit < most) wrong(index, 'connectionLimit', `at least ${most}: ${sum}`);
      }
      const drop = `drop ${own}`;
      if (state === 'removed' && confirm !== drop) {
        const keep = 'to keep them, delete the entry or say state: suspended';
        wrong(index, 'confirm', `"${drop}", since state: removed deletes its data after a last dump; ${keep}`);
      }
      if (state !== 'removed' && confirm !== undefined) wrong(index, 'confirm', 'nothing, without state: removed');
      if (context && state === 'removed' && context.backups === undefined) {
        wrong(index, 'state', 'backups in this environment, which keep the last dump of a tenant that is removed');
      }
    });
    if (context?.secrets.kind !== 'external') return;
    const { store, tenantShards } = context.secrets;
    const needed = shardsNeeded([...seen.keys()], tenantShards, LARGEST_SECRET[store.kind]);
    if (needed > tenantShards) {
      const message = `secrets.tenantShards: ${needed}, since ${tenantShards} JSON secret${tenantShards > 1 ? 's' : ''} of at most ${LARGEST_SECRET[store.kind]} bytes cannot hold the passwords of ${seen.size} tenants`;
      issues.push({ code: 'custom', message, path: [], input: tenants });
    }
  });
}

/** One tenant, with defaults filled in. */
export type Tenant = z.output<typeof tenant>;
