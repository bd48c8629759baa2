/** The roles of the data tier. None is a superuser, and each pod knows the passwords of those alone that it connects as. */
export const ROLES = {
  /** Owns the admin database and migrates it. */
  owner: 'salient_migrations',
  /** chat-api's: reads the tenant registry. */
  reader: 'salient_chat',
  /** admin-api's: writes the tenant registry. */
  writer: 'salient_admin_api',
  /** Dumps and restores. */
  backup: 'salient_backup',
  /** Loads dumps into new databases, and gets in nowhere else. */
  restore: 'salient_restore',
} as const;

/** Reads PgBouncer's statistics, for its exporter; no server knows it. */
export const STATS_USER = 'pgbouncer_stats';

/** What the names of tenants' databases and roles begin with. */
export const TENANT_PREFIX = 'tenant_';

/** The database of a tenant, and its role. A slug has no underscores, so that no two of them meet. */
export function databaseOf(slug: string): string {
  return `${TENANT_PREFIX}${slug.replaceAll('-', '_')}`;
}

/** What the URLs of databases begin with: SQLAlchemy's asyncpg dialect and libpq name it differently. */
export function schemeOf(driver: 'asyncpg' | 'libpq'): string {
  return driver === 'asyncpg' ? 'postgresql+asyncpg' : 'postgresql';
}
