import { ClusterIndex } from '../checks/cluster/cluster-index';
import { KnownObjects, type Reference } from '../checks/cluster/known-objects';
import type { Fields } from '../checks/cluster/pods';
import { podReferences } from '../checks/cluster/references';
import { remoteValues } from '../checks/cluster/remote-values';
import { objectKey } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import type { ObjectMark } from './mark';

/** The keys that an object fetches, with the property if it fetches only one. */
function remoteKeys(object: ManifestObject): string[] {
  return remoteValues(object).map(({ key, property }) =>
    property === undefined ? key : `${key} (property ${property})`,
  );
}

function newRemoteKeys(before: readonly ManifestObject[], after: readonly ManifestObject[]): ObjectMark[] {
  const known = new Set(before.flatMap(remoteKeys));
  return after.flatMap((object) => {
    const missing = [...new Set(remoteKeys(object))].filter((key) => !known.has(key));
    const message = `the store needs ${missing.join(', ')} first`;
    return missing.length > 0 ? [{ object, risk: 'secret', message }] : [];
  });
}

/** A reference of a pod or an issuer to a Secret. */
interface SecretUse {
  readonly owner: ManifestObject;
  readonly reference: Reference;
}

const ISSUERS = ['Issuer', 'ClusterIssuer'];
/** The default namespace of the Secrets of ClusterIssuers. Source: cert-manager.io, Cluster Resource Namespace. */
const CLUSTER_RESOURCE_NAMESPACE = 'cert-manager';

/** All `…SecretRef` fields below a value, except the key of the ACME account, which cert-manager creates. */
function secretRefs(value: Fields, path: string, namespace: string): Reference[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries<Fields>(value).flatMap(([key, inner]) => {
    const here = `${path}.${key}`;
    if (!/SecretRef$/.test(key) || typeof inner?.name !== 'string') return secretRefs(inner, here, namespace);
    if (key === 'privateKeySecretRef') return [];
    const parts = typeof inner.key === 'string' ? [{ name: inner.key, path: `${here}.key` }] : [];
    return [{ path: `${here}.name`, kind: 'Secret', namespace, name: inner.name, parts }];
  });
}

/** The credentials of issuers, such as for a DNS provider. Source: cert-manager.io, DNS01. */
function issuerSecrets(cluster: ClusterIndex): SecretUse[] {
  return cluster.ofKind(...ISSUERS).flatMap((owner) => {
    const namespace =
      owner.kind === 'ClusterIssuer' ? CLUSTER_RESOURCE_NAMESPACE : (owner.metadata.namespace ?? 'default');
    return secretRefs(owner.spec, 'spec', namespace).map((reference) => ({ owner, reference }));
  });
}

/** The Secrets that pods and issuers read and that no object creates. */
function manualSecrets(objects: readonly ManifestObject[]): SecretUse[] {
  // Prerequisites are ignored, since they may be new as well.
  const cluster = new ClusterIndex(objects);
  const known = new KnownObjects(cluster);
  const ofPods = cluster.pods.flatMap((pod) =>
    podReferences(pod).map((reference) => ({ owner: pod.owner, reference })),
  );
  return [...ofPods, ...issuerSecrets(cluster)].filter(
    ({ reference }) => reference.kind === 'Secret' && !known.has(reference),
  );
}

/** `Secret salient-prod/tokens with API_KEY` */
function showSecrets({ namespace, name, parts }: Reference): string[] {
  const secret = `Secret ${namespace}/${name}`;
  return parts.length === 0 ? [secret] : parts.map((part) => `${secret} with ${part.name}`);
}

function newManualSecrets(before: readonly ManifestObject[], after: readonly ManifestObject[]): ObjectMark[] {
  const known = new Set(manualSecrets(before).flatMap(({ reference }) => showSecrets(reference)));
  const missing = new Map<ManifestObject, Set<string>>();
  for (const { owner, reference } of manualSecrets(after)) {
    for (const one of showSecrets(reference)) {
      if (known.has(one)) continue;
      known.add(one);
      missing.set(owner, (missing.get(owner) ?? new Set()).add(one));
    }
  }
  return [...missing].map(([object, names]) => ({
    object,
    risk: 'secret',
    message: `needs the ${[...names].join(', ')} first`,
  }));
}

/** The fields of a provider that say which store it is. Source: external-secrets.io, SecretStore. */
const STORE_FIELDS = ['region', 'vaultUrl', 'server', 'path', 'projectID'];

function storeOf({ spec }: ManifestObject): string {
  const [[provider, fields] = ['none', {}]] = Object.entries<Fields>(spec?.provider ?? {});
  return [provider, ...STORE_FIELDS.flatMap((field) => fields?.[field] ?? [])].join(' ');
}

/** Stores that are replaced by others. */
function otherStores(before: readonly ManifestObject[], after: readonly ManifestObject[]): ObjectMark[] {
  return after.flatMap((object) => {
    const isStore = /^(Cluster)?SecretStore$/.test(object.kind);
    const old = before.find((one) => isStore && objectKey(one) === objectKey(object));
    if (old === undefined || storeOf(old) === storeOf(object)) return [];
    const message = `${storeOf(object)} instead of ${storeOf(old)}: it needs every value first`;
    return [{ object, risk: 'secret' as const, message }];
  });
}

/** Secrets that must exist in a store or in the cluster before a change is applied, and that were not needed before. */
export function secretNeededMarks(before: readonly ManifestObject[], after: readonly ManifestObject[]): ObjectMark[] {
  return [...newRemoteKeys(before, after), ...newManualSecrets(before, after), ...otherStores(before, after)];
}
