import { z } from 'zod';
import { document } from '../../lib/config/document';
import { edge, rateLimit } from '../../lib/config/edge';
import type { Environment } from '../../lib/config/environment';
import {
  count,
  cpu,
  dns,
  host,
  image,
  imagePullSecrets,
  labelKey,
  labelValue,
  memory,
  notHere,
  port,
  text,
} from '../../lib/config/fields';
import { scale } from '../../lib/config/scale';
import { secrets } from '../../lib/config/secrets';
import { backups } from '../../lib/parts/backup/settings';
import { migrations } from '../../lib/parts/migrations/settings';
import { monitoring } from '../../lib/parts/monitoring/settings';
import { database, postgresClient, withClientTag } from '../../lib/parts/postgres/settings';
import { redis } from '../../lib/parts/redis/settings';
import { words } from './document';

/** The major version of PostgreSQL's clients for a managed server, whose version is not in the settings. */
const CLIENT = 15;

const gpuNodes = z
  .strictObject({
    count: count(1, 16).default(1).describe('GPUs of each pod'),
    resource: text(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'a resource such as nvidia.com/gpu')
      .default('nvidia.com/gpu')
      .describe('The name of the resource'),
    nodes: z
      .record(labelKey, labelValue)
      .default({ 'nvidia.com/gpu.present': 'true' })
      .describe('The labels of the nodes with GPUs'),
    taint: labelKey.default('nvidia.com/gpu').describe('The taint that keeps other pods off those nodes'),
  })
  .describe('GPUs for the AI service');

const GPUS = 'a whole number from 1 to 16, or a mapping such as { count: 1 }';
const gpu = z
  .union([gpuNodes, count(1, 16), text(/^([1-9]|1[0-6])$/, GPUS)], { error: GPUS })
  .transform((given) => (typeof given === 'object' ? given : gpuNodes.parse({ count: Number(given) })));

const modelCacheTtl = count(0, 1_000_000).default(3600).describe('How long the AI service caches models, in seconds');

/** The image of a service, and the seed's names of its size, which have others here. */
const imageOf = (development: boolean) => ({
  ...image(development),
  replicas: notHere('no replicas here: write scale, such as scale: { replicas: 3 }'),
  resources: notHere(
    'no resources here: write cpu, memory and gpu of the service itself, such as cpu: 500m..1 (request..limit)',
  ),
});

/** The three services. */
function services(development: boolean) {
  return z
    .strictObject({
      api: z
        .strictObject({
          ...imageOf(development),
          port: port.default(3000).describe('The port of its requests'),
          scale: scale.prefault({ min: 3, max: 10, cpu: 70 }),
          cpu: cpu.prefault('500m..1'),
          memory: memory.prefault('512M..1G'),
        })
        .describe('The core API; the migrations run in its image, too'),
      ai: z
        .strictObject({
          ...imageOf(development),
          port: port.default(3001).describe('The port of its requests'),
          scale: scale.prefault({ replicas: 2 }),
          cpu: cpu.prefault('1..2'),
          memory: memory.prefault('1G..2G'),
          gpu: gpu.optional().describe('Its GPUs: a number, or a mapping'),
          modelCacheTtl,
        })
        .describe('The AI service'),
      web: z
        .strictObject({
          ...imageOf(development),
          port: port.default(80).describe("nginx's port, of its pods and its Service"),
          scale: scale.prefault({ replicas: 2 }),
          cpu: cpu.prefault('50m..200m'),
          memory: memory.prefault('64Mi..128Mi'),
          cdn: text(/^https:\/\/[a-z0-9.-]+(:\d{1,5})?$/, 'an address without a path, such as https://cdn.example.com')
            .optional()
            .describe('The URL of a CDN that has /assets/ from hosts.app. Without it, from the web frontend'),
        })
        .describe('nginx with the single-page application'),
    })
    .describe('The three services');
}

/** What an operator edits of Pliers: `environments/<environment>/pliers.yaml`. Its core is the seed's DeploymentConfig. */
export function pliersSchema({ development, tier }: Environment) {
  const settings = z.strictObject({
    environment: z
      .literal(tier, { error: `${tier}, the tier of this folder's environment` })
      .default(tier)
      .describe('As the applications say it'),
    document: document(words),
    hosts: z.strictObject({ app: host.describe('Web, API and AI service, for everyone') }).describe('The host names'),
    services: services(development),
    database: database(development, 'pliers').describe('PostgreSQL'),
    redis: redis(development).describe('Redis'),
    migrations: migrations({ command: 'npm run migrate:up', memory: '256Mi..512Mi' }),
    monitoring: monitoring({ api: '200ms', ai: '5s', web: '2s' }),
    edge: edge(development),
    rateLimit: rateLimit
      .prefault({ average: 50, burst: 100 })
      .describe('Requests of one client address, per second and at once'),
    backups: development ? backups(development).optional() : backups(development),
    postgresClient: postgresClient(development, CLIENT, "the server's"),
    secrets: secrets(development),
    imagePullSecrets,
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('The least level that is logged'),
    dns,
  });
  return settings.transform(withClientTag(CLIENT));
}

/** The settings of Pliers in one environment, with defaults filled in. */
export type PliersConfig = z.output<ReturnType<typeof pliersSchema>>;
