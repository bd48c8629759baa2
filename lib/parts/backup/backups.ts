import { addresses } from '../../model/connection';
import { Secret } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import type { Task } from '../../model/task';
import type { DataServer } from '../postgres/servers';
import { type BackupProps, backup, removal, restore, restoreDrill } from './backup';
import type { BackupsConfig, StoreBackupsConfig } from './settings';

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

/** The restic repository of the settings, and the Secret with its password and access key. */
export function repositoryOf(
  namespace: string,
  source: SecretSource,
  config: StoreBackupsConfig,
): BackupProps['repository'] {
  const secret = new Secret({
    namespace,
    name: 'backup-credentials',
    externalName: 'backup-external-secret',
    source,
    values: {
      RESTIC_PASSWORD: {
        remote: 'backups',
        property: 'restic-password',
        about: 'password of the restic repository: dumps cannot be read without it',
        random: true,
        permanent: true,
        development: 'development',
      },
      AWS_ACCESS_KEY_ID: {
        remote: 'backups',
        property: 'access-key-id',
        about: 'ID of the access key of the S3 bucket with the dumps',
        development: 'development',
      },
      AWS_SECRET_ACCESS_KEY: {
        remote: 'backups',
        property: 'secret-access-key',
        about: 'secret of the access key of the S3 bucket with the dumps',
        development: 'development',
      },
    },
  });
  const key = secret.pick('RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
  return {
    url: config.repository,
    connection: addresses('the S3 store of the backups', config.addresses, config.port, 's3'),
    password: key.RESTIC_PASSWORD,
    accessKeyId: key.AWS_ACCESS_KEY_ID,
    secretAccessKey: key.AWS_SECRET_ACCESS_KEY,
  };
}

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
  const { hour, keep, drill, pushgateway } = config;
  return [
    backup({ ...common, hour, keep, pushgateway }),
    restoreDrill({ ...common, hour, drill: { ...drill, server: drillServer } }),
    restore(common),
    ...(removes === undefined ? [] : [removal({ ...common, ...removes })]),
  ];
}
