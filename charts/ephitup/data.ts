import type { Environment } from '../../lib/config/environment';
import { hostOfPods, type Text, textOf, urlOf } from '../../lib/model/address';
import type { Component } from '../../lib/model/component';
import { Config } from '../../lib/model/config';
import { addresses, type Connection, to } from '../../lib/model/connection';
import type { Storage } from '../../lib/model/storage';
import { type Task, task } from '../../lib/model/task';
import { Duration } from '../../lib/model/units';
import { repositoryOf } from '../../lib/parts/backup/repository';
import { snapshotHost } from '../../lib/parts/data-store';
import { type SurrealBackupProps, surrealBackups } from '../../lib/parts/surrealdb/backup';
import { SURREALDB_PORT, surrealdb } from '../../lib/parts/surrealdb/surrealdb';
import { credentialsOf, namespaceOf, SYSTEM, sourceOf } from './configuration';
import { DATABASE_FOLDER, DATABASE_PATH, FILES_FOLDER } from './processes';
import copyFiles from './scripts/copy-files.sh';
import type { EphitupConfig } from './settings';

/** The claims. Both shapes mount the same one of the database; that of the files has another access mode in each, which is immutable. */
const CLAIMS = { database: 'ephitup-database', single: 'ephitup-files', split: 'ephitup-shared-files' } as const;

/** The volume of the database, by whichever pod mounts it. */
export function databaseVolume({ database }: EphitupConfig): Storage {
  if (database.kind === 'external') throw new Error('given an external database, expected one with a volume');
  const { storage: size, storageClass } = database;
  return { name: 'database', path: DATABASE_FOLDER, claim: CLAIMS.database, size, storageClass };
}

/** The volume of the files: of the one pod, or shared by api and worker; none in the shape split with S3. */
export function filesVolume({ shape, files, s3 }: EphitupConfig): Storage | undefined {
  const stage = files.copyFrom === undefined ? undefined : 'migrations';
  const volume = { name: 'files', path: FILES_FOLDER, claim: CLAIMS[shape], size: files.storage, stage } as const;
  if (shape === 'single') return { ...volume, storageClass: files.storageClass };
  return s3 === undefined || files.shared !== undefined
    ? { ...volume, access: 'many', storageClass: files.shared?.storageClass }
    : undefined;
}

/** The database, from the view of its clients. */
export interface Database {
  readonly connection: Connection;
  /** Of its HTTP API, for backups and checks. */
  readonly endpoint: Text;
  /** The URL of its WebSocket. */
  readonly url: Text;
  /** @default - an external server */
  readonly component?: Component;
}

/** The database of the shape split: a pod of its own, or a managed server. */
export function databaseServer(environment: Environment, settings: EphitupConfig): Database {
  const { database, app } = settings;
  if (database.kind === 'external') {
    const { host, port } = database;
    const connection = addresses('SurrealDB', database.addresses, port, 'other');
    return { connection, endpoint: `https://${host}:${port}`, url: `wss://${host}:${port}/rpc` };
  }
  const secret = credentialsOf(environment, settings);
  const component = surrealdb({
    system: SYSTEM,
    namespace: namespaceOf(environment),
    image: database,
    user: { secret, key: 'SURREAL_USER' },
    password: { secret, key: 'SURREAL_PASS' },
    resources: database,
    storage: databaseVolume(settings),
    path: DATABASE_PATH,
    runAs: app.user,
  });
  return {
    component,
    connection: to(component),
    endpoint: urlOf(component),
    url: urlOf(component, { scheme: 'ws', path: '/rpc' }),
  };
}

/** The database inside the pod of the shape single: only backups connect to it from outside. */
export function databaseInside(component: Component): Omit<Database, 'url'> {
  return {
    connection: to(component, 'database'),
    endpoint: textOf('http://', hostOfPods(component), `:${SURREALDB_PORT}`),
  };
}

/** The backup tasks, with the files where they are on a volume; none without backups in the settings. */
export function backupTasks(
  environment: Environment,
  settings: EphitupConfig,
  database: Pick<Database, 'connection' | 'endpoint'>,
  pod?: Component,
): Task[] {
  const { backups, app, single } = settings;
  if (backups === undefined) return [];
  const namespace = namespaceOf(environment);
  const secret = credentialsOf(environment, settings);
  const files = filesVolume(settings);
  const props: SurrealBackupProps = {
    system: SYSTEM,
    namespace,
    ...database,
    user: { secret, key: 'SURREAL_USER' },
    password: { secret, key: 'SURREAL_PASS' },
    client: settings.database,
    repository: repositoryOf(namespace, sourceOf(environment, settings), backups),
    host: snapshotHost({ system: SYSTEM, environment }),
    config: backups,
    size: settings.database.kind === 'external' ? '10Gi' : settings.database.storage,
    files: files && { claim: files.claim as string, ...(pod && { with: pod }) },
    runAs: { user: app.user, root: settings.shape === 'single' ? single.root : undefined },
  };
  return surrealBackups(props);
}

/** The Job that copies the files when the shape is switched; none unless the settings ask for it. */
export function copyTasks(environment: Environment, settings: EphitupConfig): Task[] {
  const { shape, files, single } = settings;
  if (files.copyFrom === undefined) return [];
  const [from, target] = [CLAIMS[files.copyFrom], CLAIMS[shape]];
  const namespace = namespaceOf(environment);
  return [
    task({
      system: SYSTEM,
      namespace,
      name: 'copy-files',
      from: 'files.copyFrom',
      user: settings.app.user,
      root: shape === 'single' ? single.root : undefined,
      stage: 'migrations',
      deadline: Duration.hours(6),
      volumes: [
        { claim: from, path: '/from' },
        { claim: target, path: '/to' },
      ],
      containers: [
        {
          name: 'copy-files',
          image: settings.database,
          command: ['/bin/sh', '/etc/berth/scripts/copy-files.sh'],
          env: { FROM: from, TO: target },
          mounts: [
            {
              path: '/etc/berth/scripts',
              from: new Config(namespace, 'copy-files-script', { 'copy-files.sh': copyFiles }),
            },
          ],
          resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '64Mi', limit: '256Mi' } },
        },
      ],
    }),
  ];
}
