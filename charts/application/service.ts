import { z } from 'zod';
import { addresses } from '../../lib/config/address-fields';
import { count, cpu, image, labelKey, labelValue, memory, port, seconds, text } from '../../lib/config/fields';
import { queueScale } from '../../lib/config/scale';
import { schedule, timeZone } from '../../lib/config/schedule';
import { exposed } from './exposure';
import { health } from './health';
import { llm, mcp } from './models';
import { storage, writes } from './storage';
import {
  command,
  environmentVariables,
  file,
  filePath,
  portName,
  reason,
  secret,
  serviceName,
  urlPath,
  variable,
} from './values';

const protocol = z.enum(['http', 'grpc', 'tcp', 'udp']);

const portMapping = z.strictObject({
  container: port.describe('The port on which the container listens'),
  service: port.optional().describe('The port that others dial, if it is another one'),
  protocol: protocol.optional(),
});
const PORT = 'a port such as 8080, or a mapping with container';
const onePort = z
  .union([port, portMapping], { error: PORT })
  .transform((given) => (typeof given === 'number' ? { container: given } : given));

const HOST_PORT = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?:\d{1,5}$/;
const TARGET =
  'a service, an external server, a part, internet, internet:587, host:port, or a mapping such as { addresses, port } or { system, service }';
const target = z.union(
  [
    z.string().regex(new RegExp(`^[a-zA-Z][-a-zA-Z0-9]*(:\\d{1,5})?$|${HOST_PORT.source}`), TARGET),
    z.strictObject({ addresses, port, name: z.string().optional().describe('What it is, for documents') }),
    z.strictObject({ service: serviceName, port: portName }).describe('A port of a service that is not its first one'),
    z
      .strictObject({ system: serviceName, service: serviceName, port: portName.optional() })
      .describe('A service of another application in the same environment'),
    z.strictObject({ database: z.string(), poolSize: count(1, 1000).optional() }),
  ],
  { error: TARGET },
);

const CRON = 'five fields such as "15 2 * * 1-5"';
const cron = schedule(5, CRON);
const scheduled = z
  .union(
    [
      cron,
      z.strictObject({
        cron,
        zone: timeZone.default('UTC'),
        overlap: z.enum(['forbid', 'allow', 'replace']).default('forbid'),
        deadline: seconds.prefault('1h').describe('How late a run may start'),
        keep: count(0, 100).default(3).describe('How many finished Jobs are kept'),
      }),
    ],
    { error: `a schedule: ${CRON}, or a mapping with cron` },
  )
  .transform((given) =>
    typeof given === 'string'
      ? { cron: given, zone: 'UTC', overlap: 'forbid' as const, deadline: 3600, keep: 3 }
      : given,
  );

const gpu = z.union(
  [
    count(1, 16).transform((one) => ({ count: one, resource: 'nvidia.com/gpu', taint: 'nvidia.com/gpu' })),
    z.strictObject({
      count: count(1, 16).default(1),
      resource: text(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'a resource such as nvidia.com/gpu').default('nvidia.com/gpu'),
      taint: labelKey.default('nvidia.com/gpu').describe('The taint that keeps other pods off those nodes'),
    }),
  ],
  { error: 'a number of GPUs, or a mapping with count' },
);

const metrics = z
  .union(
    [
      urlPath,
      z.strictObject({
        path: urlPath,
        port: port
          .optional()
          .describe('Only a port of its own keeps metrics private, since the edge exposes the port of requests'),
        pool: z.boolean().default(false).describe('Whether they have its pool of database connections'),
        tokens: z.boolean().default(false).describe('Whether they have the tokens of language models'),
      }),
    ],
    { error: 'a path such as /metrics, or a mapping with path' },
  )
  .transform((given) =>
    typeof given === 'string' ? { path: given, port: undefined, pool: false, tokens: false } : given,
  );

const id = count(0, 4_294_967_294);
const user = z
  .union([id, z.strictObject({ id, group: id })], { error: 'the number of a user, or a mapping with id and group' })
  .transform((given) => (typeof given === 'number' ? { id: given, group: given } : given));

const migrations = z
  .union(
    [
      command,
      z.strictObject({
        entrypoint: command.default([]),
        command: command.default([]),
        database: z.string().optional().describe('The database; it may be left out where there is one'),
        variable: variable
          .default('DATABASE_URL')
          .describe("The variable with the URL of the database, with its owner's password"),
      }),
    ],
    { error: 'a command, or a mapping with command' },
  )
  .transform((given) => {
    if (Array.isArray(given)) return { words: given, variable: 'DATABASE_URL', database: undefined };
    const { entrypoint, command: own, variable: url, database } = given;
    return { words: [...entrypoint, ...own], variable: url, database };
  });

/** The fields that a service, an init container and a sidecar share. */
function containerFields(development: boolean) {
  const { image: repository, tag, digest } = image(development);
  return {
    image: repository.optional(),
    tag: tag.optional(),
    digest,
    entrypoint: command.optional().describe("As a Dockerfile's ENTRYPOINT; the image's when absent"),
    command: command.optional().describe("As a Dockerfile's CMD; the image's when absent"),
    env: environmentVariables,
    cpu: cpu.optional(),
    memory: memory.optional(),
    writes: writes.prefault(['/tmp']).describe('The paths that it can write to; they are lost with the pod'),
  };
}

/** Containers of the same pod, by name. */
function helpers(development: boolean) {
  const one = z.strictObject({ ...containerFields(development), port: port.optional(), health: health.optional() });
  return z.record(serviceName, one).default({});
}

/** The settings of one service: everything that runs and is ours. */
export function service(development: boolean) {
  return z.strictObject({
    preset: z.enum(['api', 'web', 'neuron', 'none']).optional(),
    ...containerFields(development),
    port: onePort.optional(),
    ports: z.record(portName, onePort).optional(),
    protocol: protocol.optional().describe('Of ports that do not say their own'),
    health: health.optional(),
    secrets: z.record(variable, secret).default({}).describe('Variables whose values are in the secret store'),
    files: z.record(filePath, file).default({}).describe('Read-only files; their folder holds only those'),
    storage: storage.describe('Volumes by path; they outlive the pod'),
    user: user.prefault(10001).describe('The numeric user and group of its processes'),
    allow: z
      .strictObject({ root: reason.optional(), writableRoot: reason.optional() })
      .default({})
      .describe('What is loosened, and why'),
    gpu: gpu.optional(),
    nodes: z.record(labelKey, labelValue).optional().describe('Labels of the nodes that it needs'),
    scale: queueScale.optional(),
    replace: z
      .enum(['rolling', 'recreate'])
      .default('rolling')
      .describe('recreate: old pods end before new ones start'),
    shutdown: z
      .strictObject({ delay: seconds.prefault('10s'), drain: seconds.prefault('20s') })
      .prefault({})
      .describe('How long it waits until no requests arrive, and how long it may take to finish'),
    init: helpers(development).describe('Containers that run to completion before it starts'),
    sidecars: helpers(development).describe('Containers beside it'),
    connectsTo: z.array(target).default([]).describe('Connections that no variable tells'),
    allows: z
      .array(z.strictObject({ system: serviceName, service: serviceName }))
      .default([])
      .describe('Services of other applications that connect to it'),
    exposed: exposed.describe('Where the edge exposes it'),
    schedule: scheduled.optional().describe('Makes a CronJob'),
    runs: z.enum(['always', 'before-deploy', 'by-hand']).default('always'),
    after: z.array(serviceName).default([]).describe('The services before a deployment that have to succeed first'),
    timeout: seconds.prefault('10m').describe('Of a schedule or a Job, all retries included'),
    retries: count(0, 20).optional().describe('3 when absent; before a deployment 6'),
    beforeDeploy: z
      .union([z.literal('none'), command], { error: 'a command, or none' })
      .optional()
      .describe('A Job with its image and variables that must succeed first'),
    migrations: migrations
      .optional()
      .describe('A Job that migrates the database as its owner, under a lock; the image needs /bin/sh'),
    metrics: metrics.optional(),
    llm: llm.optional(),
    mcp,
  });
}

/** The settings of a service with defaults filled in. */
export type Service = z.output<ReturnType<typeof service>>;
/** The settings of an init container or a sidecar with defaults filled in. */
export type Helper = Service['init'][string];
