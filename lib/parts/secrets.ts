import type { Environment } from '../config/environment';
import type { SecretsConfig } from '../config/secrets';
import { Secret, type SecretValue } from '../model/secret';
import type { SecretSource } from '../model/secret-source';

/**
 * The source of a system's secrets in an environment. Remote keys begin with `<system>/` in `prod` and with
 * `<system>-<environment>/` elsewhere, unless the settings have a prefix, so that environments can share a store.
 *
 * @param own the names of the SecretStore and of the ServiceAccount that it authenticates
 */
export function secretSource(
  system: string,
  settings: SecretsConfig,
  { name }: Environment,
  own: { readonly storeName: string; readonly serviceAccount: string },
): SecretSource {
  if (settings.kind !== 'external') return settings;
  return { ...settings, ...own, prefix: settings.prefix ?? (name === 'prod' ? system : `${system}-${name}`) };
}

/** The password of a database role: a property of the JSON secret `roles`. */
export function rolePassword(role: string): SecretValue {
  return {
    remote: 'roles',
    property: role,
    about: `password of the role ${role}`,
    random: true,
    ofRole: true,
    development: `development-${role}`,
  };
}

/**
 * The Secret with the passwords of a system's own database roles, by role name. Its revision key lets provisioning wait until it is up to
 * date.
 */
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
