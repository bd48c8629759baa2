import { hashOf } from '../base/hash';
import type { Image } from '../base/image';
import type { Connection } from '../model/connection';
import type { ContainerProps, Mount } from '../model/container';
import type { TaskProps, TaskVolume } from '../model/task';
import { Duration, Size } from '../model/units';

/** A restic repository, and all that a task has to have for it. Source: restic.readthedocs.io, Preparing a new repository. */
export interface Repository {
  /** In the form of restic: `s3:https://s3.us-east-1.amazonaws.com/bucket`, or the path of a volume. */
  readonly url: string;
  /** The variables with its password, without which the dumps are lost, and with the credentials of its store. */
  readonly env: NonNullable<ContainerProps['env']>;
  /** The files with the credentials of its store. */
  readonly mounts: readonly Mount[];
  /** The connection to its store; none to a volume. */
  readonly connectsTo: readonly Connection[];
  /** The volume where it is; none of a store. */
  readonly volumes: readonly TaskVolume[];
}

/** The number of snapshots to keep. Source: restic.readthedocs.io, Removing snapshots according to a policy. */
export interface Keep {
  /** The number of days of which the last snapshot is kept. */
  readonly daily: number;
  /** The number of weeks of which the last snapshot is kept. */
  readonly weekly: number;
  /** The number of months of which the last snapshot is kept. */
  readonly monthly: number;
}

/** The volume of the restic program and its CA certificates, which are copied from restic's image since the tasks run in the server's. */
export const TOOLS = { path: '/tools', size: Size.mebibytes(128) };

/** The folder of restic's cache. */
export const CACHE = '/cache';

/** Disk space for pack files before their upload, in MiB: at most six of 17 MiB at a time. */
export const PACKS_MIB = 128;

/** Hours between the start of the dumps and the restore drill. */
export const DRILL_DELAY_HOURS = 4;

/** The init container that copies {@link TOOLS} from restic's image. */
export function resticTools(image: Image): ContainerProps {
  return {
    name: 'restic',
    image,
    command: ['/bin/cp', '/usr/bin/restic', '/etc/ssl/certs/ca-certificates.crt', TOOLS.path],
    scratch: [TOOLS],
    resources: { cpu: { request: '10m', limit: '500m' }, memory: { request: '16Mi', limit: '64Mi' } },
  };
}

/**
 * The environment variables of restic.
 *
 * @param host the host name of the snapshots
 * @param folder a repository of its own below that of the settings, so that its locks block no other. @default - that of the settings
 */
export function resticEnv(repository: Repository, host: string, folder?: string): NonNullable<ContainerProps['env']> {
  const { url } = repository;
  return {
    SNAPSHOT_HOST: host,
    RESTIC_REPOSITORY: folder === undefined ? url : `${url.replace(/\/$/, '')}/${folder}`,
    ...repository.env,
    RESTIC_CACHE_DIR: CACHE,
    SSL_CERT_FILE: `${TOOLS.path}/ca-certificates.crt`,
    // restic would otherwise allocate memory for each CPU of the node, regardless of the container's limit.
    GOMAXPROCS: '2',
  };
}

/** The environment variables of the retention policy. */
export function keepEnv({ daily, weekly, monthly }: Keep): NonNullable<ContainerProps['env']> {
  return { KEEP_DAILY: String(daily), KEEP_WEEKLY: String(weekly), KEEP_MONTHLY: String(monthly) };
}

/** A minute from 0 to 29 derived from the host name of the snapshots, so that the backups of different systems start at different times. */
export function nightlyMinute(host: string): number {
  return Number.parseInt(hashOf(host, 8), 16) % 30;
}

/** When dumps start. */
export interface DumpTimes {
  /** The hour (UTC) of the first one of a night. */
  readonly hour: number;
  /** The hours between two of them: a divisor of 24. @default 24 */
  readonly every?: number;
}

/**
 * The schedule of dumps, and the largest age of the last one that is no alert: a run may take until its deadline.
 *
 * @param minute of the hour
 */
export function dumpSchedule(
  minute: number,
  { hour, every = 24 }: DumpTimes,
  deadline: Duration,
): Pick<TaskProps, 'schedule' | 'deadline' | 'maxAge'> {
  const hours = Array.from({ length: 24 / every }, (_, index) => (hour % every) + index * every);
  return {
    schedule: { cron: `${minute} ${every === 24 ? hour : every === 1 ? '*' : hours.join(',')} * * *` },
    deadline,
    maxAge: Duration.seconds(every * 3600 + deadline.toSeconds()),
  };
}

/** The environment variables of what a drill asks of a restore, in seconds. */
export function objectivesEnv({
  rpo,
  rto,
}: {
  readonly rpo: number;
  readonly rto: number;
}): NonNullable<ContainerProps['env']> {
  return { RPO_SECONDS: String(rpo), RTO_SECONDS: String(rto) };
}
