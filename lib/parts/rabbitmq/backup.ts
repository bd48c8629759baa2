import { hostOf, portOf } from '../../model/address';
import type { Component } from '../../model/component';
import { Config } from '../../model/config';
import { to } from '../../model/connection';
import type { SecretKey } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import type { Task } from '../../model/task';
import { repositoryOf } from '../backup/repository';
import type { BackupsConfig } from '../backup/settings';
import { dumps } from '../dump/dump';
import exportScript from './export.sh';
import { MANAGEMENT } from './rabbitmq';

const SCRIPTS = '/etc/berth/rabbitmq';

/** What the backups of RabbitMQ's definitions need. */
export interface DefinitionsBackupProps {
  /** The server, made by `rabbitMq()`. */
  readonly server: Component;
  /** The password of its user `backup`. */
  readonly password: SecretKey;
  readonly source: SecretSource;
  readonly backups: BackupsConfig;
  /** The host name of the snapshots in restic: `<system>-<environment>`. */
  readonly host: string;
}

/**
 * The backups of RabbitMQ's definitions, without messages: a nightly CronJob that asks its HTTP API for them, and a daily one that reads the
 * newest back. Source: rabbitmq.com, Definitions Export and Import; Backup and Restore.
 */
export function definitionsBackup({ server, password, source, backups, host }: DefinitionsBackupProps): Task[] {
  const { system, namespace, name } = server;
  const scripts = new Config(namespace, `${name}-backup-scripts`, { 'export.sh': exportScript });
  return dumps({
    system,
    namespace,
    names: { dump: `${name}-backup`, drill: `${name}-restore-drill` },
    from: 'backups',
    container: {
      name,
      image: backups.restic,
      env: { RABBITMQ_HOST: hostOf(server), RABBITMQ_PORT: portOf(server, MANAGEMENT), BACKUP_PASSWORD: password },
      mounts: [{ path: SCRIPTS, from: scripts }],
      scratch: [{ path: '/tmp' }],
      resources: { cpu: { request: '50m', limit: '1' }, memory: { request: '128Mi', limit: '128Mi' } },
    },
    command: ['/bin/sh', `${SCRIPTS}/export.sh`],
    connectsTo: [to(server, MANAGEMENT)],
    repository: repositoryOf(namespace, source, backups),
    folder: name,
    host,
    config: backups,
  });
}
