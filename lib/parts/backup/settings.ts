import { z } from 'zod';
import { imageOf } from '../../base/versions';
import { addresses } from '../../config/address-fields';
import {
  count,
  imageWithDefault,
  labelKey,
  labelValue,
  name,
  port,
  rule,
  seconds,
  storage,
  text,
} from '../../config/fields';
import { externalServer, statefulsetServer } from '../postgres/server-settings';
import { EXPECTED, REPOSITORY, storeOf } from './stores';

/** The server of its own that drills restore to. */
function drillServer(development: boolean) {
  return z.discriminatedUnion('kind', [
    externalServer(development, {}).describe('A managed server'),
    z.strictObject(statefulsetServer(development)).describe('One PostgreSQL pod beside the one that serves'),
  ]);
}

/** The defaults are those of the Helm chart. Source: prometheus-community, prometheus-pushgateway. */
const pushgateway = z.strictObject({
  namespace: name.describe('Its namespace'),
  labels: z
    .record(labelKey, labelValue)
    .default({ 'app.kubernetes.io/name': 'prometheus-pushgateway' })
    .describe('The labels of its pods'),
  service: name.default('prometheus-pushgateway').describe('The name of its Service'),
  port: port.default(9091).describe('The port of its pods and of its Service'),
});

/** The settings of a Pushgateway with defaults filled in. */
export type PushgatewayConfig = z.output<typeof pushgateway>;

/** What is asked of a restore. */
const objectives = z.strictObject({
  rpo: seconds.prefault('24h').describe('The largest age of the newest dump (recovery point objective)'),
  rto: seconds.prefault('1h').describe('The longest duration of a restore (recovery time objective)'),
});

/** The hours between two dumps that a schedule can have. */
export const EVERY = [24, 12, 8, 6, 4, 3, 2, 1] as const;

/** The settings that all data stores share. */
function common(development: boolean) {
  return {
    repository: text(REPOSITORY, EXPECTED, 1024).describe(
      'The restic repository: s3:https://host/bucket, azure:container:/path, gs:bucket:/path, rest:https://host/path/, or the path where the volume of claim is mounted, such as /backups',
    ),
    addresses: addresses
      .optional()
      .describe('The address ranges of the store; backups may connect to no others. Required, except for a path'),
    port: port.optional().describe('The port of the store; when absent that of repository, or else 443'),
    claim: name
      .optional()
      .describe(
        'For a path: the PersistentVolumeClaim in the namespace of the backups that is mounted there. It exists already, with the access mode ReadWriteMany and writable for the group 10001',
      ),
    hour: count(0, 23)
      .default(2)
      .describe('The hour (UTC) in which dumps start; the minute differs from system to system'),
    every: z
      .union(EVERY.map((hours) => z.literal(hours)) as [z.ZodLiteral<number>, ...z.ZodLiteral<number>[]], {
        error: `a number of hours that divides the day: ${EVERY.join(', ')}`,
      })
      .default(24)
      .describe('The hours between two dumps'),
    keep: z
      .strictObject({
        daily: count(1, 366).default(7).describe('Of days'),
        weekly: count(0, 520).default(4).describe('Of weeks'),
        monthly: count(0, 240).default(12).describe('Of months'),
      })
      .prefault({})
      .describe('The number of dumps of each database to keep'),
    drill: objectives.prefault({}).describe('A daily restore of the newest dump'),
    restic: z
      .strictObject(imageWithDefault(development, imageOf('restic')))
      .prefault({})
      .describe('The image of restic'),
  };
}

/** The settings that depend on the kind of the repository. */
interface Store {
  readonly repository?: unknown;
  readonly addresses?: unknown;
  readonly port?: unknown;
  readonly claim?: unknown;
}

/** Whether a repository is a path, or a store on a server. Neither if its form is wrong, which has a message of its own. */
function isOn(what: 'path' | 'server', { repository }: Store): boolean {
  const store = storeOf(repository);
  return store !== undefined && (store.server === undefined) === (what === 'path');
}

const NO_SERVER = 'since repository is a path: backups connect to no store then';

/** Demands the settings of the kind of the repository, and no others. */
function withStore<T extends z.ZodType<Store>>(schema: T): T {
  return schema
    .refine(
      ...rule<Store>(
        'addresses',
        'a list of address ranges, at least one: of the store in repository',
        (value) => value.addresses !== undefined || !isOn('server', value),
      ),
    )
    .refine(
      ...rule<Store>(
        'addresses',
        `no addresses, ${NO_SERVER}`,
        (value) => value.addresses === undefined || !isOn('path', value),
      ),
    )
    .refine(
      ...rule<Store>('port', `no port, ${NO_SERVER}`, (value) => value.port === undefined || !isOn('path', value)),
    )
    .refine(
      ...rule<Store>(
        'claim',
        'the PersistentVolumeClaim that is mounted at the path in repository, such as backups',
        (value) => value.claim !== undefined || !isOn('path', value),
      ),
    )
    .refine(
      ...rule<Store>(
        'claim',
        'no claim, since repository is no path such as /backups: only that of a path is mounted',
        (value) => value.claim === undefined || !isOn('server', value),
      ),
    );
}

const ABOUT = 'Dumps of every database to a restic repository, and a drill that restores them';

/** The settings of the backups of any data store in an environment file. */
export function storeBackups(development: boolean) {
  return withStore(z.strictObject(common(development))).describe(ABOUT);
}

/** The settings of {@link storeBackups} with defaults filled in. */
export type StoreBackupsConfig = z.output<ReturnType<typeof storeBackups>>;

/** The settings of the backups of PostgreSQL, and of what is dumped beside it, in an environment file. */
export function backups(development: boolean) {
  const drill = objectives.extend({
    tenants: count(1, 1000)
      .default(5)
      .describe('The number of tenants whose databases a drill restores, different ones each day'),
    largest: storage
      .default('10Gi')
      .describe('The largest database that a drill restores beside the others, on the server that serves'),
    server: drillServer(development)
      .optional()
      .describe(
        'A PostgreSQL server for drills alone, of any size; when absent, they restore on the servers that serve',
      ),
  });
  return withStore(
    z.strictObject({
      ...common(development),
      drill: drill.prefault({}).describe('A daily restore of the newest dumps'),
      parallel: count(1, 32).default(2).describe('Databases that are dumped at the same time'),
      pushgateway: pushgateway
        .optional()
        .describe(
          'The Prometheus Pushgateway that is told when each PostgreSQL database was last dumped; when absent, alerts are of the whole CronJob',
        ),
    }),
  ).describe(ABOUT);
}

/** The settings of {@link backups} with defaults filled in. */
export type BackupsConfig = z.output<ReturnType<typeof backups>>;
