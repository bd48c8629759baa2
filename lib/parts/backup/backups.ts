import type { Secret } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import type { Task } from '../../model/task';
import type { DataServer } from '../postgres/servers';
import { type BackupProps, backup, removal, restore, restoreDrill } from './backup';
import { repositoryOf } from './repository';
import type { BackupsConfig } from './settings';

/** The props of {@link backups}. */
export type BackupsProps = Omit<BackupProps, 'restic' | 'repository' | 'parallel'> & {
  readonly source: SecretSource;
  /** The settings from the environment file. @default - no backups */
  readonly config: BackupsConfig | undefined;
  /** The server that drills restore to. @default - the servers that serve */
  readonly drillServer?: DataServer | undefined;
  /** Adds the Job that drops removed tenants; `administrators` as there. @default - no tenant is removed */
  readonly removal?: { readonly administrators: Readonly<Record<string, Secret>> };
};

/**
 * The backup tasks of a system: dumps, a restore drill, a manual restore and, on request, the removal of tenants.
 *
 * @example
 * const tasks = backups({
 *   system, namespace, source, servers, tables, rolePasswords,
 *   config: settings.backups,
 *   image: settings.postgresClient,
 *   role: 'shop_backup', restoreRole: 'shop_restore', adminDatabase: 'shop', host: 'shop-production',
 * });
 */
export function backups({ source, config, drillServer, removal: removes, ...props }: BackupsProps): Task[] {
  if (config === undefined) return [];
  const { namespace } = props;
  const repository = repositoryOf(namespace, source, config);
  const common: BackupProps = { ...props, restic: config.restic, parallel: config.parallel, repository };
  const { hour, every, keep, drill, pushgateway } = config;
  return [
    backup({ ...common, hour, every, keep, pushgateway }),
    restoreDrill({ ...common, hour, drill: { ...drill, server: drillServer } }),
    restore(common),
    ...(removes === undefined ? [] : [removal({ ...common, ...removes })]),
  ];
}
