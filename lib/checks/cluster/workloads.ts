import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import type { Pod } from './pods';

/** The pods by the object that contains them. */
export function podsByOwner({ pods }: ClusterIndex): ReadonlyMap<ManifestObject, Pod> {
  return new Map(pods.map((pod) => [pod.owner, pod]));
}

/** The object that a HorizontalPodAutoscaler scales, or undefined if it is not in the set. */
export function targetOf(cluster: ClusterIndex, { spec, metadata }: ManifestObject): ManifestObject | undefined {
  const { kind, name } = spec?.scaleTargetRef ?? {};
  return typeof kind === 'string' && typeof name === 'string'
    ? cluster.find(kind, metadata.namespace, name)
    : undefined;
}

/** The HorizontalPodAutoscalers by their target. */
export function autoscalersByTarget(cluster: ClusterIndex): ReadonlyMap<ManifestObject, ManifestObject> {
  return new Map(
    cluster.ofKind('HorizontalPodAutoscaler').flatMap((autoscaler) => {
      const target = targetOf(cluster, autoscaler);
      return target ? [[target, autoscaler] as const] : [];
    }),
  );
}
