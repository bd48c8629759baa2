import { z } from 'zod';
import { namesFullVersion } from '../../lib/base/image';
import { addresses } from '../../lib/config/address-fields';
import { document } from '../../lib/config/document';
import { edge } from '../../lib/config/edge';
import type { Environment } from '../../lib/config/environment';
import { count, dns, image, imagePullSecrets, port, server, text } from '../../lib/config/fields';
import { secrets } from '../../lib/config/secrets';
import { backups } from '../../lib/parts/backup/settings';
import { monitoring } from '../../lib/parts/monitoring/settings';
import { certificate, DATABASE_NAME, ROLE_NAME } from '../../lib/parts/postgres/server-settings';
import { databaseServer, postgresClient, withClientTag } from '../../lib/parts/postgres/settings';
import { queue } from '../../lib/parts/rabbitmq/settings';
import { redis } from '../../lib/parts/redis/settings';
import { hosts } from './exposure';
import { identity, objectStorage, workflow } from './outside';
import { requirements } from './requirements/settings';
import { type Service, service } from './service';
import { command, file, secret, serviceName, variable } from './values';

/** The patterns of seed 003, "Architecture Pattern". */
export const PATTERNS = ['api-only', '3-tier', 'ai-3-tier', 'microservices'] as const;
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;

const databaseName = text(DATABASE_NAME, 'a database name such as orders');
const role = text(ROLE_NAME, 'a role such as orders');

/** The major version of PostgreSQL's clients for a managed server, whose version is not in the settings. */
const CLIENT = 16;

/** PostgreSQL with one or several databases. */
function database(development: boolean, usual: string) {
  const own = {
    databases: z
      .record(
        databaseName,
        z.strictObject({
          user: role.optional().describe('The role that owns it; named like the database when absent'),
          extensions: z
            .array(text(/^[a-z][\w-]*$/, 'an extension such as pg_trgm'))
            .default([])
            .describe('The extensions that are created in it'),
        }),
      )
      .default({ [usual]: { extensions: [] } })
      .describe('Its databases, the main one first'),
    init: file
      .optional()
      .describe('SQL that the owner of the first database runs at each deployment: it has to be idempotent'),
    poolSize: count(1, 1000).default(10).describe('The connections of each pod'),
  };
  return databaseServer(development, own);
}

const external = z.strictObject({
  host: server.describe('Its host'),
  port: port.describe('Its port'),
  addresses: addresses.optional().describe('Its address ranges; every public address when absent'),
  scheme: text(/^[a-z][a-z0-9+.-]*$/, 'a scheme such as https, amqp or mongodb+srv')
    .optional()
    .describe('Of its URL; when absent, that of its port, such as smtp of 587, else https'),
  user: z.string().optional().describe('The user in its URL'),
  name: z.string().optional().describe('What follows the host in its URL, such as the name of a database'),
  password: secret.optional().describe('The password in its URL'),
  ca: certificate
    .optional()
    .describe('The CA certificate of its certificate: a file in each container that connects to it'),
});

/** What can be said once for all services. The other fields are checked where they end up: in each service. */
function defaults(development: boolean) {
  return z.strictObject({
    registry: text(/^[a-z0-9][\w.:/-]*[\w]$/, 'a registry such as ghcr.io/yourorg')
      .optional()
      .describe('Before images without a registry'),
    tag: image(development)
      .tag.refine(
        (tag) => development || !/\d/.test(tag) || namesFullVersion('', tag),
        'a full version such as v1.2.3: one that may move to another image is allowed only in dev',
      )
      .optional()
      .describe('Of images without a tag'),
    ...Object.fromEntries(SHARED.map((key) => [key, z.unknown().optional().describe(`Of services without ${key}`)])),
  });
}

/** The fields of a service that `defaults` may have. */
const SHARED = ['user', 'health', 'env', 'cpu', 'memory', 'shutdown', 'nodes', 'writes'] as const;

/** The settings of an application, before images are complete and connections are checked. */
function shapeOf({ development }: Environment, name: string) {
  const usual = name.replaceAll('-', '_');
  return z.strictObject({
    pattern: z.enum(PATTERNS).describe('Its architecture: which services it needs, and what their defaults are'),
    document: document(),
    hosts: hosts.describe('Its hosts, by names that routes refer to'),
    defaults: defaults(development).prefault({}).describe('What neither a service nor its preset says'),
    services: z.record(serviceName, service(development)).describe('What runs and is ours, by name'),
    external: z.record(serviceName, external).default({}).describe('Servers that somebody else runs'),
    config: z
      .record(variable, z.string().max(100_000))
      .default({})
      .describe('Texts that several services read by { config: KEY }'),
    sharedSecrets: z
      .record(serviceName, secret)
      .default({})
      .describe('Values that several services read by { secret: name }'),
    database: database(development, usual).optional().describe('PostgreSQL'),
    postgresClient: postgresClient(development, CLIENT, "the server's"),
    redis: redis(development).optional().describe('Redis'),
    queue: queue(development, name).optional().describe('RabbitMQ'),
    objectStorage: objectStorage.optional().describe('Buckets of S3, or of a store with the same API'),
    identity: identity.optional().describe('The provider of logins, such as Keycloak or Auth0'),
    workflow: workflow.optional().describe('The server of workflows, such as Temporal'),
    seedData: z
      .strictObject({
        service: serviceName.describe('The service whose image and variables it has'),
        command: command.describe('What it runs'),
      })
      .optional()
      .describe('A Job after migrations, in development only'),
    edge: edge(development).optional().describe('Where something is exposed'),
    secrets: secrets(development).optional().describe('Where the values of secrets come from'),
    monitoring: monitoring({}),
    backups: z
      .union([backups(development), z.strictObject({ none: z.string().min(1).describe('The reason') })], {
        error: 'a mapping with repository and addresses, or { none: why }',
      })
      .optional()
      .describe('Dumps of what keeps data, or the reason why there are none'),
    requirements: requirements
      .optional()
      .describe('Targets, from which pods, pools, alerts and backups follow unless the file says them'),
    logLevel: z.enum(LOG_LEVELS).default('info').describe('The least level that is logged'),
    imagePullSecrets,
    dns,
    without: z
      .array(z.string())
      .default([])
      .describe('Services, parts and external servers of the base that this environment does not have'),
  });
}

type Shape = z.output<ReturnType<typeof shapeOf>>;

/** An image with the defaults of the application. */
function withImage<One extends { image?: string | undefined; tag?: string | undefined; digest?: string | undefined }>(
  one: One,
  name: string,
  defaults: { readonly registry?: string | undefined; readonly tag?: string | undefined },
) {
  const hasRegistry = /^([^/]*[.:][^/]*|localhost)\//.test(one.image ?? '');
  const path = one.image ?? name;
  const { registry } = defaults;
  const image = hasRegistry || registry === undefined ? one.image : `${registry}/${path}`;
  return { ...one, image: image as string, tag: (one.tag ?? defaults.tag) as string };
}

/** A service with complete images. */
function complete(name: string, one: Service, defaults: Shape['defaults']) {
  const helpers = (all: Service['init']) =>
    Object.fromEntries(Object.entries(all).map(([key, helper]) => [key, withImage(helper, key, defaults)]));
  return { ...withImage(one, name, defaults), init: helpers(one.init), sidecars: helpers(one.sidecars) };
}

/** The settings of an application in one environment, with complete images. */
export function settingsOf(environment: Environment, name: string) {
  return shapeOf(environment, name).transform((shape, context) => ({
    ...shape,
    postgresClient: withClientTag(CLIENT)({ ...shape, database: shape.database ?? {} }, context).postgresClient,
    services: Object.fromEntries(
      Object.entries(shape.services).map(([key, one]) => [key, complete(key, one, shape.defaults)]),
    ),
  }));
}

/** The settings of an application in one environment, with defaults filled in. */
export type ApplicationConfig = z.output<ReturnType<typeof settingsOf>>;

/** The settings of one service of an application. */
export type ServiceConfig = ApplicationConfig['services'][string];
