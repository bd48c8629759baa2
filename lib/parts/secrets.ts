import type { Environment } from '../config/environment';
import type { SecretsConfig } from '../config/secrets';
import { Secret, type SecretValue } from '../model/secret';
import type { SecretSource } from '../model/secret-source';

/** `<system>/…` in production, `<system>-staging/…` in staging: one store may serve them all. */
export function secretSource(
  system: string,
  settings: SecretsConfig,
  { name, production }: Environment,
  own: { readonly storeName: string; readonly serviceAccount: string },
): SecretSource {
  if (settings.kind !== 'external') return settings;
  return { ...settings, ...own, prefix: settings.prefix ?? (production ? system : `${system}-${name}`) };
}

/** A role's password: a property of one JSON secret. */
export function rolePassword(role: string): SecretValue {
  return {
    remote: 'roles',
    property: role,
    about: `password of the role ${role}`,
    random: true,
    development: `development-${role}`,
  };
}

/** The passwords of a system's own roles, a key each. Who makes the roles waits for its revision. */
export function rolePasswordsSecret(namespace: string, source: SecretSource, roles: readonly string[]): Secret {
  return new Secret({
    namespace,
    name: 'database-roles',
    externalName: 'database-roles-external-secret',
    source,
    values: Object.fromEntries(roles.map((role) => [role, rolePassword(role)])),
    revisionKey: true,
  });
}
