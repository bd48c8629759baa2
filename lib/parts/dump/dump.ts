import type { Image } from '../../base/image';
import { bytesOf } from '../../base/quantity';
import { Config } from '../../model/config';
import type { Connection } from '../../model/connection';
import type { ContainerProps } from '../../model/container';
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
import drillScript from './drill.sh';
import prepareScript from './prepare.sh';
import taskScript from './task.sh';

/** The props of {@link dumps}. */
export interface DumpProps
  extends Pick<TaskProps, 'system' | 'namespace' | 'user' | 'group' | 'root' | 'writableRoot'> {
  /** The names of the two tasks. */
  readonly names: { readonly dump: string; readonly drill: string };
  /** The path of its setting in the environment file. */
  readonly from: string;
  /** The container in whose image the command runs, with all that it needs. */
  readonly container: ContainerProps;
  /** Prints the dump, and ends with code 0. The entrypoint of the image does not run. */
  readonly command: readonly string[];
  /** The volume that the command reads. @default - none: it asks a server */
  readonly volume?: TaskVolume;
  /** What the command connects to. */
  readonly connectsTo: readonly Connection[];
  readonly repository: Repository;
  /** The folder of its own repository below that of the settings, so that locks of other backups do not block it. */
  readonly folder: string;
  /** The host name of the snapshots in restic: `<system>-<environment>`. If it changes, older snapshots are not found. */
  readonly host: string;
  readonly config: StoreBackupsConfig;
}

/** The name of the file in each snapshot. */
const FILE = 'dump';

/** Minutes that volumes are dumped after other data. */
const LATER = 30;

/** Memory of restic, in MiB. */
const RESTIC_MIB = 256;

const SCRIPTS = '/etc/berth/scripts';

/** The ConfigMap with the scripts of all dumps. */
export function dumpScripts(namespace: string): Config {
  return new Config(namespace, 'dump-scripts', {
    ...shellFiles('background.sh', 'log.sh', 'restic.sh'),
    'drill.sh': drillScript,
    'prepare.sh': prepareScript,
    'task.sh': taskScript,
  });
}

/** A container in restic's image. */
function resticContainer(
  { namespace, repository, host, folder }: DumpProps,
  image: Image,
  name: 'prepare' | 'drill',
  env: ContainerProps['env'],
): ContainerProps {
  return {
    name,
    image,
    command: ['/bin/sh', `${SCRIPTS}/${name}.sh`],
    env: { ...resticEnv(repository, host, folder), ...env },
    mounts: [{ path: SCRIPTS, from: dumpScripts(namespace) }, ...repository.mounts],
    scratch: [TOOLS, { path: CACHE, size: Size.gibibytes(1) }, { path: '/tmp', size: Size.mebibytes(PACKS_MIB) }],
    resources: { cpu: { request: '100m', limit: '2' }, memory: { request: '128Mi', limit: '512Mi' } },
  };
}

/**
 * The container that runs the command: restic starts it, and keeps what it prints. A command that fails leaves no snapshot.
 * One that prints nothing fails. Source: restic.readthedocs.io, Reading data from a command.
 */
function dumpContainer({ container, command, repository, host, folder }: DumpProps): ContainerProps {
  const { cpu, memory, ...devices } = container.resources;
  const limit = `${Math.ceil(bytesOf(memory.limit) / 2 ** 20) + RESTIC_MIB}Mi`;
  const own = (container.scratch ?? []).filter(({ path }) => path !== CACHE && path !== TOOLS.path);
  const { args: _, ...rest } = container;
  return {
    ...rest,
    name: 'dump',
    command: [
      ...[`${TOOLS.path}/restic`, 'backup', '--retry-lock', '5m', '--force', '--host', host, '--tag', 'nightly'],
      ...['--stdin-filename', FILE, '--stdin-from-command', '--', ...command],
    ],
    // restic puts packs below TMPDIR before it uploads them.
    env: { ...container.env, ...resticEnv(repository, host, folder), TMPDIR: CACHE },
    mounts: [...(container.mounts ?? []), ...repository.mounts],
    scratch: [...own, TOOLS, { path: CACHE, size: Size.gibibytes(1) }],
    resources: { ...devices, cpu, memory: { ...memory, limit } },
  };
}

/**
 * The backups of a volume, or of a server, by a command that prints its content: a CronJob that keeps what it prints, on the node of the volume, and
 * a daily one that reads the newest dump back.
 */
export function dumps(props: DumpProps): Task[] {
  const { system, namespace, names, from, volume, repository, config, host, folder } = props;
  const { restic, hour, keep, drill } = config;
  const deadline = Duration.hours(6);
  const minute = LATER + nightlyMinute(`${host}/${folder}`);
  const common = { system, namespace, from, retries: 1, deadline, priority: 'background' } as const;
  const { user, group, root, writableRoot } = props;
  return [
    task({
      ...common,
      name: names.dump,
      purpose: 'backup',
      root,
      writableRoot,
      ...(user !== undefined && { user }),
      ...(group !== undefined && { group }),
      volumes: [...(volume === undefined ? [] : [volume]), ...repository.volumes],
      connectsTo: [...props.connectsTo, ...repository.connectsTo],
      ...dumpSchedule(minute, config, deadline),
      init: [resticTools(restic), resticContainer(props, restic, 'prepare', keepEnv(keep))],
      containers: [dumpContainer(props)],
    }),
    task({
      ...common,
      name: names.drill,
      purpose: 'restore-drill',
      volumes: repository.volumes,
      connectsTo: repository.connectsTo,
      schedule: { cron: `${minute} ${(hour + DRILL_DELAY_HOURS) % 24} * * *` },
      init: [resticTools(restic)],
      containers: [resticContainer(props, restic, 'drill', objectivesEnv(drill))],
    }),
  ];
}
