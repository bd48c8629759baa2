import type { ManifestObject } from '../lib/manifests/object';
import { print } from '../lib/manifests/print';
import { objectsOf, type Workload } from './workload';

/** One operation of a JSON patch. */
interface Operation {
  readonly op: 'replace';
  readonly path: string;
  readonly value: unknown;
}

/** The operations that make one value another of the same shape. */
export function patchOf(from: unknown, to: unknown, path = ''): Operation[] {
  if (from === to) return [];
  if (typeof from !== 'object' || from === null) return [{ op: 'replace', path, value: to }];
  return Object.entries(from).flatMap(([key, value]) => {
    const step = key.replaceAll('~', '~0').replaceAll('/', '~1');
    return patchOf(value, (to as Record<string, unknown>)[key], `${path}/${step}`);
  });
}

function withoutLabels(object: ManifestObject, labels: Workload['labels']): ManifestObject {
  const own = Object.entries(object.metadata.labels ?? {}).filter(([key]) => labels[key] === undefined);
  return { ...object, metadata: { ...object.metadata, labels: Object.fromEntries(own) } };
}

function kustomization(fields: Readonly<Record<string, unknown>>): string {
  return print({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...fields });
}

/**
 * The files of a tree that renders the workload, as trees are usually written: a base with the shared objects, a base with the objects of
 * one tenant, an overlay for each tenant that patches what differs, and a root that adds the labels. Kustomize has no loops, so the lines
 * for each tenant are in the base.
 */
export function treeOf(workload: Workload): Record<string, string> {
  const { shared, each, labels, tenants } = workload;
  const all = shared.map((object, index): [string, string] => {
    const { kind, metadata } = object;
    return [`${String(index).padStart(3, '0')}-${kind.toLowerCase()}-${metadata.name}.yaml`, print(withoutLabels(object, labels))]; // biome-ignore format: one line
  });
  const overlays = tenants.map((tenant): [string, string] => {
    const objects = objectsOf(workload, tenant);
    const patches = each.map((object, index) => ({
      target: { kind: object.kind },
      patch: print(patchOf(object, objects[index])).replace('---\n', ''),
    }));
    return [`tenants/${tenant.slug}/kustomization.yaml`, kustomization({ resources: ['../../tenant'], patches })];
  });
  return {
    'kustomization.yaml': kustomization({
      resources: ['base', ...tenants.map(({ slug }) => `tenants/${slug}`)],
      labels: [{ pairs: labels }],
    }),
    'base/kustomization.yaml': kustomization({ resources: all.map(([file]) => file) }),
    ...Object.fromEntries(all.map(([file, text]) => [`base/${file}`, text])),
    'tenant/kustomization.yaml': kustomization({ resources: ['objects.yaml'] }),
    'tenant/objects.yaml': each.map((object) => print(withoutLabels(object, labels))).join(''),
    ...Object.fromEntries(overlays),
  };
}
