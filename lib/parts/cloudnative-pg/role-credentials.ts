import { roleObjectName } from '../../model/postgres-cluster';
import { Secret, type SecretValue } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';

export interface RoleCredentialsProps {
  readonly namespace: string;
  /** The cluster that has it, where several have one of that name. @default - there is one */
  readonly cluster?: string;
  /** The name of the role. */
  readonly role: string;
  readonly source: SecretSource;
  readonly password: SecretValue;
  /** The role is made without a password that is not there yet, and nobody logs in as it; else it has to be there. @default false */
  readonly optional?: boolean;
  /** Counts the changes of the password. @default 0 */
  readonly revision?: number;
}

/** The password of a role as the operator reads it. A change of it is applied at once. Source: cloudnative-pg.io, Role management. */
export function roleCredentials(props: RoleCredentialsProps): Secret {
  const { namespace, cluster, role, source, password, optional, revision = 0 } = props;
  const name = `${cluster === undefined ? '' : `${cluster}-`}${roleObjectName(role)}-role`;
  return new Secret({
    ...{ namespace, name, source, revision },
    externalName: `${name}-external-secret`,
    values: { username: { template: [role] }, password },
    extractFrom: optional && 'remote' in password ? [password.remote] : [],
    type: 'kubernetes.io/basic-auth',
    labels: { 'cnpg.io/reload': 'true' },
  });
}
