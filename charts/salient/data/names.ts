/** The roles of the data tier. None is a superuser, and each pod has only the passwords of the roles that it connects as. */
export const ROLES = {
  /** Owns the admin database and migrates it. */
  owner: 'salient_migrations',
  /** chat-api's: reads the tenant registry. */
  reader: 'salient_chat',
  /** admin-api's: writes the tenant registry. */
  writer: 'salient_admin_api',
  /** Dumps and restores. */
  backup: 'salient_backup',
  /** Loads dumps into new databases; it has no access to others. */
  restore: 'salient_restore',
} as const;

/** The prefix of the names of tenants' databases and roles. */
export const TENANT_PREFIX = 'tenant_';

/** The name of a tenant's database and of its role. It is unique, since a slug has no underscores. */
export function databaseOf(slug: string): string {
  return `${TENANT_PREFIX}${slug.replaceAll('-', '_')}`;
}

/** The scheme of database URLs, which SQLAlchemy's asyncpg dialect and libpq name differently. */
export function schemeOf(driver: 'asyncpg' | 'libpq'): string {
  return driver === 'asyncpg' ? 'postgresql+asyncpg' : 'postgresql';
}
