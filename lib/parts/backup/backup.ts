import type { Image } from '../../base/image';
import { bytesOf } from '../../base/quantity';
import type { Config } from '../../model/config';
import { type Connection, type Pool, pooled } from '../../model/connection';
import type { ContainerProps, Mount, Resources } from '../../model/container';
import type { Server } from '../../model/database';
import type { Secret } from '../../model/secret';
import { type Task, type TaskProps, task } from '../../model/task';
import { Duration, Size } from '../../model/units';
import { administratorMounts, administratorsOf, caMounts, drillEnv } from '../postgres/server-files';
import type { DataServer } from '../postgres/servers';
import {
  CACHE,
  DRILL_DELAY_HOURS,
  type DumpTimes,
  dumpSchedule,
  type Keep,
  keepEnv,
  nightlyMinute,
  objectivesEnv,
  PACKS_MIB,
  type Repository,
  resticEnv,
  resticTools,
  TOOLS,
} from '../restic';
import type { Tenants } from '../tenants';
import { pushgateway } from './pushgateway';
import { backupScripts } from './scripts';
import type { PushgatewayConfig } from './settings';

/** The props that all backup tasks share. */
export interface BackupProps {
  readonly system: string;
  readonly namespace: string;
  /** An image with bash and PostgreSQL clients that are at least as new as the servers: the official image on Alpine. */
  readonly image: Image;
  /** The official restic image, from which an init container copies the program. */
  readonly restic: Image;
  /** The first one has the admin database. */
  readonly servers: readonly Server[];
  /** Has the key `servers.tsv` and, if there are tenants, `tenants.tsv`. */
  readonly tables: Config;
  /** The role that dumps and restores: it may create databases, and is a member of all tenants' roles and of the admin database's owner. */
  readonly role: string;
  /** The role that loads dumps: it has no memberships, and `role` is a member of it. */
  readonly restoreRole: string;
  /** The passwords of both roles, by role name. */
  readonly rolePasswords: Secret;
  /** The name of the admin database. */
  readonly adminDatabase: string;
  /** @default - no tenants */
  readonly tenants?: Pick<Tenants, 'prefix'>;
  readonly repository: Repository;
  /** The host name of the snapshots in restic: `<system>-<environment>`. If it changes, older snapshots are not found. */
  readonly host: string;
  /** The number of databases that are dumped or restored at the same time. @default 2 */
  readonly parallel?: number;
  /** The size of restic's cache. 2 GiB are enough for about 1 TiB of dumps; a pod that needs more is evicted. @default 2 GiB */
  readonly cache?: Size;
  /** @default 100m..2, 256Mi..1Gi */
  readonly resources?: Resources;
}

const USER = 70; // the user postgres in the official image on Alpine

const RESOURCES: Resources = { cpu: { request: '100m', limit: '2' }, memory: { request: '256Mi', limit: '1Gi' } };

const PARALLEL = 2;

/** What differs between the backup tasks. */
type BackupTask = Pick<
  TaskProps,
  'name' | 'purpose' | 'deadline' | 'retries' | 'schedule' | 'priority' | 'stage' | 'ages' | 'maxAge'
> & {
  /** The file name of its script. */
  readonly script: string;
  /** Its connections to each server. */
  readonly pool: Pool;
  readonly env?: ContainerProps['env'];
  readonly mounts?: readonly Mount[];
  /** More servers that it connects to. @default - none */
  readonly more?: readonly Server[];
  /** What it connects to besides servers and the repository. @default - nothing */
  readonly others?: readonly Connection[];
};

function backupTask(
  props: BackupProps,
  { script, pool, env, mounts, more = [], others = [], ...own }: BackupTask,
): Task {
  const { system, namespace, servers, repository, tenants, parallel = PARALLEL, resources = RESOURCES } = props;
  return task({
    system,
    namespace,
    from: 'backups',
    user: USER,
    // Time to drop scratch databases before the pod stops.
    gracePeriod: Duration.seconds(60),
    connectsTo: [...[...servers, ...more].map((server) => pooled(server, pool)), ...repository.connectsTo, ...others],
    volumes: repository.volumes,
    ...own,
    init: [resticTools(props.restic)],
    containers: [
      {
        name: own.name,
        image: props.image,
        command: ['/bin/bash', `/etc/berth/scripts/${script}`],
        env: {
          BACKUP_ROLE: props.role,
          RESTORE_ROLE: props.restoreRole,
          ADMIN_DATABASE: props.adminDatabase,
          ...(tenants && { TENANT_PREFIX: tenants.prefix }),
          PARALLEL: String(parallel),
          ...resticEnv(repository, props.host),
          ...env,
        },
        mounts: [
          { path: '/etc/berth/scripts', from: backupScripts(namespace) },
          { path: '/etc/berth/data', from: props.tables },
          { path: '/etc/berth/roles', from: props.rolePasswords, keys: [props.role, props.restoreRole] },
          ...caMounts(servers),
          ...repository.mounts,
          ...(mounts ?? []),
        ],
        scratch: [
          TOOLS,
          { path: CACHE, size: props.cache ?? Size.gibibytes(2) },
          { path: '/tmp', size: Size.mebibytes(64 + PACKS_MIB * parallel) },
        ],
        resources,
      },
    ],
  });
}

/** What the nightly backup has besides {@link BackupProps}. */
interface Nightly extends DumpTimes {
  readonly keep: Keep;
  /** The Pushgateway that is told when each database was last dumped. @default - none */
  readonly pushgateway?: PushgatewayConfig | undefined;
}

/** A CronJob that dumps each database of the servers and their roles into one snapshot each. */
export function backup(props: BackupProps & Nightly): Task {
  const { keep, host, parallel = PARALLEL, namespace, servers } = props;
  const name = 'backup';
  const pushes = props.pushgateway && pushgateway(props.pushgateway, { namespace, name, servers });
  return backupTask(props, {
    name,
    priority: 'background',
    purpose: 'backup',
    script: 'backup.sh',
    pool: { perPod: 2 * parallel + 1, why: `${parallel} dumps at once, each with its snapshot, + 1` },
    env: { ...keepEnv(keep), ...pushes?.env },
    others: pushes?.connectsTo ?? [],
    ages: pushes?.ages,
    ...dumpSchedule(nightlyMinute(host), props, Duration.hours(6)),
    retries: 1,
  });
}

/** The requirements that a restore drill verifies. */
export interface Drill {
  /** The number of tenants whose databases are restored, different ones each day. Ignored if there are no tenants. */
  readonly tenants: number;
  /** Recovery point objective: the largest age of the newest dump of a database, in seconds. */
  readonly rpo: number;
  /** Recovery time objective: the longest duration of the restores, in seconds. */
  readonly rto: number;
  /** The largest database that is restored beside the others, on the server that serves: a Kubernetes quantity. */
  readonly largest: string;
  /** The server that they are restored to. Nothing else is on it. @default - the servers that serve */
  readonly server?: DataServer | undefined;
}

/** A daily CronJob that restores dumps into scratch databases, compares them with what was dumped, and drops them. */
export function restoreDrill(props: BackupProps & { readonly hour: number; readonly drill: Drill }): Task {
  const { hour, drill, host, tenants, servers } = props;
  const own = drill.server === undefined ? [] : [drill.server];
  const volumes = [...servers, ...own.map(({ server }) => server)].flatMap(({ name, volume }) =>
    volume === undefined ? [] : [`${name}=${bytesOf(volume)}`],
  );
  return backupTask(props, {
    name: 'restore-drill',
    priority: 'background',
    purpose: 'restore-drill',
    script: 'drill.sh',
    pool: { perPod: 2, why: 'one restore and its check' },
    env: {
      ...(tenants && { SAMPLE: String(drill.tenants) }),
      ...objectivesEnv(drill),
      LARGEST_BYTES: String(bytesOf(drill.largest)),
      VOLUME_BYTES: volumes.join(' '),
      ...drillEnv(drill.server),
    },
    mounts: [...administratorMounts(administratorsOf(own)), ...caMounts(own.map(({ server }) => server))],
    more: own.map(({ server }) => server),
    schedule: { cron: `${nightlyMinute(host)} ${(hour + DRILL_DELAY_HOURS) % 24} * * *` },
    deadline: Duration.hours(6),
    retries: 1,
  });
}

/** A suspended CronJob from which a person creates a Job, with TENANT and SNAPSHOT, to restore a tenant, the admin database or all databases. */
export function restore(props: BackupProps): Task {
  const { parallel = PARALLEL } = props;
  return backupTask(props, {
    name: 'restore',
    script: 'restore.sh',
    pool: { perPod: 2 * parallel + 1, why: `${parallel} restores at once, each with its check, + 1` },
    env: { TENANT: '', SNAPSHOT: 'latest' },
    schedule: { cron: '0 0 1 1 *', suspended: true },
    deadline: Duration.hours(24),
    // No retry before a person has read the log.
    retries: 0,
  });
}

/** A Job that drops the databases and roles of tenants with the state `removed`, after a last dump and a test restore of it. */
export function removal(
  props: BackupProps & {
    /**
     * The credentials of the role that manages roles, by server name, with the keys `POSTGRES_ADMIN_USER` and `POSTGRES_ADMIN_PASSWORD`.
     * An operator manages the roles of servers without an entry.
     */
    readonly administrators: Readonly<Record<string, Secret>>;
  },
): Task {
  const { servers, administrators } = props;
  return backupTask(props, {
    name: 'removal',
    priority: 'background',
    script: 'remove.sh',
    pool: { perPod: 3, why: 'a dump, its snapshot and its check' },
    env: { ROLES_MADE_BY: servers.every(({ name }) => name in administrators) ? 'job' : 'operator' },
    mounts: administratorMounts(administrators),
    deadline: Duration.hours(6),
    retries: 1,
    // The last stage, so that a failure does not block the rest of the release.
    stage: 'edges',
  });
}
