import type { Secret } from '../model/secret';

/** The tenants in `tenants.tsv`. Each has a database and a role, both named `<prefix><slug>`. */
export interface Tenants {
  /** The prefix of their databases and roles, such as `tenant_`. */
  readonly prefix: string;
  /** The passwords of their roles, by slug. */
  readonly tenantPasswords: Secret;
}
