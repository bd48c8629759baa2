import { z } from 'zod';
import { addresses } from '../../lib/config/address-fields';
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
  memory,
  name,
  port,
  rule,
  seconds,
  storage,
  text,
} from '../../lib/config/fields';
import { scale } from '../../lib/config/scale';
import { secrets } from '../../lib/config/secrets';
import { storeBackups } from '../../lib/parts/backup/settings';
import { migrations } from '../../lib/parts/migrations/settings';
import { monitoring } from '../../lib/parts/monitoring/settings';
import { surrealdb } from '../../lib/parts/surrealdb/settings';
import { words } from './document';

const s3 = z
  .strictObject({
    bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket, such as ephitup-audio').describe(
      'Its bucket',
    ),
    endpoint: text(/^https:\/\/[\w.-]+(:\d{1,5})?$/, 'a URL such as https://s3.us-east-2.amazonaws.com').describe(
      'Its URL',
    ),
    region: text(/^[a-z0-9-]+$/, 'a region such as us-east-2')
      .default('us-east-2')
      .describe('Its region'),
    addresses: addresses.optional().describe('The address ranges of the store, where it is not on the Internet'),
    port: port.default(443).describe('Its port'),
  })
  .describe('The S3 store for audio and uploads');

const files = z
  .strictObject({
    storage: storage.default('10Gi'),
    storageClass: name.optional().describe("Of the volume of the shape single; the cluster's default when absent"),
    shared: z
      .strictObject({
        storageClass: name.describe('A class that supports ReadWriteMany, such as one of NFS or CephFS'),
      })
      .optional()
      .describe('The volume that api and worker share in the shape split, where there is no s3'),
    copyFrom: z
      .enum(['single', 'split'])
      .optional()
      .describe(
        'Copies the files once from the volume of this shape to that of the other one: set it for a switch of shapes',
      ),
  })
  .prefault({})
  .describe('/app/data: uploads, audio where there is no S3, checkpoints');

/** One process of the shape split. */
function process(
  development: boolean,
  usual: { readonly cpu: string; readonly memory: string; readonly scale: object },
) {
  return {
    own: z
      .strictObject(image(development))
      .optional()
      .describe('An image of its own; that of the application when absent'),
    scale: scale.prefault(usual.scale),
    cpu: cpu.prefault(usual.cpu),
    memory: memory.prefault(usual.memory),
  };
}

const root = text(/\p{L}{2,}\P{L}+\p{L}+/u, 'the reason in a few words', 200)
  .optional()
  .describe('The reason why the image has to run as root. The namespace then enforces "baseline", and says so');

function application({ development }: Environment) {
  return {
    app: z
      .strictObject({
        ...image(development),
        user: count(1, 65_534).default(10001).describe('The user of all processes; the volumes belong to it'),
        health: text(/^\/api\/[\w./-]+$/, 'a path such as /api/health')
          .default('/api/health')
          .describe('What the API answers without a login. The shape single asks for it through the frontend'),
        users: count(1, 100_000_000)
          .optional()
          .describe('How many people use it: above 1,000 synth advises the shape split'),
      })
      .describe('The image of the four processes'),
    single: z
      .strictObject({ cpu: cpu.prefault('500m..2'), memory: memory.prefault('1536Mi..3Gi'), root })
      .prefault({})
      .describe('The shape single: one pod with all four processes'),
    split: z
      .strictObject({
        api: z
          .strictObject(
            process(development, { scale: { min: 2, max: 6, cpu: 70 }, cpu: '200m..1', memory: '384Mi..1Gi' }),
          )
          .prefault({})
          .describe('The API'),
        worker: z
          .strictObject({
            ...process(development, { scale: { replicas: 1 }, cpu: '200m..2', memory: '512Mi..2Gi' }),
          })
          .prefault({})
          .describe('The worker, which runs the jobs'),
        frontend: z
          .strictObject(process(development, { scale: { replicas: 2 }, cpu: '100m..500m', memory: '192Mi..512Mi' }))
          .prefault({})
          .describe('The web frontend'),
      })
      .prefault({})
      .describe('The shape split: a Deployment for each of api, worker and frontend'),
  };
}

type Whole = { readonly shape?: unknown; readonly database?: unknown; readonly s3?: unknown; readonly files?: unknown };
const fieldOf = (value: unknown, key: string): unknown => (value as Record<string, unknown> | undefined)?.[key];

/** What an operator edits of Ephitup: `environments/<environment>/ephitup.yaml`. */
export function ephitupSchema(environment: Environment) {
  const { development } = environment;
  return z
    .strictObject({
      shape: z
        .enum(['single', 'split'])
        .default('single')
        .describe('One pod with all processes, or a workload for each. README.md says how to switch'),
      document: document(words),
      hosts: z.strictObject({ app: host.describe('Frontend and API, for everyone') }).describe('The host names'),
      ...application(environment),
      database: surrealdb(development).prefault({ kind: 'statefulset' }).describe('SurrealDB'),
      files,
      s3: s3.optional(),
      migrations: migrations({ command: 'python3 -m open_notebook.database.migrate', memory: '256Mi..512Mi' }),
      finish: seconds
        .prefault('30m')
        .describe(
          'How long a running job, such as a podcast, may take to finish when its worker ends. The shape single is down meanwhile',
        ),
      uploads: count(1, 10_240).default(500).describe('The largest upload, in MiB'),
      monitoring: monitoring({ api: '1s', frontend: '2s' }),
      edge: edge(development),
      rateLimit: rateLimit
        .prefault({ average: 50, burst: 200 })
        .describe('Requests of one client address, per second and at once'),
      backups: development ? storeBackups(development).optional() : storeBackups(development),
      secrets: secrets(development),
      imagePullSecrets,
      dns,
    })
    .refine(
      ...rule<Whole>(
        'database',
        'kind: statefulset, since the shape single runs the database in its own pod (shape: split takes an external one)',
        ({ shape, database }) => shape === 'split' || fieldOf(database, 'kind') !== 'external',
      ),
    )
    .refine(
      ...rule<Whole>(
        'files',
        'files.shared with a storage class for ReadWriteMany, or s3: in the shape split api and worker are several pods that share /app/data',
        ({ shape, s3: store, files: volume }) =>
          shape !== 'split' || store !== undefined || fieldOf(volume, 'shared') !== undefined,
      ),
    )
    .refine(
      ...rule<Whole>(
        'files',
        'copyFrom: the other shape, with files.shared, since both volumes are mounted for the copy',
        ({ shape, files: volume }) =>
          fieldOf(volume, 'copyFrom') === undefined ||
          (fieldOf(volume, 'copyFrom') !== shape && fieldOf(volume, 'shared') !== undefined),
      ),
    );
}

/** The settings of Ephitup in one environment, with defaults filled in. */
export type EphitupConfig = z.output<ReturnType<typeof ephitupSchema>>;
