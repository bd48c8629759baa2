import { z } from 'zod';
import { edge, rateLimit } from '../../lib/config/edge';
import type { Environment } from '../../lib/config/environment';
import {
  addresses,
  count,
  cpu,
  dns,
  host,
  httpsUrl,
  image,
  imageOr,
  imagePullSecrets,
  labelKey,
  labelValue,
  memory,
  name,
  port,
  scale,
  server,
  storage,
  text,
} from '../../lib/config/fields';
import { secrets } from '../../lib/config/secrets';
import { backups } from '../../lib/parts/backup/settings';
import { monitoring } from '../../lib/parts/monitoring/settings';
import { externalServer, statefulsetServer } from '../../lib/parts/postgres/settings';

const command = text(/^[^\p{Cc}]+$/u, 'a command on one line, such as "npm run migrate:up"', 1000);

/** The database of Pliers: the seed's name, user, ssl and poolSize. Its password is in the secret store. */
function database(development: boolean) {
  const own = {
    name: text(/^(?!postgres$|template\d$|pg_)[a-z_][a-z0-9_]{0,62}$/, 'a database name such as pliers').default(
      'pliers',
    ),
    user: text(/^(?!postgres$|pg_)[a-z_][a-z0-9_]{0,62}$/, 'a role such as pliers')
      .default('pliers')
      .describe('Who owns the database'),
    poolSize: count(1, 1000).default(10).describe('Connections of one pod of the API'),
  };
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        ...externalServer,
        ssl: z.literal(true, { error: 'true: what leaves the cluster is encrypted' }).default(true),
        ...own,
      })
      .describe('A managed server'),
    z.strictObject({ ...statefulsetServer(development), ...own }).describe('One PostgreSQL pod in the data namespace'),
  ]);
}

/** The cache and the sessions: the seed's host, port and db. */
function redis(development: boolean) {
  const db = count(0, 15).default(0).describe('The number of the database');
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('external'),
        host: server,
        port: port.default(6379),
        addresses: addresses.describe(
          'Where the server answers: the only addresses that the pods may connect to at its port',
        ),
        db,
      })
      .describe('A managed server, with TLS and a password'),
    z
      .strictObject({
        kind: z.literal('statefulset'),
        ...imageOr(development, { image: 'docker.io/library/redis', tag: '7.4-alpine' }),
        storage: storage.default('2Gi'),
        storageClass: name.optional().describe("The cluster's default when absent"),
        cpu: cpu.prefault('50m..500m'),
        memory: memory.prefault('256Mi'),
        db,
      })
      .describe('One Redis pod in the data namespace'),
  ]);
}

const gpu = z
  .strictObject({
    count: count(1, 16).default(1).describe('GPUs of each pod'),
    resource: text(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'a resource such as nvidia.com/gpu').default('nvidia.com/gpu'),
    nodes: z
      .record(labelKey, labelValue)
      .default({ 'nvidia.com/gpu.present': 'true' })
      .describe('The labels of the nodes that have them'),
    taint: labelKey.default('nvidia.com/gpu').describe('The taint that keeps other pods off those nodes'),
  })
  .describe('GPUs for the AI service');

/** What an operator edits of Pliers: `environments/<environment>/pliers.yaml`. Its core is the seed's DeploymentConfig. */
export function pliersSchema({ development, longName }: Environment) {
  return z.strictObject({
    environment: z
      .literal(longName, { error: `${longName}, which is what the folder is` })
      .default(longName)
      .describe('As the applications say it'),
    hosts: z.strictObject({ app: host.describe('Web, API and AI service, for everyone') }),
    services: z.strictObject({
      api: z
        .strictObject({
          ...image(development),
          port: port.default(3000),
          scale: scale.prefault({ min: 3, max: 10, cpu: 70 }),
          cpu: cpu.prefault('500m..1'),
          memory: memory.prefault('512M..1G'),
        })
        .describe('The core API, of which the migrations run too'),
      ai: z
        .strictObject({
          ...image(development),
          port: port.default(3001),
          scale: scale.prefault({ replicas: 2 }),
          cpu: cpu.prefault('1..2'),
          memory: memory.prefault('1G..2G'),
          gpu: gpu.optional(),
          modelCacheTtl: count(0, 1_000_000).default(3600).describe('How long models are kept, in seconds'),
        })
        .describe('The AI service'),
      web: z
        .strictObject({
          ...image(development),
          scale: scale.prefault({ replicas: 2 }),
          cpu: cpu.prefault('50m..200m'),
          memory: memory.prefault('64Mi..128Mi'),
          cdn: httpsUrl('https://cdn.example.com').optional().describe('Where the browser finds static files instead'),
        })
        .describe('nginx with the single-page application'),
    }),
    database: database(development),
    redis: redis(development),
    migrations: z
      .strictObject({
        command: command.default('npm run migrate:up').describe("Run in the API's image with DATABASE_URL set"),
        cpu: cpu.prefault('100m..1'),
        memory: memory.prefault('256Mi..512Mi'),
      })
      .prefault({}),
    monitoring: monitoring({ api: '200ms', ai: '5s', web: '2s' }),
    edge: edge(development),
    rateLimit: rateLimit.prefault({ average: 50, burst: 100 }).describe('Requests of one client address'),
    backups: development ? backups(development).optional() : backups(development),
    postgresClient: z
      .strictObject(imageOr(development, { image: 'docker.io/library/postgres', tag: '15-alpine' }))
      .prefault({})
      .describe("The image of the Jobs that use psql and pg_dump: not older than the server's version"),
    secrets: secrets(development),
    imagePullSecrets,
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    dns,
  });
}

/** The settings of Pliers in one environment, with defaults filled in. */
export type PliersConfig = z.output<ReturnType<typeof pliersSchema>>;
