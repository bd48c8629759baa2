import { OF_NAMESPACES, RESERVED_FOR_PARTS, TASKS_OF_PARTS } from '../../lib/config/application-name';
import { otherNames } from '../../lib/parts/postgres/databases';
import { DATABASE_NAME, ROLE_NAME } from '../../lib/parts/postgres/server-settings';
import type { Report } from './references';
import type { ApplicationConfig } from './settings';
import { dumpNames, dumpsIn } from './storage';

/** What is made beside services, with the place that it comes from. */
function madeNames({ services, database, redis, queue, seedData }: ApplicationConfig): ReadonlyMap<string, string> {
  const tasks = (part: keyof typeof TASKS_OF_PARTS) =>
    TASKS_OF_PARTS[part].map((name): [string, string] => [name, part]);
  const migrations = Object.keys(database?.databases ?? {}).map((name): [string, string] => [
    `migrations-${name.replaceAll('_', '-')}`,
    'database',
  ]);
  const beside = Object.entries(services).flatMap(([name, { beforeDeploy, storage }]): [string, string][] => [
    ...(beforeDeploy === undefined || beforeDeploy === 'none'
      ? []
      : [[`${name}-before-deploy`, `services.${name}.beforeDeploy`] as [string, string]]),
    ...(Object.values(storage).some(({ access }) => access !== 'many')
      ? [[`${name}-pods`, `services.${name}.storage`] as [string, string]]
      : []),
    // The Secret of the repository is backup-credentials, as that of a service called backup would be.
    ...dumpsIn(storage).flatMap(({ path }) =>
      [...Object.values(dumpNames(name, path)), 'backup'].map((made): [string, string] => [
        made,
        `services.${name}.storage`,
      ]),
    ),
  ]);
  return new Map([
    ...OF_NAMESPACES.map((name): [string, string] => [name, 'every namespace']),
    ...(database === undefined ? [] : [...tasks('database'), ...migrations]),
    ...(redis === undefined ? [] : tasks('redis')),
    ...(queue === undefined ? [] : tasks('queue')),
    ...(seedData === undefined ? [] : [['seed-data', 'seedData'] as [string, string]]),
    ...beside,
  ]);
}

/** Checks that each service has a name of its own. */
export function checkNames(settings: ApplicationConfig, report: Report): void {
  const { services, external } = settings;
  const made = madeNames(settings);
  const reserved = [
    ...RESERVED_FOR_PARTS,
    ...(settings.database?.pgbouncer === undefined ? [] : ['pgbouncer']),
    ...(settings.queue === undefined ? [] : ['rabbitmq']),
  ];
  for (const [group, names] of Object.entries({ services, external })) {
    for (const name of Object.keys(names)) {
      if (reserved.includes(name)) report([group, name], `given ${name}, which names a part; expected another name`);
    }
  }
  for (const name of Object.keys(services)) {
    const owner = made.get(name);
    if (owner !== undefined) report(['services', name], `given ${name}, which ${owner} has; expected another name`);
  }
  for (const name of Object.keys(external)) {
    if (Object.hasOwn(services, name))
      report(['external', name], `given ${name}, which is a service too; expected another name`);
  }
}

/** Checks the names of databases and of the roles that own them, of which those that dump and restore own none. */
export function checkDatabases(application: string, { database }: ApplicationConfig, report: Report): void {
  if (database === undefined) return;
  const prefix = application.replaceAll('-', '_');
  const names = Object.entries(database.databases);
  if (names.length === 0)
    report(['database', 'databases'], 'given none, expected at least one, or nothing: then it is named like this file');
  for (const [index, [name, { user = name }]] of names.entries()) {
    const path = ['database', 'databases', name];
    if (!DATABASE_NAME.test(name))
      report(path, `given ${name}, which PostgreSQL reserves; expected databases: { …: {} } with another name`);
    else if (!ROLE_NAME.test(user))
      report(path, `given the owner ${user}, which PostgreSQL reserves; expected user: …`);
    if (index > 0 && ['admin', 'all'].includes(name))
      report(path, `given ${name}, which a restore takes for a command; expected another name`);
    const others = otherNames(database, { name, user });
    if (others !== undefined) report(path, `given ${name} with the owner ${user}, expected ${others}`);
    if ([`${prefix}_backup`, `${prefix}_restore`].includes(user))
      report(path, `given the owner ${user}, a role that dumps or restores all databases; expected another one`);
  }
}

/** Checks that a database is migrated by one service only. */
export function checkMigrations({ services, database }: ApplicationConfig, report: Report): void {
  const owners = new Map<string, string>();
  for (const [name, { migrations }] of Object.entries(services)) {
    if (migrations === undefined) continue;
    const of = migrations.database ?? Object.keys(database?.databases ?? {})[0] ?? '';
    const other = owners.get(of);
    if (other !== undefined)
      report(
        ['services', name, 'migrations'],
        `given migrations of the database ${of}, which ${other} migrates already, expected those of one service`,
      );
    owners.set(of, name);
  }
}
