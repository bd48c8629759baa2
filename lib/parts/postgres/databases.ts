import { expectedOneOf } from '../../base/nearest';
import { DATABASE_NAME, ROLE_NAME } from './server-settings';

/** A database of an application. */
export interface OwnedDatabase {
  readonly name: string;
  /** The role that owns it, and may enter no database but its own. Databases with the same owner share its password. */
  readonly user: string;
  /**
   * The PostgreSQL extensions that provisioning creates in it, with those that they need: `['pg_trgm', 'uuid-ossp']`. The administrator of the
   * server creates them, who is no superuser on a server in the cluster; and a restore of a dump creates them as a role without privileges.
   * So all of them have to be trusted ones, which `pg_available_extension_versions` tells. One that is taken off this list stays in the
   * database. Source: postgresql.org, CREATE EXTENSION.
   *
   * @default - none
   */
  readonly extensions?: readonly string[];
}

/** The roles of CloudNativePG itself, and names that none of its objects can end in. */
const OPERATOR_NAMES = /^(streaming_replica|cnpg_.*)$|_$/;

/** The console of PgBouncer, and its own users. */
const POOLER_NAMES = /^pgbouncer(_console|_stats)?$/;

/**
 * Which other names a database and its owner need, for what runs their server or stands before it.
 *
 * @returns undefined when they can have their names
 */
export function otherNames(
  { kind, pgbouncer }: { readonly kind: string; readonly pgbouncer?: object | undefined },
  { name, user }: Pick<OwnedDatabase, 'name' | 'user'>,
): string | undefined {
  const isAny = (pattern: RegExp) => pattern.test(name) || pattern.test(user);
  if (pgbouncer !== undefined && isAny(POOLER_NAMES)) return 'other names than those of PgBouncer and its users';
  if (kind === 'cloudnative-pg' && isAny(OPERATOR_NAMES))
    return 'other names than those of the roles of CloudNativePG, which end in a letter or a digit, as its objects do';
  return undefined;
}

/** What a restore takes for something else than the name of a database: see `lib/parts/backup/restore.sh`. */
const WORDS_OF_RESTORE = ['admin', 'all'];

const EXTENSION_NAME = /^[a-z][a-z0-9_-]{0,62}$/;

function problemOf(
  { name, user, extensions = [] }: OwnedDatabase,
  index: number,
  databases: readonly OwnedDatabase[],
  roles: readonly string[],
): string | undefined {
  const wrong = extensions.find((extension) => !EXTENSION_NAME.test(extension));
  if (!DATABASE_NAME.test(name)) return `expected a name such as shop, which PostgreSQL does not reserve`;
  if (databases.findIndex((other) => other.name === name) !== index) return 'expected each database once';
  if (index > 0 && WORDS_OF_RESTORE.includes(name))
    return `expected another name: a restore takes ${name} for a command`;
  if (!ROLE_NAME.test(user)) return `expected an owner such as ${name}, which PostgreSQL does not reserve, not ${user}`;
  if (roles.includes(user)) return `expected another owner than ${user}, who dumps or restores all databases`;
  return wrong === undefined ? undefined : `expected the names of extensions such as pg_trgm, not ${wrong}`;
}

/**
 * Checks the databases of an application, of which the first is the admin database.
 *
 * @param roles the roles that dump and restore, which own no database
 * @throws when a name is reserved or given twice
 */
export function checkDatabases(databases: readonly OwnedDatabase[], roles: readonly string[]): void {
  for (const [index, database] of databases.entries()) {
    const problem = problemOf(database, index, databases, roles);
    if (problem !== undefined) throw new Error(`given the database ${database.name}, ${problem}`);
  }
}

/**
 * The database of a name.
 *
 * @throws when there is none
 */
export function databaseOf<One extends { readonly name: string }>(databases: readonly One[], name: string): One {
  const found = databases.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = databases.map((one) => one.name);
  throw new Error(`given the database ${name}, ${expectedOneOf(names, name)}`);
}

/** A table of the databases for scripts, one per line: name, owner and extensions, separated by tabs, and extensions by spaces. */
export function databaseTable(databases: readonly OwnedDatabase[]): string {
  return databases.map(({ name, user, extensions = [] }) => `${name}\t${user}\t${extensions.join(' ')}\n`).join('');
}
