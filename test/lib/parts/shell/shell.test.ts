import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../../../lib/model/config';
import { backupScripts } from '../../../../lib/parts/backup/scripts';
import { migrationScripts } from '../../../../lib/parts/migrations/migrations';
import { provisioningScripts } from '../../../../lib/parts/provisioning/provisioning';
import { redisBackupScripts } from '../../../../lib/parts/redis/backup';
import { ROOT } from '../../../support';

/** The scripts and queries of a folder, by name. */
function filesOf(folder: string): Map<string, string> {
  const names = readdirSync(join(ROOT, 'lib/parts', folder)).filter((name) => !name.endsWith('.ts'));
  return new Map(names.map((name) => [name, readFileSync(join(ROOT, 'lib/parts', folder, name), 'utf8')]));
}

const SHARED = filesOf('shell');
/** What Redis itself has of its folder. */
const OF_REDIS = ['ping.sh', 'redis.conf', 'redis.sh'];

const PARTS: readonly [string, Config, readonly string[]][] = [
  ['backup', backupScripts('shop'), []],
  ['migrations', migrationScripts('shop'), []],
  ['provisioning', provisioningScripts('shop'), []],
  ['redis', redisBackupScripts('shop'), OF_REDIS],
];

test.each(PARTS)('%s: its scripts find what they read, and nothing else is mounted', (folder, { data }, others) => {
  const own = [...filesOf(folder)].filter(([name]) => !others.includes(name));
  const read = Object.values(data).flatMap((text) =>
    [...String(text).matchAll(/^\. "\$SCRIPTS\/(.+)"$/gm)].map(([, name]) => name as string),
  );
  const shared = [...SHARED].filter(([name]) => read.includes(name));
  expect(read.filter((name) => !(name in data))).toEqual([]);
  expect(shared.length).toBeGreaterThan(0);
  expect(data).toEqual(Object.fromEntries([...own, ...shared]));
});

test('no part has a file, or a function, that all of them share', () => {
  const functionsOf = (text: string) => [...text.matchAll(/^(\w+)\(\) [{(]/gm)].map(([, name]) => name as string);
  const functions = [...SHARED.values()].flatMap(functionsOf);
  expect(functions).toContain('say');
  for (const [folder] of PARTS) {
    for (const [name, text] of filesOf(folder)) {
      expect([...SHARED.keys()]).not.toContain(name);
      expect([name, functionsOf(text).filter((one) => functions.includes(one))]).toEqual([name, []]);
    }
  }
});
