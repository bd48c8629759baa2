import type { ClusterRole } from '../../model/postgres-cluster';

/** Whether a role may log in. */
export function mayLogIn({ password, databases = [] }: ClusterRole): boolean {
  return password !== undefined && databases.length > 0;
}

/** Quotes, so that a name is never taken for a keyword of pg_hba.conf. */
const quoted = (name: string) => `"${name}"`;

/**
 * Rules of pg_hba.conf: each role may connect to its databases with TLS and a password, all other connections are rejected. A removed
 * role is rejected at once, even if it still has privileges.
 * Source: postgresql.org, The pg_hba.conf File; cloudnative-pg.io, PostgreSQL Configuration: these rules come before `host all all all`.
 */
export function accessRules(roles: readonly ClusterRole[]): string[] {
  const rules = roles.filter(mayLogIn).flatMap(({ name, databases = [] }) => {
    const all = databases === 'all' ? ['all'] : databases.map(quoted);
    return all.map((database) => `hostssl ${database} ${quoted(name)} all scram-sha-256`);
  });
  return [...rules, 'host all all all reject'];
}
