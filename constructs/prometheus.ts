import type { Connection } from './component';
import type { GivenPods } from './system';

/** Prometheus' pods, as somebody else runs them, and where they read metrics. */
export function prometheusPods(
  pods: Pick<GivenPods, 'namespace' | 'labels'>,
  connectsTo: readonly Connection[],
): GivenPods {
  return { ...pods, system: 'prometheus', name: 'prometheus', connectsTo };
}
