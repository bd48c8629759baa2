import { z } from 'zod';
import { DATABASE_PLAN, PLANS } from './plans';

// The shape of a Blueprint, as far as this project writes or judges it. Source of every field, where no other one is named:
// render.com/docs, Blueprint YAML Reference. The message of each check says what is expected.

const name = z.string('a name').min(1, 'a name');
const texts = z.array(z.string(), 'a list of texts');

/** What can be read of another service. Source: the same page, "Environment variables". */
const fromService = z.strictObject({
  name,
  type: z.enum(['web', 'pserv', 'worker', 'keyvalue', 'redis'], 'web, pserv, worker or keyvalue'),
  property: z
    .enum(['host', 'port', 'hostport', 'connectionString'], 'host, port, hostport or connectionString')
    .optional(),
  envVarKey: z.string().optional(),
});

/** `connectionPoolString` is that of the platform's PgBouncer. Source: render.com/docs, Connection pooling. */
const fromDatabase = z.strictObject({
  name,
  property: z.enum(
    ['connectionString', 'connectionPoolString', 'host', 'port', 'user', 'password', 'database'],
    'connectionString, connectionPoolString, host, port, user, password or database',
  ),
});

const ORIGINS = ['value', 'generateValue', 'sync', 'fromDatabase', 'fromService'] as const;

const variable = z
  .strictObject({
    key: z.string().optional(),
    value: z.union([z.string(), z.number(), z.boolean()], 'a text or a number').optional(),
    generateValue: z.literal(true, 'true').optional(),
    sync: z.literal(false, 'false').optional(),
    fromDatabase: fromDatabase.optional(),
    fromService: fromService.optional(),
    fromGroup: name.optional(),
  })
  .refine(
    (one) => {
      const origins = ORIGINS.filter((key) => one[key] !== undefined).length;
      return one.fromGroup === undefined
        ? one.key !== undefined && origins === 1
        : one.key === undefined && origins === 0;
    },
    `a key with one of ${ORIGINS.join(', ')}, or fromGroup alone`,
  );

const disk = z.strictObject({ name, mountPath: z.string(), sizeGB: z.int().min(1).optional() });

const percent = z.int('1 to 100').min(1, '1 to 100').max(100, '1 to 100');

const REGION = ['oregon', 'ohio', 'virginia', 'frankfurt', 'singapore'] as const;
const region = z.enum(REGION, `one of ${REGION.join(', ')}`);

const service = z.strictObject({
  type: z.enum(['web', 'pserv', 'worker', 'cron', 'keyvalue', 'redis'], 'web, pserv, worker, cron or keyvalue'),
  name,
  runtime: z
    .enum(['docker', 'image', 'static', 'node', 'python', 'go', 'ruby', 'rust', 'elixir'], 'a runtime such as docker')
    .optional(),
  repo: z.string().optional(),
  branch: z.string().optional(),
  region: region.optional(),
  plan: z.enum(Object.keys(PLANS), `one of ${Object.keys(PLANS).join(', ')}`).optional(),
  image: z
    .strictObject({
      url: z.string(),
      creds: z.strictObject({ fromRegistryCreds: z.strictObject({ name }) }).optional(),
    })
    .optional(),
  rootDir: z.string().optional(),
  dockerfilePath: z.string().optional(),
  dockerContext: z.string().optional(),
  dockerCommand: z.string().optional(),
  buildCommand: z.string().optional(),
  startCommand: z.string().optional(),
  preDeployCommand: z.string().optional(),
  staticPublishPath: z.string().optional(),
  routes: z
    .array(z.strictObject({ type: z.enum(['rewrite', 'redirect']), source: z.string(), destination: z.string() }))
    .optional(),
  schedule: z.string().optional(),
  numInstances: z.int('a whole number').min(1, 'at least 1').max(100, 'at most 100').optional(),
  scaling: z
    .strictObject({
      minInstances: z.int().min(1),
      maxInstances: z.int().min(1).max(100, 'at most 100'),
      targetCPUPercent: percent.optional(),
      targetMemoryPercent: percent.optional(),
    })
    .optional(),
  healthCheckPath: z.string().startsWith('/', 'a path such as /health').optional(),
  maxShutdownDelaySeconds: z.int().min(1, '1 to 300').max(300, '1 to 300').optional(),
  domains: texts.optional(),
  autoDeployTrigger: z.enum(['commit', 'checksPass', 'off'], 'commit, checksPass or off').optional(),
  buildFilter: z.strictObject({ paths: texts.optional(), ignoredPaths: texts.optional() }).optional(),
  disk: disk.optional(),
  previews: z.strictObject({ plan: z.string().optional(), numInstances: z.int().min(1).optional() }).optional(),
  ipAllowList: z.array(z.unknown()).optional(),
  envVars: z.array(variable).optional(),
});

const database = z.strictObject({
  name,
  databaseName: z.string().optional(),
  user: z.string().optional(),
  region: region.optional(),
  plan: z
    .string()
    .regex(DATABASE_PLAN, 'a plan of new databases such as basic-256mb; those of older ones cannot be chosen any more')
    .optional(),
  postgresMajorVersion: z.string('a text such as "16"').optional(),
  diskSizeGB: z
    .int()
    .refine((size) => size === 1 || size % 5 === 0, '1, or a multiple of 5')
    .optional(),
  previewPlan: z.string().optional(),
  connectionPool: z.literal('pgbouncer', 'pgbouncer').optional(),
  ipAllowList: z.array(
    z.strictObject({ source: z.string(), description: z.string().optional() }),
    'a list: without it every address may connect; [] is the private network alone',
  ),
});

/** A Blueprint. */
export const blueprintSchema = z.strictObject({
  previews: z
    .strictObject({
      generation: z.enum(['off', 'manual', 'automatic'], 'off, manual or automatic'),
      expireAfterDays: z.int().min(1).optional(),
    })
    .optional(),
  services: z.array(service).optional(),
  databases: z.array(database).optional(),
  envVarGroups: z.array(z.strictObject({ name, envVars: z.array(variable) })).optional(),
});

export type Blueprint = z.output<typeof blueprintSchema>;
export type Service = z.output<typeof service>;
export type Database = z.output<typeof database>;
export type Variable = z.output<typeof variable>;

/** A mistake of a Blueprint: the resource, its field, and what is expected. */
export type Refusal = string;

/** `services[0].plan` with the name of the service: `salient-chat-api: plan`. */
export function placeOf(value: unknown, path: readonly PropertyKey[]): string {
  const [list, index, ...rest] = path;
  const entry = (value as Record<PropertyKey, readonly unknown[]> | undefined)?.[list as string]?.[index as number];
  const given = (entry as { name?: unknown } | undefined)?.name;
  const owner = typeof given === 'string' ? given : `${String(list)}${index === undefined ? '' : `[${String(index)}]`}`;
  return rest.length === 0 ? owner : `${owner}: ${rest.map(String).join('.')}`;
}
