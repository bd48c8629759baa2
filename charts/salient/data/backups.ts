import type { SalientConfig } from '../../../config/salient';
import {
  addresses,
  type BackupProps,
  backup,
  backupScripts,
  type Config,
  removal,
  restore,
  restoreDrill,
  Secret,
  type SecretSource,
  type Task,
} from '../../../constructs';

/** What backups add to a system. */
export interface Backups {
  readonly tasks: readonly Task[];
  readonly configs: readonly Config[];
  readonly secrets: readonly Secret[];
}

type Props = Omit<BackupProps, 'restic' | 'scripts' | 'repository' | 'parallel'> & {
  readonly source: SecretSource;
  readonly settings: Pick<SalientConfig, 'backups' | 'tenants'>;
  readonly administrators: Readonly<Record<string, Secret>>;
};

/** Dumps, the drill that restores them, what restores one by hand, and what drops a tenant after its last dump. */
export function backups({ source, settings, administrators, ...props }: Props): Backups {
  const { backups: config, tenants } = settings;
  if (config === undefined) return { tasks: [], configs: [], secrets: [] };
  const { namespace } = props;
  const credentials = new Secret({
    namespace,
    name: 'backup-credentials',
    externalName: 'backup-external-secret',
    source,
    values: {
      RESTIC_PASSWORD: { remote: 'backups', property: 'restic-password', development: 'development' },
      AWS_ACCESS_KEY_ID: { remote: 'backups', property: 'access-key-id', development: 'development' },
      AWS_SECRET_ACCESS_KEY: { remote: 'backups', property: 'secret-access-key', development: 'development' },
    },
  });
  const key = credentials.pick('RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
  const scripts = backupScripts(namespace);
  const common: BackupProps = {
    ...props,
    scripts,
    restic: config.restic,
    parallel: config.parallel,
    repository: {
      url: config.repository,
      connection: addresses('the store of the backups', config.addresses, config.port),
      password: key.RESTIC_PASSWORD,
      accessKeyId: key.AWS_ACCESS_KEY_ID,
      secretAccessKey: key.AWS_SECRET_ACCESS_KEY,
    },
  };
  const { hour, keep, drill } = config;
  return {
    tasks: [
      backup({ ...common, hour, keep }),
      restoreDrill({ ...common, hour, drill }),
      restore(common),
      ...(tenants.some(({ state }) => state === 'removed') ? [removal({ ...common, administrators })] : []),
    ],
    configs: [scripts],
    secrets: [credentials],
  };
}
