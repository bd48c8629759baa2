import { type Facts, type Fields, listOf, type Pod, selects } from './facts';
import type { ManifestObject } from './violation';

/** The pod of each object that describes one. */
export function podsByOwner({ pods }: Facts): ReadonlyMap<ManifestObject, Pod> {
  return new Map(pods.map((pod) => [pod.owner, pod]));
}

/** What a HorizontalPodAutoscaler scales, where it is in the set. */
export function targetOf(facts: Facts, { spec, metadata }: ManifestObject): ManifestObject | undefined {
  const { kind, name } = spec?.scaleTargetRef ?? {};
  return typeof kind === 'string' && typeof name === 'string' ? facts.find(kind, metadata.namespace, name) : undefined;
}

/** The HorizontalPodAutoscaler of each workload that has one. */
export function autoscalersByTarget(facts: Facts): ReadonlyMap<ManifestObject, ManifestObject> {
  return new Map(
    facts.ofKind('HorizontalPodAutoscaler').flatMap((autoscaler) => {
      const target = targetOf(facts, autoscaler);
      return target ? [[target, autoscaler] as const] : [];
    }),
  );
}

const pairsOf = (labels: Fields): string[] =>
  Object.entries(labels ?? {}).flatMap(([key, value]) => (typeof value === 'string' ? [`${key}=${value}`] : []));

/**
 * Finds the pods that selectors select, at the cost of the rarest label that a selector names: hundreds of budgets in a namespace
 * do not look at hundreds of pods each.
 */
export class Selection {
  private readonly byLabel = new Map<string, Pod[]>();

  constructor(private readonly facts: Facts) {
    for (const pod of facts.pods) {
      for (const pair of pairsOf(pod.labels)) {
        const key = `${pod.namespace}/${pair}`;
        const there = this.byLabel.get(key);
        if (there) there.push(pod);
        else this.byLabel.set(key, [pod]);
      }
    }
  }

  /** None for no selector, all of the namespace for an empty one. */
  select(namespace: string, selector: Fields): readonly Pod[] {
    if (typeof selector !== 'object' || selector === null) return [];
    const candidates = pairsOf(selector.matchLabels).map((pair) => this.byLabel.get(`${namespace}/${pair}`) ?? []);
    const [fewest = this.facts.podsIn(namespace)] = candidates.sort((one, other) => one.length - other.length);
    const whole = {
      matchLabels: selector.matchLabels,
      matchExpressions: listOf(selector.matchExpressions).map((one) => ({ ...one, values: listOf(one.values) })),
    };
    return fewest.filter(({ labels }) => selects(whole, labels));
  }
}
