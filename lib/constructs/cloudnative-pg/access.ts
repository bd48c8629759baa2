import type { ClusterRole } from '../../model/postgres-cluster';

/** Whether somebody may log in as a role. */
export function mayLogIn({ password, databases = [] }: ClusterRole): boolean {
  return password !== undefined && databases.length > 0;
}

/** A name in quotes is never a keyword. */
const quoted = (name: string) => `"${name}"`;

/**
 * Who may connect to what, with TLS and a password: exactly the roles and databases that are said, and nobody else. Who is no longer
 * said is kept out by the server at once, whatever privileges are left.
 * Source: postgresql.org, The pg_hba.conf File; cloudnative-pg.io, PostgreSQL Configuration: these rules stand before `host all all all`.
 */
export function accessRules(roles: readonly ClusterRole[]): string[] {
  const rules = roles.filter(mayLogIn).flatMap(({ name, databases = [] }) => {
    const all = databases === 'all' ? ['all'] : databases.map(quoted);
    return all.map((database) => `hostssl ${database} ${quoted(name)} all scram-sha-256`);
  });
  return [...rules, 'host all all all reject'];
}
