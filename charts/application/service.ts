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
  protocol: protocol.optional().describe('http when absent; grpc with health: grpc'),
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
    z.strictObject({
      addresses: addresses.describe('Address ranges'),
      port: port.describe('Their port'),
      name: z.string().optional().describe('What it is, for documents'),
    }),
    z
      .strictObject({ service: serviceName.describe('The service'), port: portName.describe('The name of its port') })
      .describe('A port of a service that is not its first one'),
    z
      .strictObject({
        system: serviceName.describe('The application'),
        service: serviceName.describe('Its service'),
        port: portName.optional().describe('The name of its port; the first one when absent'),
      })
      .describe('A service of another application in the same environment'),
    z.strictObject({
      database: z.string().describe('The name of a database'),
      poolSize: count(1, 1000).optional().describe('The connections of each pod; database.poolSize when absent'),
    }),
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
        cron: cron.describe('When it runs'),
        zone: timeZone.default('UTC').describe('The time zone of the schedule'),
        overlap: z
          .enum(['forbid', 'allow', 'replace'])
          .default('forbid')
          .describe('What happens when the last run has not ended'),
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
      count: count(1, 16).default(1).describe('GPUs of each pod'),
      resource: text(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'a resource such as nvidia.com/gpu')
        .default('nvidia.com/gpu')
        .describe('The name of the resource'),
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
        path: urlPath.describe('The path of the metrics'),
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
  .union([id, z.strictObject({ id: id.describe('The user'), group: id.describe('The group') })], {
    error: 'the number of a user, or a mapping with id and group',
  })
  .transform((given) => (typeof given === 'number' ? { id: given, group: given } : given));

const migrations = z
  .union(
    [
      command,
      z.strictObject({
        entrypoint: command.default([]).describe("As a Dockerfile's ENTRYPOINT"),
        command: command.default([]).describe("As a Dockerfile's CMD"),
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
    image: repository.optional().describe('The repository of its image; its own name when absent'),
    tag: tag.optional().describe('Its version; that of defaults when absent'),
    digest,
    entrypoint: command.optional().describe("As a Dockerfile's ENTRYPOINT; the image's when absent"),
    command: command.optional().describe("As a Dockerfile's CMD; the image's when absent"),
    env: environmentVariables.describe('Variables: text, or references to other services and parts'),
    cpu: cpu.optional(),
    memory: memory.optional(),
    writes: writes.prefault(['/tmp']).describe('The paths that it can write to; they are lost with the pod'),
  };
}

/** Containers of the same pod, by name. */
function helpers(development: boolean) {
  const one = z.strictObject({
    ...containerFields(development),
    port: port.optional().describe('Its port'),
    health: health.optional().describe('How its health is checked'),
  });
  return z.record(serviceName, one).default({});
}

/** The settings of one service: everything that runs and is ours. */
export function service(development: boolean) {
  return z.strictObject({
    preset: z
      .enum(['api', 'web', 'neuron', 'none'])
      .optional()
      .describe('Where its defaults come from; when absent the one of its name'),
    ...containerFields(development),
    port: onePort.optional().describe('Its port; without one it is a worker'),
    ports: z.record(portName, onePort).optional().describe('Several ports by name, the main one first'),
    protocol: protocol.optional().describe('Of ports that do not say their own'),
    health: health.optional().describe('How its health is checked: a path, grpc, tcp, none, or a mapping'),
    secrets: z.record(variable, secret).default({}).describe('Variables whose values are in the secret store'),
    files: z.record(filePath, file).default({}).describe('Read-only files; their folder holds only those'),
    storage: storage.describe('Volumes by path; they outlive the pod'),
    user: user.prefault(10001).describe('The numeric user and group of its processes'),
    allow: z
      .strictObject({
        root: reason.optional().describe('Why it runs as root'),
        writableRoot: reason.optional().describe('Why it writes to its image'),
      })
      .default({})
      .describe('What is loosened, and why'),
    gpu: gpu.optional().describe('Its GPUs: a number, or a mapping'),
    nodes: z.record(labelKey, labelValue).optional().describe('Labels of the nodes that it needs'),
    scale: queueScale.optional(),
    replace: z
      .enum(['rolling', 'recreate'])
      .default('rolling')
      .describe('recreate: old pods end before new ones start'),
    shutdown: z
      .strictObject({
        delay: seconds.prefault('10s').describe('Until no requests arrive any more'),
        drain: seconds.prefault('20s').describe('Until running requests have ended'),
      })
      .prefault({})
      .describe('How long it waits until no requests arrive, and how long it may take to finish'),
    init: helpers(development).describe('Containers that run to completion before it starts'),
    sidecars: helpers(development).describe('Containers beside it'),
    connectsTo: z.array(target).default([]).describe('Connections that no variable tells'),
    allows: z
      .array(
        z.strictObject({
          system: serviceName.describe('The application'),
          service: serviceName.describe('Its service'),
        }),
      )
      .default([])
      .describe('Services of other applications that connect to it'),
    exposed: exposed.describe('Where the edge exposes it'),
    schedule: scheduled.optional().describe('Makes a CronJob'),
    runs: z
      .enum(['always', 'before-deploy', 'by-hand'])
      .default('always')
      .describe('before-deploy: a Job that must succeed first; by-hand: a Job that is started on request'),
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
    metrics: metrics.optional().describe('The path of its metrics, if it has any'),
    llm: llm.optional().describe('The provider of its language models'),
    mcp: mcp.describe('Its MCP servers, by the names that it knows them by'),
  });
}

/** The settings of a service with defaults filled in. */
export type Service = z.output<ReturnType<typeof service>>;
/** The settings of an init container or a sidecar with defaults filled in. */
export type Helper = Service['init'][string];
