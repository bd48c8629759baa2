import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, imageWithDefault, labelKey, labelValue, name, port, seconds, storage, text } from '../../config/fields';
import { externalServer, statefulsetServer } from '../postgres/settings';

/** The server of its own that drills restore to. */
function drillServer(development: boolean) {
  return z.discriminatedUnion('kind', [
    z.strictObject(externalServer).describe('A managed server'),
    z.strictObject(statefulsetServer(development)).describe('One PostgreSQL pod beside the one that serves'),
  ]);
}

/** The defaults are those of the Helm chart. Source: prometheus-community, prometheus-pushgateway. */
const pushgateway = z.strictObject({
  namespace: name,
  labels: z.record(labelKey, labelValue).default({ 'app.kubernetes.io/name': 'prometheus-pushgateway' }),
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

/** The settings of the backups of any data store in an environment file. */
export function storeBackups(development: boolean) {
  return z
    .strictObject({
      repository: text(
        /^s3:https?:\/\/[\w.-]+(:\d{1,5})?\/[a-z0-9][\w./-]*$/,
        'an S3 bucket as restic names it, such as s3:https://s3.us-east-1.amazonaws.com/salient-backups',
        1024,
      ).describe('The URL of the restic repository'),
      addresses: addresses.describe('The address ranges of the S3 store; backups may connect to no others'),
      port: port.default(443),
      hour: count(0, 23)
        .default(2)
        .describe('The hour (UTC) in which dumps start; the minute differs from system to system'),
      keep: z
        .strictObject({
          daily: count(1, 366).default(7),
          weekly: count(0, 520).default(4),
          monthly: count(0, 240).default(12),
        })
        .prefault({})
        .describe('The number of dumps of each database to keep'),
      drill: objectives.prefault({}),
      restic: z
        .strictObject(imageWithDefault(development, { image: 'docker.io/restic/restic', tag: '0.18.0' }))
        .prefault({}),
    })
    .describe('Dumps of every database to S3, and a drill that restores them');
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
  const common = storeBackups(development);
  return common
    .extend({
      drill: drill.prefault({}),
      parallel: count(1, 32).default(2).describe('Databases that are dumped at the same time'),
      pushgateway: pushgateway
        .optional()
        .describe(
          'The Prometheus Pushgateway that is told when each PostgreSQL database was last dumped; when absent, alerts are of the whole CronJob',
        ),
    })
    .describe(common.description as string);
}

/** The settings of {@link backups} with defaults filled in. */
export type BackupsConfig = z.output<ReturnType<typeof backups>>;
