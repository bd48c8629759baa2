import { memoizeOf } from '../../base/memoize';
import type { ManifestObject } from '../../manifests/object';
import { clusterSecrets } from './cloudnative-pg';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf, fieldsAt, parseFieldPath } from './field-paths';
import { at, type Fields, listOf } from './pods';

/** The keys of a Secret or ConfigMap, or "any" if they are unknown. */
export type Keys = ReadonlySet<string> | 'any';

/** A Secret that an object is, or creates. */
interface SecretMaker {
  readonly namespace: string;
  readonly name: string;
  readonly keys: Keys;
  /** Whether the keys are added to an existing Secret. @default false */
  readonly adds?: boolean;
}

const NONE: Keys = new Set();
const TLS: Keys = new Set(['tls.crt', 'tls.key', 'ca.crt']);

function unionOfKeys(...all: readonly Keys[]): Keys {
  const known = all.filter((keys) => keys !== 'any');
  return known.length < all.length ? 'any' : new Set(known.flatMap((keys) => [...keys]));
}

/** The keys of maps. Other values have no keys. */
export function keysIn(...maps: readonly Fields[]): Keys {
  return new Set(maps.flatMap((map) => (typeof map === 'object' && map !== null ? Object.keys(map) : [])));
}

/** The keys that an entry of `dataFrom` fetches: fixed for a generated password, otherwise unknown. */
function generatedKeys(cluster: ClusterIndex, namespace: string, entry: Fields): Keys {
  const { kind = 'Password', name } = entry?.sourceRef?.generatorRef ?? {};
  if (typeof name !== 'string' || kind !== 'Password' || entry.rewrite) return 'any';
  const named = listOf(cluster.find(kind, namespace, name)?.spec?.secretKeys);
  return new Set(named.length > 0 ? named : ['password']);
}

/** The keys that an ExternalSecret fetches, before its template. Source: external-secrets.io, ExternalSecret and Generators. */
function fetchedKeys(cluster: ClusterIndex, { metadata, spec }: ManifestObject): Keys {
  const named = new Set(
    listOf(spec?.data).flatMap(({ secretKey }) => (typeof secretKey === 'string' ? secretKey : [])),
  );
  const from = listOf(spec?.dataFrom).map((entry) => generatedKeys(cluster, metadata.namespace ?? 'default', entry));
  return unionOfKeys(named, ...from);
}

/**
 * The Secret that an ExternalSecret creates. A template with data replaces the fetched keys, unless its mergePolicy is Merge.
 * Source: external-secrets.io, Advanced Templating.
 */
function externalSecret(cluster: ClusterIndex, object: ManifestObject): Omit<SecretMaker, 'namespace'> | undefined {
  const { name = object.metadata.name, creationPolicy, template } = object.spec?.target ?? {};
  if (creationPolicy === 'None') return undefined;
  const fetched = fetchedKeys(cluster, object);
  const own = keysIn(template?.data);
  const replaces = own !== 'any' && own.size > 0 && template.mergePolicy !== 'Merge';
  const keys = listOf(template?.templateFrom).length > 0 ? 'any' : replaces ? own : unionOfKeys(fetched, own);
  return { name, keys, adds: creationPolicy === 'Merge' };
}

/** The keys of a Certificate's Secret. Source: cert-manager.io, Certificate: additional keystores and output formats. */
function certificateKeys({ spec }: ManifestObject): Keys {
  const formats = listOf(spec?.additionalOutputFormats).map(({ type }) => type);
  return unionOfKeys(
    TLS,
    new Set(spec?.keystores?.jks ? ['keystore.jks', 'truststore.jks'] : []),
    new Set(spec?.keystores?.pkcs12 ? ['keystore.p12', 'truststore.p12'] : []),
    new Set(formats.includes('CombinedPEM') ? ['tls-combined.pem'] : []),
    new Set(formats.includes('DER') ? ['key.der'] : []),
  );
}

const ISSUED = ['cert-manager.io/cluster-issuer', 'cert-manager.io/issuer', 'kubernetes.io/tls-acme'];
const EDGE_SECRETS = [
  parseFieldPath('spec.tls[].secretName'),
  parseFieldPath('spec.listeners[].tls.certificateRefs[].name'),
];

/** The Secrets that cert-manager creates for an annotated Ingress or Gateway. Source: cert-manager.io, Annotated Ingress. */
function certificateSecrets(object: ManifestObject): Omit<SecretMaker, 'namespace'>[] {
  if (!ISSUED.some((key) => object.metadata.annotations?.[key])) return [];
  return EDGE_SECRETS.flatMap((path) => fieldsAt(object, path).map(({ value }) => ({ name: value, keys: TLS })));
}

function secretsMadeBy(cluster: ClusterIndex, object: ManifestObject): (Omit<SecretMaker, 'namespace'> | undefined)[] {
  const { kind, apiVersion, metadata, spec, data, stringData, type } = object;
  switch (`${apiGroupOf(apiVersion)}/${kind}`) {
    case '/Secret':
      // The token controller sets the keys of these.
      return [
        {
          name: metadata.name,
          keys: type === 'kubernetes.io/service-account-token' ? 'any' : keysIn(data, stringData),
        },
      ];
    case 'bitnami.com/SealedSecret':
      return [{ name: metadata.name, keys: keysIn(spec?.encryptedData, spec?.template?.data) }];
    case 'cert-manager.io/Certificate':
      return [{ name: spec?.secretName, keys: certificateKeys(object) }];
    case 'external-secrets.io/ExternalSecret':
      return [externalSecret(cluster, object)];
    case 'postgresql.cnpg.io/Cluster':
      return clusterSecrets(object);
    case 'networking.k8s.io/Ingress':
    case 'gateway.networking.k8s.io/Gateway':
      return certificateSecrets(object);
    default:
      return [];
  }
}

/** The objects that create Secrets, with what they create. */
const secretsMade = memoizeOf((cluster: ClusterIndex) =>
  cluster.objects.flatMap((object) => secretsMadeBy(cluster, object).map((made) => ({ object, made }))),
);

/** The object that creates each Secret, by namespace/name: the Secret itself, or an object of an operator. */
export const secretMakers = memoizeOf(
  (cluster: ClusterIndex): ReadonlyMap<string, ManifestObject> =>
    new Map(
      secretsMade(cluster).map(({ object, made }) => [
        `${object.metadata.namespace ?? 'default'}/${made?.name}`,
        object,
      ]),
    ),
);

/** The keys of all Secrets, created and given, by namespace/name. */
export function secretKeys(cluster: ClusterIndex): ReadonlyMap<string, Keys> {
  const made = secretsMade(cluster).flatMap(({ object, made: one }): SecretMaker[] =>
    typeof one?.name === 'string' ? [{ namespace: object.metadata.namespace ?? 'default', ...one }] : [],
  );
  const given = cluster.prerequisites.flatMap(({ kind, name, namespace = 'default', keys }): SecretMaker[] =>
    kind === 'Secret' ? [{ namespace, name, keys: keys ? new Set(keys) : 'any' }] : [],
  );
  const known = new Map<string, Keys>();
  const [adding, creating] = [made.filter(({ adds }) => adds), made.filter(({ adds }) => !adds)];
  for (const { namespace, name, keys, adds } of [...given, ...creating, ...adding]) {
    const before = known.get(`${namespace}/${name}`);
    if (before !== undefined || !adds) known.set(`${namespace}/${name}`, unionOfKeys(before ?? NONE, keys));
  }
  return known;
}

/** The longest template that is parsed, in characters: the most that etcd stores. */
const LARGEST = 1_500_000;

/** Actions that may rebind the dot to something other than the fetched keys. */
const REBINDS = /\b(range|with|define|template|block)\b/;

/** The keys that the actions of a Go template read: `{{ .KEY }}`, `{{ index . "KEY" }}`. Source: pkg.go.dev, text/template. */
export function keysRead(template: unknown): string[] {
  if (typeof template !== 'string' || template.length > LARGEST) return [];
  const actions = template
    .split('{{')
    .slice(1)
    .map((part) => part.split('}}')[0] as string)
    .filter((action) => !/^-?\s*\/\*/.test(action));
  if (actions.some((action) => REBINDS.test(action))) return [];
  return actions.flatMap((action) => [
    ...[...action.matchAll(/\bindex\s+\$?\.\s+"([^"]+)"/g)].map(([, key]) => key as string),
    ...[...action.replaceAll(/"(\\.|[^"\\])*"|`[^`]*`/g, '""').matchAll(/(?<![\w)\].$])\$?\.([A-Za-z_]\w*)/g)].map(
      ([, key]) => key as string,
    ),
  ]);
}

/** The keys that an ExternalSecret's template reads but does not fetch. */
export function unfetchedTemplateKeys(
  cluster: ClusterIndex,
  object: ManifestObject,
): { key: string; path: string; fetched: string[] }[] {
  const fetched = fetchedKeys(cluster, object);
  const data = at(object, 'spec.target.template.data');
  if (fetched === 'any' || typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([name, text]) =>
    [...new Set(keysRead(text))].flatMap((key) =>
      fetched.has(key) ? [] : { key, path: `spec.target.template.data.${name}`, fetched: [...fetched] },
    ),
  );
}
