import type { Image } from '../../base/image';
import { bytesOf } from '../../base/quantity';
import type { Text } from '../../model/address';
import { Config } from '../../model/config';
import type { Connection } from '../../model/connection';
import type { ContainerProps, Resources } from '../../model/container';
import type { SecretKey } from '../../model/secret';
import { type Task, type TaskProps, type TaskVolume, task } from '../../model/task';
import { Duration, Size } from '../../model/units';
import type { StoreBackupsConfig } from '../backup/settings';
import {
  CACHE,
  DRILL_DELAY_HOURS,
  dumpSchedule,
  keepEnv,
  nightlyMinute,
  objectivesEnv,
  PACKS_MIB,
  type Repository,
  resticEnv,
  resticTools,
  TOOLS,
} from '../restic';
import { shellFiles } from '../shell/shell';
import backupScript from './backup.sh';
import drillScript from './drill.sh';
import dumpsScript from './dumps.sh';
import restoreScript from './restore.sh';
import serverScript from './server.sh';
import taskScript from './task.sh';

/** The ConfigMap `surrealdb-scripts`, with the scripts of all backup tasks of SurrealDB. */
export function surrealBackupScripts(namespace: string): Config {
  return new Config(namespace, 'surrealdb-scripts', {
    ...shellFiles('background.sh', 'log.sh', 'restic.sh'),
    'backup.sh': backupScript,
    'drill.sh': drillScript,
    'dumps.sh': dumpsScript,
    'restore.sh': restoreScript,
    'server.sh': serverScript,
    'task.sh': taskScript,
  });
}

/** The folder where the tasks mount the files of the application. Its name is part of each snapshot. */
const FILES = '/files';

/** The props of the backup tasks of SurrealDB. */
export interface SurrealBackupProps {
  readonly system: string;
  readonly namespace: string;
  /** The URL of the server: `http://surrealdb.shop-prod.svc.cluster.local:8000`. */
  readonly endpoint: Text;
  readonly connection: Connection;
  /** The root user of the server. */
  readonly user: SecretKey;
  readonly password: SecretKey;
  /** An image with a shell and the program `/surreal` of the server's version. */
  readonly client: Image;
  /** The repository is `<url>/surrealdb`, so that locks of other backups do not block it. */
  readonly repository: Repository;
  /** The host name of the snapshots in restic: `<system>-<environment>`. If it changes, older snapshots are not found. */
  readonly host: string;
  /** The settings from the environment file. */
  readonly config: StoreBackupsConfig;
  /** A Kubernetes quantity: the size of the database, from which follows the disk space for its dumps. */
  readonly size: string;
  /** A volume with files of the application, which is saved and restored together with the databases. @default - none */
  readonly files?: Pick<TaskVolume, 'claim' | 'with'> | undefined;
  /** The user of the tasks; the files are readable for it. @default 10001 */
  readonly runAs?: Pick<TaskProps, 'user' | 'root'>;
  /** @default 100m..2, 256Mi..2Gi */
  readonly resources?: Resources;
}

const MIB = 2 ** 20;

/** The dump and a scratch server that has imported it. */
const COPIES = 2;

const RESOURCES: Resources = { cpu: { request: '100m', limit: '2' }, memory: { request: '256Mi', limit: '2Gi' } };

/** What differs between the backup tasks. */
type SurrealTask = Pick<TaskProps, 'name' | 'purpose' | 'deadline' | 'maxAge' | 'retries' | 'schedule' | 'priority'> & {
  /** The file name of its script. */
  readonly script: string;
  readonly env?: ContainerProps['env'];
  /** Whether it changes the files of the application. @default false */
  readonly writes?: boolean;
};

function surrealTask(props: SurrealBackupProps, { script, env, writes = false, ...own }: SurrealTask): Task {
  const { system, namespace, repository, files, config } = props;
  const space = Math.ceil((COPIES * bytesOf(props.size)) / MIB) + PACKS_MIB;
  return task({
    system,
    namespace,
    from: 'backups',
    ...props.runAs,
    // Time to stop the scratch server and restic.
    gracePeriod: Duration.seconds(60),
    connectsTo: [props.connection, ...repository.connectsTo],
    volumes: [...repository.volumes, ...(files === undefined ? [] : [{ ...files, path: FILES, readOnly: !writes }])],
    ...own,
    init: [resticTools(config.restic)],
    containers: [
      {
        name: own.name,
        image: props.client,
        command: ['/bin/sh', `/etc/berth/scripts/${script}`],
        env: {
          SURREAL_ENDPOINT: props.endpoint,
          SURREAL_USER: props.user,
          SURREAL_PASS: props.password,
          FILES: files === undefined ? '' : FILES,
          ...resticEnv(repository, props.host, 'surrealdb'),
          ...env,
        },
        mounts: [{ path: '/etc/berth/scripts', from: surrealBackupScripts(namespace) }, ...repository.mounts],
        scratch: [TOOLS, { path: CACHE, size: Size.gibibytes(1) }, { path: '/tmp', size: Size.mebibytes(space) }],
        resources: props.resources ?? RESOURCES,
      },
    ],
  });
}

const DEADLINE = Duration.hours(6);

/** Minutes that SurrealDB is dumped after the other data stores. */
const LATER = 20;

/**
 * The backup tasks of SurrealDB: an export of every database with the files of the application as one snapshot, a daily drill that
 * imports the newest one into a scratch server, and a suspended CronJob from which a person creates a Job, with SNAPSHOT and WHAT, to
 * restore one. Source: surrealdb.com, CLI, export and import.
 */
export function surrealBackups(props: SurrealBackupProps): Task[] {
  const { hour, keep, drill } = props.config;
  const minute = LATER + nightlyMinute(props.host);
  return [
    surrealTask(props, {
      name: 'surrealdb-backup',
      priority: 'background',
      purpose: 'backup',
      script: 'backup.sh',
      env: keepEnv(keep),
      ...dumpSchedule(minute, props.config, DEADLINE),
      retries: 1,
    }),
    surrealTask(props, {
      name: 'surrealdb-restore-drill',
      priority: 'background',
      purpose: 'restore-drill',
      script: 'drill.sh',
      env: objectivesEnv(drill),
      schedule: { cron: `${minute} ${(hour + DRILL_DELAY_HOURS) % 24} * * *` },
      deadline: DEADLINE,
      retries: 1,
    }),
    surrealTask(props, {
      name: 'surrealdb-restore',
      script: 'restore.sh',
      env: { SNAPSHOT: 'latest', WHAT: 'all' },
      writes: true,
      schedule: { cron: '0 0 1 1 *', suspended: true },
      deadline: DEADLINE,
      // No retry before a person has read the log.
      retries: 0,
    }),
  ];
}
