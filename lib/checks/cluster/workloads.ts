import { memoizeOf } from '../../base/memoize';
import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import type { Pod } from './pods';

/** The pods by the object that contains them. */
export const podsByOwner = memoizeOf(
  ({ pods }: ClusterIndex): ReadonlyMap<ManifestObject, Pod> => new Map(pods.map((pod) => [pod.owner, pod])),
);

/** The fields with the bounds of autoscalers by their kinds, and the least that they have without it. Source: keda.sh, ScaledObject specification. */
const BOUNDS: Readonly<Record<string, { readonly least: string; readonly most: string; readonly usual: number }>> = {
  HorizontalPodAutoscaler: { least: 'minReplicas', most: 'maxReplicas', usual: 1 },
  ScaledObject: { least: 'minReplicaCount', most: 'maxReplicaCount', usual: 0 },
};

/** The kinds of autoscalers. KEDA makes a HorizontalPodAutoscaler of each ScaledObject. */
export const AUTOSCALERS: readonly string[] = Object.keys(BOUNDS);

/** The least and the most replicas that an autoscaler sets, as its fields have them, and their paths. */
export function boundsOf({ kind, spec }: ManifestObject) {
  const { least, most, usual } = BOUNDS[kind] as (typeof BOUNDS)[string];
  return { least: spec?.[least] ?? usual, most: spec?.[most], path: `spec.${most}`, leastPath: `spec.${least}` };
}

/** The object that an autoscaler scales, or undefined if it is not in the set. */
export function targetOf(cluster: ClusterIndex, object: ManifestObject): ManifestObject | undefined {
  const { spec, metadata } = object;
  // KEDA scales a Deployment where no kind is said.
  const { kind = object.kind === 'ScaledObject' ? 'Deployment' : undefined, name } = spec?.scaleTargetRef ?? {};
  return typeof kind === 'string' && typeof name === 'string'
    ? cluster.find(kind, metadata.namespace, name)
    : undefined;
}

/** The autoscalers by their target. */
export function autoscalersByTarget(cluster: ClusterIndex): ReadonlyMap<ManifestObject, ManifestObject> {
  return new Map(
    cluster.ofKind(...AUTOSCALERS).flatMap((autoscaler) => {
      const target = targetOf(cluster, autoscaler);
      return target ? [[target, autoscaler] as const] : [];
    }),
  );
}
