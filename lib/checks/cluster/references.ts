import { memoizeOf } from '../../base/memoize';
import type { ManifestObject } from '../../manifests/object';
import { isClusterKind } from '../../manifests/scope';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf, fieldsAt } from './field-paths';
import type { Reference } from './known-objects';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { CONTAINER_FORMS, OBJECT_FORMS, POD_FORMS, type ReferenceForm } from './reference-forms';
import { podsByOwner } from './workloads';

/** The port of a backend that is an action in an annotation. Source: kubernetes-sigs.github.io, AWS Load Balancer Controller, Ingress annotations, Actions. */
const ACTION = 'use-annotation';

/** The references of one form. Optional references and Traefik's `name@provider` are skipped. */
function referencesOf(value: Fields, form: ReferenceForm, own: string, from = ''): Reference[] {
  return fieldsAt(value, form.at, from).flatMap((reference) => {
    if (reference.value.optional === true || reference.value.port?.name === ACTION) return [];
    const statedKind = fieldsAt(reference.value, form.kindPath)[0]?.value ?? form.kind;
    if (typeof statedKind !== 'string' || (form.isKindFixed && statedKind !== form.kind)) return [];
    const statedNamespace = form.crossNamespace ? reference.value.namespace : undefined;
    const namespace = typeof statedNamespace === 'string' ? statedNamespace : own;
    const parts = form.parts.flatMap((part) => fieldsAt(reference.value, part, reference.path));
    return fieldsAt(reference.value, form.name, reference.path).flatMap(({ value: name, path }) =>
      typeof name !== 'string' || name === '' || name.includes('@')
        ? []
        : {
            path,
            kind: statedKind,
            namespace: isClusterKind(statedKind) ? undefined : namespace,
            name,
            parts: parts.flatMap((part) =>
              typeof part.value === 'string' || typeof part.value === 'number'
                ? { name: String(part.value), path: part.path }
                : [],
            ),
          },
    );
  });
}

/** The volumes of a pod, each at its place. A claim template of a StatefulSet replaces the volume of its name. */
function ownVolumes({ owner, spec }: Pod): Fields {
  const templates = listOf(owner.kind === 'StatefulSet' ? owner.spec?.volumeClaimTemplates : undefined);
  if (templates.length === 0 || !Array.isArray(spec.volumes)) return spec.volumes;
  const names = new Set(templates.map(({ metadata }) => metadata?.name));
  return spec.volumes.map((volume: Fields) => (names.has(volume?.name) ? {} : volume));
}

/** The references of a pod and its containers. */
export function podReferences(pod: Pod): Reference[] {
  const spec = { ...pod.spec, volumes: ownVolumes(pod) };
  return [
    ...POD_FORMS.flatMap((form) => referencesOf(spec, form, pod.namespace, pod.path)),
    ...containersOf(pod).flatMap(({ fields, path }) =>
      CONTAINER_FORMS.flatMap((form) => referencesOf(fields, form, pod.namespace, path)),
    ),
  ];
}

const STORES = new Set(['SecretStore', 'ClusterSecretStore']);

const SERVICE_ACCOUNT = { kind: 'ServiceAccount', parts: [] };

/** The ServiceAccounts by which a store authenticates, anywhere below its provider. Source: external-secrets.io, Provider. */
function storeAccounts({ metadata, spec }: ManifestObject): Reference[] {
  const found: Reference[] = [];
  const open: { value: Fields; path: string }[] = [{ value: spec?.provider, path: 'spec.provider' }];
  const seen = new Set<Fields>();
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    if (typeof here.value !== 'object' || here.value === null || seen.has(here.value)) continue;
    seen.add(here.value);
    for (const [key, value] of Object.entries<Fields>(here.value)) {
      const path = `${here.path}.${key}`;
      if (key !== 'serviceAccountRef') open.push({ value, path });
      else if (typeof value?.name === 'string') {
        const own = metadata.namespace ?? 'default';
        const namespace = typeof value.namespace === 'string' ? value.namespace : own;
        found.push({ ...SERVICE_ACCOUNT, path: `${path}.name`, namespace, name: value.name });
      }
    }
  }
  return found;
}

/** All references of an object and of its pod. */
function referencesIn(object: ManifestObject, pod: Pod | undefined): Reference[] {
  const own = object.metadata.namespace;
  const forms = OBJECT_FORMS.get(`${apiGroupOf(object.apiVersion)}/${object.kind}`) ?? [];
  const ownNamespace = { path: 'metadata.namespace', kind: 'Namespace', namespace: undefined, parts: [] };
  return [
    ...(own === undefined ? [] : [{ ...ownNamespace, name: own }]),
    ...forms.flatMap((form) => referencesOf(object, form, own ?? 'default')),
    ...(pod ? podReferences(pod) : []),
    ...(STORES.has(object.kind) ? storeAccounts(object) : []),
  ];
}

/** All references of each object of a cluster, in their order. */
export const referencesByObject = memoizeOf((cluster: ClusterIndex): ReadonlyMap<ManifestObject, Reference[]> => {
  const pods = podsByOwner(cluster);
  return new Map(cluster.objects.map((object) => [object, referencesIn(object, pods.get(object))]));
});
