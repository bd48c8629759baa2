import { addresses } from '../../model/connection';
import { Secret } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import type { Task } from '../../model/task';
import { type BackupProps, backup, removal, restore, restoreDrill } from './backup';
import type { BackupsConfig } from './settings';

type Props = Omit<BackupProps, 'restic' | 'repository' | 'parallel'> & {
  readonly source: SecretSource;
  /** @default - none are made */
  readonly config: BackupsConfig | undefined;
  /** Who drops the roles of tenants that are removed. @default - no tenant is */
  readonly removal?: { readonly administrators: Readonly<Record<string, Secret>> };
};

/** Where dumps are kept, with what opens it. */
export function repositoryOf(
  namespace: string,
  source: SecretSource,
  config: BackupsConfig,
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
        about: 'encrypts the dumps: keep a copy elsewhere',
        random: true,
        development: 'development',
      },
      AWS_ACCESS_KEY_ID: {
        remote: 'backups',
        property: 'access-key-id',
        about: 'access key of the store of the dumps',
        development: 'development',
      },
      AWS_SECRET_ACCESS_KEY: {
        remote: 'backups',
        property: 'secret-access-key',
        about: 'the secret of that access key',
        development: 'development',
      },
    },
  });
  const key = secret.pick('RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
  return {
    url: config.repository,
    connection: addresses('the store of the backups', config.addresses, config.port, 's3'),
    password: key.RESTIC_PASSWORD,
    accessKeyId: key.AWS_ACCESS_KEY_ID,
    secretAccessKey: key.AWS_SECRET_ACCESS_KEY,
  };
}

/** Dumps, the drill that restores them, what restores one by hand, and what drops a tenant after its last dump. */
export function backups({ source, config, removal: removes, ...props }: Props): Task[] {
  if (config === undefined) return [];
  const { namespace } = props;
  const repository = repositoryOf(namespace, source, config);
  const common: BackupProps = { ...props, restic: config.restic, parallel: config.parallel, repository };
  const { hour, keep, drill } = config;
  return [
    backup({ ...common, hour, keep }),
    restoreDrill({ ...common, hour, drill }),
    restore(common),
    ...(removes === undefined ? [] : [removal({ ...common, ...removes })]),
  ];
}
