import type { Secret } from '../model/secret';

/** Tenants, of whom `tenants.tsv` has a line each. Each has a database and a role, whose name is the prefix and the slug. */
export interface Tenants {
  /** What the names of their databases and roles begin with. */
  readonly prefix: string;
  /** The passwords of their roles, a key for each slug. */
  readonly tenantPasswords: Secret;
}
