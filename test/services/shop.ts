import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../../lib/config/environment';
import type { ManifestObject } from '../../lib/manifests/object';
import { type System, type SystemProps, system } from '../../lib/model/system';
import type { BackupsConfig } from '../../lib/parts/backup/settings';
import { database } from '../../lib/parts/postgres/database';
import type { StatefulsetServer } from '../../lib/parts/postgres/server-settings';
import { redis as redisSettings } from '../../lib/parts/redis/settings';
import { redisStore } from '../../lib/parts/redis/store';
import { objectsOf } from '../systems';
import { type Lab, type Pod, serveS3 } from './lab';

// One database on a server in the cluster, with backups to an S3 store, for tests of backups alone.

/** The namespace of all its objects. */
export const NAMESPACE = 'shop-test-data';

/** The settings of a server in the cluster. */
export const SERVER: StatefulsetServer = {
  kind: 'statefulset',
  image: 'docker.io/library/postgres',
  tag: '17-alpine',
  storage: '5Gi',
  cpu: { request: '100m', limit: '1' },
  memory: { request: '256Mi', limit: '512Mi' },
  maxConnections: 30,
  reserved: 5,
};

/** The settings of backups into the S3 store of {@link startStore}. */
export const BACKUPS: BackupsConfig = {
  repository: 's3:http://s3.example.test:9000/bucket/shop',
  addresses: ['10.0.0.0/8'],
  port: 9000,
  hour: 2,
  every: 24,
  keep: { daily: 7, weekly: 4, monthly: 12 },
  parallel: 2,
  drill: { tenants: 5, rpo: 86_400, rto: 3600, largest: '10Gi' },
  restic: { image: 'docker.io/restic/restic', tag: '0.18.0' },
};

/** The objects of the server, and of the Jobs that create, dump and restore the database. */
export function shopObjects(props: {
  readonly server?: Partial<StatefulsetServer>;
  readonly init: string;
  readonly drill?: Partial<BackupsConfig['drill']>;
  /** The repository of the backups. @default - the S3 store */
  readonly repository?: Pick<BackupsConfig, 'repository' | 'addresses' | 'port' | 'claim'>;
  /** Whether there is a Redis, too. @default false */
  readonly redis?: boolean;
}): ManifestObject[] {
  const { addresses: _, port: __, ...others } = BACKUPS;
  const backups: BackupsConfig = {
    ...(props.repository === undefined ? BACKUPS : { ...others, ...props.repository }),
    drill: { ...BACKUPS.drill, ...props.drill },
  };
  const common = {
    system: 'shop',
    environment: environment('test'),
    namespace: NAMESPACE,
    source: { kind: 'development', revision: 1 },
    backups,
  } as const;
  const made = database({
    ...common,
    config: { ...SERVER, ...props.server, name: 'shop', user: 'shop' },
    client: { image: 'docker.io/library/postgres', tag: '17-alpine' },
    init: props.init,
  });
  const config = redisSettings(true).parse({ kind: 'statefulset' });
  const cache = props.redis ? redisStore({ ...common, config }) : { components: [], tasks: [] };
  return systemObjects({
    components: [...made.components, ...cache.components],
    tasks: [...made.tasks, ...cache.tasks],
  });
}

/** The objects of the system with some components and tasks. */
export function systemObjects(
  { components, tasks }: Pick<System, 'components' | 'tasks'>,
  monitoring?: SystemProps['monitoring'],
): ManifestObject[] {
  return objectsOf(
    system({
      name: 'shop',
      environment: 'test',
      instance: 'shop-test',
      tier: 'development',
      placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] },
      edge: { kind: 'ingress', class: 'nginx', controller: { namespace: 'ingress-nginx', labels: {} } },
      dnsCaches: [],
      components,
      tasks,
      ...(monitoring !== undefined && { monitoring }),
    }),
  );
}

/** Starts the S3 store. */
export async function startStore(lab: Lab): Promise<void> {
  mkdirSync(join(lab.folder('s3'), 'bucket'));
  await serveS3(lab, { keys: 'development,development' });
}

/** The answer of a server to its superuser. */
export async function ask(server: Pod, statement: string, inDatabase = 'shop'): Promise<string> {
  const argv = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', inDatabase, '-c', statement];
  const { code, stdout, stderr } = await server.exec(argv);
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd();
}

/** The last line of the log of a Job, which has to succeed. */
export async function succeed(lab: Lab, task: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, log } = await lab.run(NAMESPACE, task, { env });
  if (code !== 0) throw new Error(log);
  return log.trimEnd().split('\n').at(-1) as string;
}
