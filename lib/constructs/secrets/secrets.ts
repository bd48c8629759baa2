import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import {
  ExternalSecret,
  ExternalSecretSpecRefreshPolicy,
  ExternalSecretSpecSecretStoreRefKind,
  ExternalSecretSpecTargetCreationPolicy,
  ExternalSecretSpecTargetDeletionPolicy,
  ExternalSecretSpecTargetTemplateEngineVersion,
  ExternalSecretSpecTargetTemplateMergePolicy,
} from '../../../imports/external-secrets.io';
import { isText } from '../../model/address';
import { keyIn, type Secret, type SecretValue, type TemplatePart } from '../../model/secret';
import type { ExternalSource } from '../../model/secret-source';
import { renderText } from '../addresses';
import { REVISION, waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { remoteKey, remoteRef, SecretStoreWithAccount } from './store';

/** Line breaks at the end of a password are no part of it, as in all scripts: see `lib/parts/shell/passwords.sh`. */
const PASSWORD = 'trimAll "\\n"';

/** Go's urlquery encodes a space as a plus sign, which stands for itself in the user part of a URL. */
function goTemplate(parts: readonly TemplatePart[], reference: (key: string) => string): string {
  return parts
    .map((part) => {
      if (isText(part)) return renderText(part);
      const value = `${reference(keyIn(part))} | ${PASSWORD}`;
      if ('plain' in part) return `{{ ${value} }}`;
      return 'quoted' in part
        ? `"{{ ${value} | replace "\\"" "\\"\\"" }}"`
        : `{{ ${value} | urlquery | replace "+" "%20" }}`;
    })
    .join('');
}

/** The keys with passwords: those in templates, and that of a role's credentials. */
function passwordsIn({ type, values }: Secret): ReadonlySet<string> {
  const templates = Object.values<SecretValue>(values).flatMap((value) => ('template' in value ? value.template : []));
  const composed = templates.flatMap((part) => (isText(part) ? [] : keyIn(part)));
  return new Set([...composed, ...(type === 'kubernetes.io/basic-auth' ? ['password'] : [])]);
}

/** The template of the Secret, if it is not just what was fetched. */
function templateOf(secret: Secret) {
  const values: [string, SecretValue][] = Object.entries(secret.values);
  const fetched = fetchedBy(secret);
  // `dataFrom` yields keys with the names of the properties; if they differ, a template renames them, and missing ones become empty.
  const renamed = secret.extractFrom.length > 0 && fetched.some(({ key, property }) => key !== property);
  const properties = new Map(fetched.map(({ key, property = key }) => [key, property]));
  // Go reads only letters, digits and underscores as the name of a field.
  const reference = (key: string) => {
    const name = renamed ? properties.get(key) : key;
    return renamed || /\W/.test(key) ? `index . "${name}"` : `.${name}`;
  };
  const passwords = passwordsIn(secret);
  const composed = values.flatMap(([key, value]) => {
    if ('template' in value) return [[key, goTemplate(value.template, reference)]];
    if (passwords.has(key)) return [[key, `{{ ${reference(key)} | ${PASSWORD} }}`]];
    return renamed ? [[key, `{{ ${reference(key)} }}`]] : [];
  });
  const isPlain = composed.length + Object.keys(secret.labels).length === 0 && secret.type === 'Opaque';
  if (isPlain) return undefined;
  const { MERGE, REPLACE } = ExternalSecretSpecTargetTemplateMergePolicy;
  return {
    engineVersion: ExternalSecretSpecTargetTemplateEngineVersion.V2,
    mergePolicy: renamed ? REPLACE : MERGE,
    ...(secret.type !== 'Opaque' && { type: secret.type }),
    ...(Object.keys(secret.labels).length > 0 && { metadata: { labels: secret.labels } }),
    ...(composed.length > 0 && { data: Object.fromEntries(composed) }),
  };
}

/** The values that come from the store, with their keys. */
function fetchedBy({ values }: Secret) {
  return Object.entries<SecretValue>(values).flatMap(([key, value]) => ('remote' in value ? [{ key, ...value }] : []));
}

interface SecretObjectProps {
  readonly system: string;
  readonly secret: Secret;
}

/** The ExternalSecret that fills a Secret from its store. */
class FromStore extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { system, secret, source }: SecretObjectProps & { readonly source: ExternalSource },
  ) {
    super(scope, id);
    const template = templateOf(secret);
    new ExternalSecret(this, 'externalsecret', {
      metadata: {
        namespace: secret.namespace,
        name: secret.externalName,
        labels: labelsOf(system),
        annotations: { [REVISION]: String(secret.revision), ...waveOf('foundation') },
      },
      spec: {
        // OnChange: after a change of this object, of which the revision is a part.
        ...(secret.fetchedByRevision
          ? { refreshPolicy: ExternalSecretSpecRefreshPolicy.ON_CHANGE }
          : { refreshInterval: source.refresh }),
        secretStoreRef: { name: source.storeName, kind: ExternalSecretSpecSecretStoreRefKind.SECRET_STORE },
        target: {
          name: secret.name,
          creationPolicy: ExternalSecretSpecTargetCreationPolicy.OWNER,
          // A key that is deleted in the store must not stop running pods.
          deletionPolicy: ExternalSecretSpecTargetDeletionPolicy.RETAIN,
          ...(template && { template }),
        },
        ...(secret.extractFrom.length > 0
          ? {
              dataFrom: secret.extractFrom.map((remote) => ({
                extract: { key: remoteKey(source, remote) },
              })),
            }
          : {
              data: fetchedBy(secret).map(({ key, remote, property }) => ({
                secretKey: key,
                remoteRef: remoteRef(source, remote, property),
              })),
            }),
      },
    });
  }
}

/** The Secret object with its public development values. */
class ForDevelopment extends Construct {
  constructor(scope: Construct, id: string, { system, secret }: SecretObjectProps) {
    super(scope, id);
    const values = Object.keys(secret.values).map((key) => [
      key,
      Buffer.from(secret.developmentValue(key, renderText)).toString('base64'),
    ]);
    new k8s.KubeSecret(this, 'secret', {
      metadata: {
        namespace: secret.namespace,
        name: secret.name,
        labels: { ...labelsOf(system), ...secret.labels },
        annotations: waveOf('foundation'),
      },
      type: secret.type,
      data: Object.fromEntries(values),
    });
  }
}

/**
 * The objects of a system's Secrets, by their source: a SecretStore and ExternalSecrets (`external`), none (`manual`), or the Secrets
 * themselves (`development`).
 */
export class Secrets extends Construct {
  constructor(scope: Construct, id: string, props: { readonly system: string; readonly secrets: readonly Secret[] }) {
    super(scope, id);
    const stores = new Set<string>();
    for (const secret of props.secrets) {
      const { source, namespace } = secret;
      const secretId = `${namespace}-${secret.name}`;
      if (source.kind === 'development') new ForDevelopment(this, secretId, { system: props.system, secret });
      if (source.kind !== 'external') continue;
      new FromStore(this, secretId, { system: props.system, secret, source });
      if (stores.has(namespace)) continue;
      stores.add(namespace);
      new SecretStoreWithAccount(this, `${namespace}-store`, { system: props.system, namespace, source });
    }
  }
}
