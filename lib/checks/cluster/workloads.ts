import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import type { Pod } from './pods';

/** The pod of each object that describes one. */
export function podsByOwner({ pods }: ClusterIndex): ReadonlyMap<ManifestObject, Pod> {
  return new Map(pods.map((pod) => [pod.owner, pod]));
}

/** What a HorizontalPodAutoscaler scales, where it is in the set. */
export function targetOf(facts: ClusterIndex, { spec, metadata }: ManifestObject): ManifestObject | undefined {
  const { kind, name } = spec?.scaleTargetRef ?? {};
  return typeof kind === 'string' && typeof name === 'string' ? facts.find(kind, metadata.namespace, name) : undefined;
}

/** The HorizontalPodAutoscaler of each workload that has one. */
export function autoscalersByTarget(facts: ClusterIndex): ReadonlyMap<ManifestObject, ManifestObject> {
  return new Map(
    facts.ofKind('HorizontalPodAutoscaler').flatMap((autoscaler) => {
      const target = targetOf(facts, autoscaler);
      return target ? [[target, autoscaler] as const] : [];
    }),
  );
}
