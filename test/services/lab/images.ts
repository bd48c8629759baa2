import { join } from 'node:path';
import { CACHE, OLDER_ROOT_FILE_SYSTEM, ROOT_FILE_SYSTEM } from './machine';

/** The replacement of a container image: the shared root file system, and the differences from it. */
export interface Image {
  /** The folder of its root file system. @default - the shared one */
  readonly root?: string;
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

const POSTGRES: Image = {
  entrypoint: ['docker-entrypoint.sh'],
  command: ['postgres'],
  env: { PATH, LANG: 'C.UTF-8', PGDATA: '/var/lib/postgresql/data' },
  stopSignal: 'SIGINT',
};
const POSTGRES_FILES = { '/usr/local/bin/docker-entrypoint.sh': join(ENTRY_POINTS, 'postgres.sh') };

/** Images by the last part of their repository. */
export const IMAGES: Readonly<Record<string, Image>> = {
  postgres: {
    ...POSTGRES,
    files: {
      ...onAlpine('postgres'),
      '/usr/local/bin/getent': join(ROOT_FILE_SYSTEM, 'usr/bin/getent'),
      ...POSTGRES_FILES,
    },
  },
  // PostgreSQL 15, which is older than the clients of the other one.
  'postgres-15': { ...POSTGRES, root: OLDER_ROOT_FILE_SYSTEM, files: POSTGRES_FILES },
  // CloudNativePG's image of the type `system`: Debian's, with barman-cloud.
  postgresql: {
    env: { PATH: `${PATH}:/opt/barman/bin:${POSTGRES_BIN}` },
    files: { '/etc/passwd': join(ENTRY_POINTS, 'postgresql.passwd') },
  },
  pgbouncer: { entrypoint: ['pgbouncer'], env: { PATH }, files: onAlpine('pgbouncer') },
  restic: { entrypoint: ['/usr/bin/restic'], env: { PATH }, files: onAlpine('restic') },
  nginx: {
    entrypoint: ['nginx', '-g', 'daemon off;'],
    env: { PATH },
    files: { '/etc/nginx/nginx.conf': join(ENTRY_POINTS, 'nginx.conf') },
  },
  redis: { entrypoint: ['redis-server'], env: { PATH }, files: onAlpine('redis') },
  // The programs themselves, without Debian's wrappers, which ask for a user of their own. amqp-tools are an application's.
  rabbitmq: { entrypoint: ['rabbitmq-server'], env: { PATH: `/usr/lib/rabbitmq/bin:${PATH}`, LANG: 'C.UTF-8' } },
  prometheus: { entrypoint: ['prometheus'], env: { PATH } },
  pushgateway: { entrypoint: ['prometheus-pushgateway'], env: { PATH } },
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
