import { z } from 'zod';
import { allowlist } from '../../lib/config/address-fields';
import { document } from '../../lib/config/document';
import { edge } from '../../lib/config/edge';
import type { Environment } from '../../lib/config/environment';
import { count, cpu, dns, host, image, imagePullSecrets, memory, seconds } from '../../lib/config/fields';
import { scale } from '../../lib/config/scale';
import { secrets } from '../../lib/config/secrets';
import { backups } from '../../lib/parts/backup/settings';
import { tenantMigrations } from '../../lib/parts/migrations/settings';
import { monitoring } from '../../lib/parts/monitoring/settings';
import { tenantPooler } from '../../lib/parts/pgbouncer/settings';
import { postgresClient, withClientTag } from '../../lib/parts/postgres/settings';
import { adminDatabase, sameRoleProvider, sameTlsMode, tenantServers } from '../../lib/parts/postgres/tenant-settings';
import { words } from './document';
import type { Tenant } from './tenant-list';

/** The major version of PostgreSQL's clients for managed servers, whose version is not in the settings. */
const CLIENT = 16;

const tenantShards = count(1, 100)
  .default(1)
  .describe("JSON secrets that share the tenants' passwords: <prefix>/tenants, <prefix>/tenants-2, …");

const auth = z
  .strictObject({
    accessTokenMinutes: count(1, 1440).default(15).describe('The lifetime of an access token, in minutes'),
    refreshTokenDays: count(1, 365).default(7).describe('The lifetime of a refresh token, in days'),
    tenantTokens: z
      .boolean()
      .default(false)
      .describe(
        'Whether tenants are resolved by tokens, too: gives chat-api, which verifies them, and admin-api, which issues them, the key TENANT_JWT_SECRET. The key of admin tokens, which could also sign, stays with admin-api',
      ),
  })
  .prefault({})
  .describe('How long admin tokens live, and whether tenants have tokens');

/** Which workloads the backend has. With all routers in one, the public host would serve the admin API, too. */
function routers(development: boolean) {
  const expected = development ? 'each or all' : 'each: with all, hosts.api would serve the admin API to everyone';
  return z
    .enum(development ? ['each', 'all'] : ['each'], { error: expected })
    .default('each')
    .describe('A workload for each router, or in development one for all of them: all-api, with the size of chatApi');
}

const hosts = z.strictObject({
  api: host.describe('Chat, for everyone'),
  admin: host.describe(
    'The admin UI at / and its API at /api, for admin.allowedFrom. The path is passed on unchanged: the API serves /api/admin itself',
  ),
});

/** Scale and resources of the workloads. */
function workloads(development: boolean) {
  return {
    adminUi: z
      .strictObject({
        ...image(development),
        scale: scale.prefault({ replicas: 2 }),
        cpu: cpu.prefault('50m..200m'),
        memory: memory.prefault('64Mi..128Mi'),
      })
      .describe('The admin user interface: nginx with static files'),
    chatApi: z
      .strictObject({
        scale: scale.prefault({ min: 3, max: 20, cpu: 70, memory: 80 }),
        cpu: cpu.prefault('200m..500m'),
        memory: memory.prefault('256Mi..512Mi'),
      })
      .prefault({})
      .describe('The workload of the chat router'),
    adminApi: z
      .strictObject({
        scale: scale.prefault({ replicas: 2 }),
        cpu: cpu.prefault('100m..300m'),
        memory: memory.prefault('256Mi..512Mi'),
      })
      .prefault({})
      .describe('The workload of the admin router'),
  };
}

/** What an operator edits of Salient: `environments/<environment>/salient.yaml`. Defaults are the seed's. */
export function salientSchema(environment: Environment) {
  const { development } = environment;
  return z
    .strictObject({
      document: document(words),
      backend: z.strictObject(image(development)).describe('The one image of chat-api, admin-api and every Job'),
      ...workloads(development),
      imagePullSecrets,
      routers: routers(development),
      hosts: hosts.describe('The host names'),
      admin: z
        .strictObject({ allowedFrom: allowlist.describe('Who may reach the admin host') })
        .describe('The access to the admin host'),
      edge: edge(development),
      database: adminDatabase(development, 'salient_admin').describe('PostgreSQL, with the admin database'),
      tenantServers: tenantServers(development).default({}).describe('More servers, for tenants that name them'),
      pgbouncer: tenantPooler(development).prefault({}),
      monitoring: monitoring({ chatApi: '5s', adminApi: '200ms', adminUi: '2s' }, 9464),
      migrations: tenantMigrations({ command: 'alembic -c backend/alembic.ini upgrade head', memory: '512Mi..1Gi' }),
      backups: development ? backups(development).optional() : backups(development),
      postgresClient: postgresClient(development, CLIENT, "the servers'"),
      secrets: secrets(development, { tenantShards }),
      logLevel: z
        .enum(['debug', 'info', 'warning', 'error'])
        .default('info')
        .describe('The least level that is logged'),
      auth,
      tenantPool: z
        .strictObject({
          size: count(1, 100).default(10).describe('Connections that stay open'),
          overflow: count(0, 100).default(5).describe('More of them under load'),
          active: count(1, 10_000).default(5).describe('Tenants that one pod serves at the same time, at the most'),
          idle: seconds.prefault('15m').describe("When an inactive tenant's engine is disposed of"),
        })
        .prefault({})
        .describe("Connections of one pod to one tenant's database"),
      logfire: z
        .boolean()
        .default(!development)
        .describe(
          'Send traces to Logfire: gives both APIs its token, and lets them connect to the Internet on port 443. By default outside development',
        ),
      dns,
    })
    .refine(...sameRoleProvider)
    .refine(...sameTlsMode)
    .transform(withClientTag(CLIENT));
}

/** The settings of Salient in one environment, with defaults filled in, and its tenants. */
export type SalientConfig = z.output<ReturnType<typeof salientSchema>> & { readonly tenants: readonly Tenant[] };
