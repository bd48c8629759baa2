import { roleObjectName } from '../../model/postgres-cluster';
import { Secret, type SecretValue } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';

/** The password of one role of a CloudNativePG cluster. */
export interface RoleCredentialsProps {
  readonly namespace: string;
  /** A prefix of the Secret's name, needed if several clusters have a role of that name. @default - no prefix */
  readonly cluster?: string;
  /** The name of the role. */
  readonly role: string;
  readonly source: SecretSource;
  readonly password: SecretValue;
  /** Whether the password may be missing in the store: then the role is created without one and cannot log in. @default false */
  readonly optional?: boolean;
  /** Increase it after each change of the password. @default 0 */
  readonly revision?: number;
}

/**
 * The Secret from which the operator sets the password of a role. It applies changes at once.
 * Source: cloudnative-pg.io, PostgreSQL Role Management.
 */
export function roleCredentials(props: RoleCredentialsProps): Secret {
  const { namespace, cluster, role, source, password, optional, revision = 0 } = props;
  const name = `${cluster === undefined ? '' : `${cluster}-`}${roleObjectName(role)}-role`;
  return new Secret({
    ...{ namespace, name, source, revision },
    externalName: `${name}-external-secret`,
    values: { username: { template: [role] }, password: { ...password, ofRole: true } },
    extractFrom: optional && 'remote' in password ? [password.remote] : [],
    type: 'kubernetes.io/basic-auth',
    labels: { 'cnpg.io/reload': 'true' },
  });
}
