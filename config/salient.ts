import { z } from 'zod';
import { edge } from './edge';
import type { Environment } from './environment';
import {
  allowlist,
  count,
  cpu,
  host,
  image,
  memory,
  name,
  names,
  port,
  scale,
  seconds,
  server,
  serverCidr,
  singleAddress,
  storage,
  text,
} from './fields';
import { secrets } from './secrets';

const RANGES = 'a list of address ranges, at least one';

function database(development: boolean) {
  const shared = {
    name: text(/^[a-z_][a-z0-9_]{0,62}$/, 'a database name such as salient_admin')
      .default('salient_admin')
      .describe('The admin database, which holds the tenant registry'),
    driver: z
      .enum(['asyncpg', 'libpq'])
      .default('asyncpg')
      .describe('Who reads its URL: SQLAlchemy with asyncpg (postgresql+asyncpg://), or libpq (postgresql://)'),
    maxConnections: count(10, 100_000).default(100).describe("The server's max_connections"),
    reserved: count(0, 1000)
      .default(10)
      .describe('Of these, kept for superusers, and for people and tools beside the APIs'),
  };
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('external'),
        host: server,
        port: port.default(5432),
        addresses: z
          .array(serverCidr, { error: RANGES })
          .min(1, RANGES)
          .describe('Where the server answers: the only addresses that the pods may connect to at its port'),
        ...shared,
      })
      .describe('A managed server, with TLS'),
    z
      .strictObject({
        kind: z.literal('statefulset'),
        ...image(development),
        storage: storage.default('5Gi'),
        storageClass: name.optional().describe("The cluster's default when absent"),
        cpu: cpu.prefault('100m..1'),
        memory: memory.prefault('256Mi..512Mi'),
        ...shared,
      })
      .describe('One PostgreSQL pod in the admin namespace'),
  ]);
}

/** What an operator edits of Salient: `environments/<environment>/salient.yaml`. Defaults are the seed's. */
export function salientSchema(environment: Environment) {
  const { development } = environment;
  return z.strictObject({
    backend: z.strictObject(image(development)).describe('The one image of chat-api, admin-api and every Job'),
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
      .prefault({}),
    adminApi: z
      .strictObject({
        scale: scale.prefault({ replicas: 2 }),
        cpu: cpu.prefault('100m..300m'),
        memory: memory.prefault('256Mi..512Mi'),
      })
      .prefault({}),
    imagePullSecrets: names
      .default([])
      .describe('Secrets for private registries, which the cluster already has in the namespaces'),
    hosts: z.strictObject({
      api: host.describe('Chat, for everyone'),
      admin: host.describe('The admin UI at / and its API at /api, for admin.allowedFrom'),
    }),
    admin: z.strictObject({
      allowedFrom: allowlist.describe('Who may reach the admin host'),
    }),
    edge: edge(development),
    database: database(development),
    secrets: secrets(development),
    logLevel: z.enum(['debug', 'info', 'warning', 'error']).default('info'),
    auth: z
      .strictObject({
        accessTokenMinutes: count(1, 1440).default(15),
        refreshTokenDays: count(1, 365).default(7),
      })
      .prefault({})
      .describe('How long admin tokens live'),
    tenantPool: z
      .strictObject({
        size: count(1, 100).default(10),
        overflow: count(0, 100).default(5),
        active: count(1, 10_000).default(5).describe('Tenants that one pod serves at the same time, at the most'),
        idle: seconds.prefault('15m').describe("When an inactive tenant's engine is disposed of"),
      })
      .prefault({})
      .describe("Connections of one pod to one tenant's database"),
    logfire: z
      .boolean()
      .default(false)
      .describe('Send traces to Logfire: its token for both APIs, and their way to the Internet on port 443'),
    dns: z
      .strictObject({
        nodeLocal: z
          .array(singleAddress)
          .default(['169.254.20.10/32'])
          .describe("Addresses of DNS caches on the nodes, beside the cluster's own DNS pods"),
      })
      .prefault({}),
  });
}

/** The settings of Salient in one environment, with defaults filled in. */
export type SalientConfig = z.output<ReturnType<typeof salientSchema>>;
