import { join } from 'node:path';
import { CACHE, ROOT_FILE_SYSTEM } from './machine';

/** The replacement of a container image: the shared root file system, and the differences from it. */
export interface Image {
  /** @default - none: the container has to have a command */
  readonly entrypoint?: readonly string[];
  /** @default - none */
  readonly command?: readonly string[];
  /** @default - a PATH with the usual folders */
  readonly env?: Readonly<Record<string, string>>;
  /** Files and folders of this machine, by their paths in the image. @default - none */
  readonly files?: Readonly<Record<string, string>>;
  /** @default / */
  readonly workdir?: string;
  /** The stop signal. @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The folder of PostgreSQL's programs, whose version is the suite's. */
const POSTGRES_BIN = '/usr/lib/postgresql/17/bin';

const ENTRY_POINTS = join(__dirname, '../images');

/** An Alpine image has none of Debian's commands: neither GNU's tools nor curl, jq or Python. */
function onAlpine(name: string): Record<string, string> {
  const commands = join(ROOT_FILE_SYSTEM, 'opt/images', name);
  return { '/usr/bin': commands, '/usr/sbin': commands };
}

/** Images by the last part of their repository. */
export const IMAGES: Readonly<Record<string, Image>> = {
  postgres: {
    entrypoint: ['docker-entrypoint.sh'],
    command: ['postgres'],
    env: { PATH, LANG: 'C.UTF-8', PGDATA: '/var/lib/postgresql/data' },
    files: { ...onAlpine('postgres'), '/usr/local/bin/docker-entrypoint.sh': join(ENTRY_POINTS, 'postgres.sh') },
    stopSignal: 'SIGINT',
  },
  // CloudNativePG's image of the type `system`: Debian's, with barman-cloud.
  postgresql: {
    env: { PATH: `${PATH}:/opt/barman/bin:${POSTGRES_BIN}` },
    files: { '/etc/passwd': join(ENTRY_POINTS, 'postgresql.passwd') },
  },
  pgbouncer: { entrypoint: ['pgbouncer'], env: { PATH }, files: onAlpine('pgbouncer') },
  restic: { entrypoint: ['/usr/bin/restic'], env: { PATH }, files: onAlpine('restic') },
  redis: { entrypoint: ['redis-server'], env: { PATH }, files: onAlpine('redis') },
  python: { command: ['python3'], env: { PATH: `/opt/venv/bin:${PATH}` } },
  rclone: {
    entrypoint: ['rclone'],
    env: { PATH, XDG_CONFIG_HOME: '/tmp' },
    files: { '/usr/local/bin/rclone': join(CACHE, 'bin/rclone') },
  },
};

/** The last part of an image's repository: `docker.io/library/postgres:16-alpine` → `postgres`. */
export function imageName(reference: string): string {
  return (reference.split('@')[0] as string).split('/').at(-1)?.split(':')[0] as string;
}

/** The PATH of a container whose image does not set it. */
export const DEFAULT_ENV: Readonly<Record<string, string>> = { PATH };
