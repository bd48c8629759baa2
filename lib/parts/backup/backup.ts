import type { Image } from '../../base/image';
import type { Config } from '../../model/config';
import { type Pool, pooled } from '../../model/connection';
import type { ContainerProps, Mount, Resources } from '../../model/container';
import type { Server } from '../../model/database';
import type { Secret } from '../../model/secret';
import { type Task, type TaskProps, task } from '../../model/task';
import { Duration, Size } from '../../model/units';
import { caMounts } from '../postgres/server-files';
import { CACHE, type Keep, nightlyMinute, PACKS_MIB, type Repository, resticEnv, resticTools, TOOLS } from '../restic';
import type { Tenants } from '../tenants';
import { backupScripts } from './scripts';

/** What all tasks here have in common. */
export interface BackupProps {
  readonly system: string;
  readonly namespace: string;
  /** PostgreSQL's clients, at least as new as the servers, and bash: the official image on Alpine. */
  readonly image: Image;
  /** restic's own image: what is run is copied from it. */
  readonly restic: Image;
  /** The first holds the admin database. */
  readonly servers: readonly Server[];
  /** Holds `servers.tsv` and, where there are tenants, `tenants.tsv`. */
  readonly tables: Config;
  /** The role that dumps and restores: a member of every tenant's role and of the admin database's owner, which may make databases. */
  readonly role: string;
  /** The role that loads dumps: a member of none, and `role` is one of it. */
  readonly restoreRole: string;
  /** Holds their passwords, under their names. */
  readonly roles: Secret;
  readonly adminDatabase: string;
  /** @default - there are none */
  readonly tenants?: Pick<Tenants, 'prefix'>;
  readonly repository: Repository;
  /** Under which snapshots are found: `<system>-<environment>`. Another name is another history. */
  readonly host: string;
  /** Databases at the same time. @default 2 */
  readonly parallel?: number;
  /** What restic keeps of the repository's index: 2 GiB last for about 1 TiB of dumps. A pod that needs more is evicted. @default 2 GiB */
  readonly cache?: Size;
  /** @default 100m..2, 256Mi..1Gi */
  readonly resources?: Resources;
}

const USER = 70; // postgres, in the official image on Alpine

const RESOURCES: Resources = { cpu: { request: '100m', limit: '2' }, memory: { request: '256Mi', limit: '1Gi' } };

/** Databases that are dumped or restored at the same time, where nothing is said. */
const PARALLEL = 2;

type BackupTask = Pick<TaskProps, 'name' | 'purpose' | 'deadline' | 'retries' | 'schedule' | 'priority' | 'stage'> & {
  readonly script: string;
  /** What it holds at each server. */
  readonly pool: Pool;
  readonly env?: ContainerProps['env'];
  readonly mounts?: readonly Mount[];
};

function dataTask(props: BackupProps, { script, pool, env, mounts, ...own }: BackupTask): Task {
  const { system, namespace, servers, repository, tenants, parallel = PARALLEL, resources = RESOURCES } = props;
  return task({
    system,
    namespace,
    from: 'backups',
    user: USER,
    // Whoever is told to end drops its scratch databases first.
    gracePeriod: Duration.seconds(60),
    connectsTo: [...servers.map((server) => pooled(server, pool)), repository.connection],
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
          { path: '/etc/berth/roles', from: props.roles, keys: [props.role, props.restoreRole] },
          ...caMounts(servers),
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

/** Each night a dump of every database that the servers have, and of their roles: a snapshot each. */
export function backup(props: BackupProps & { readonly hour: number; readonly keep: Keep }): Task {
  const { hour, keep, host, parallel = PARALLEL } = props;
  return dataTask(props, {
    name: 'backup',
    priority: 'background',
    purpose: 'backup',
    script: 'backup.sh',
    pool: { perPod: 2 * parallel + 1, why: `${parallel} dumps at once, each with its snapshot, + 1` },
    env: {
      KEEP_DAILY: String(keep.daily),
      KEEP_WEEKLY: String(keep.weekly),
      KEEP_MONTHLY: String(keep.monthly),
    },
    schedule: { cron: `${nightlyMinute(host)} ${hour} * * *` },
    deadline: Duration.hours(6),
    retries: 1,
  });
}

/** What a drill asks of the dumps. */
export interface Drill {
  /** Tenants whose databases it restores, other ones each day. It has no meaning where there are none. */
  readonly tenants: number;
  /** How old the newest dump of a database may be, in seconds. */
  readonly rpo: number;
  /** How long the restores may take, in seconds. */
  readonly rto: number;
}

/** Hours after the dumps began. */
const DRILL_AFTER = 4;

/** Each day a proof that the dumps can be restored: into scratch databases, compared with what was dumped, and dropped. */
export function restoreDrill(props: BackupProps & { readonly hour: number; readonly drill: Drill }): Task {
  const { hour, drill, host, tenants } = props;
  return dataTask(props, {
    name: 'restore-drill',
    priority: 'background',
    purpose: 'restore-drill',
    script: 'drill.sh',
    pool: { perPod: 2, why: 'one restore and its check' },
    env: {
      ...(tenants && { SAMPLE: String(drill.tenants) }),
      RPO_SECONDS: String(drill.rpo),
      RTO_SECONDS: String(drill.rto),
    },
    schedule: { cron: `${nightlyMinute(host)} ${(hour + DRILL_AFTER) % 24} * * *` },
    deadline: Duration.hours(6),
    retries: 1,
  });
}

/** What a person starts to bring back a tenant, the admin database or all: a Job from this CronJob with TENANT and SNAPSHOT. */
export function restore(props: BackupProps): Task {
  const { parallel = PARALLEL } = props;
  return dataTask(props, {
    name: 'restore',
    script: 'restore.sh',
    pool: { perPod: 2 * parallel + 1, why: `${parallel} restores at once, each with its check, + 1` },
    env: { TENANT: '', SNAPSHOT: 'latest' },
    schedule: { cron: '0 0 1 1 *', suspended: true },
    deadline: Duration.hours(24),
    // Somebody reads what went wrong first.
    retries: 0,
  });
}

/** Drops the databases and roles of tenants whose state is `removed`, after a last dump that was restored. */
export function removal(
  props: BackupProps & {
    /** By server: who makes its roles, as `POSTGRES_ADMIN_USER` and `POSTGRES_ADMIN_PASSWORD`. Where there is none, an operator does. */
    readonly administrators: Readonly<Record<string, Secret>>;
  },
): Task {
  const { servers, administrators } = props;
  return dataTask(props, {
    name: 'removal',
    priority: 'background',
    script: 'remove.sh',
    pool: { perPod: 3, why: 'a dump, its snapshot and its check' },
    env: { ROLES_MADE_BY: servers.every(({ name }) => name in administrators) ? 'job' : 'operator' },
    mounts: Object.entries(administrators).map(([server, from]) => ({
      path: `/etc/berth/administrators/${server}`,
      from,
      keys: ['POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD'],
    })),
    deadline: Duration.hours(6),
    retries: 1,
    // After everything else: what fails here holds up nothing.
    stage: 'edges',
  });
}
