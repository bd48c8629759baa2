import { replaceAddresses } from '../../../lib/model/address';
import { Secret } from '../../../lib/model/secret';
import { backups } from '../../../lib/parts/backup/settings';
import type { DataStore } from '../../../lib/parts/data-store';

/** Backup settings with the defaults. */
export const backupsConfig = backups(false).parse({
  repository: 's3:https://s3.example.com/backups',
  addresses: ['10.9.0.0/24'],
});

/** The URL of a data store with its development password. */
export function urlOf({ password, url }: Pick<DataStore, 'password' | 'url'>): string {
  const source = { kind: 'development', revision: 1 } as const;
  const values = { PASSWORD: password, URL: url('PASSWORD') };
  const secret = new Secret({ namespace: 'shop', name: 'api', externalName: 'api', source, values });
  return secret.developmentValue('URL', (text) => replaceAddresses(text, ({ part }) => `<${part}>`));
}
