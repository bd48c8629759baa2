import type { Component } from '../../model/component';
import type { Connection } from '../../model/connection';
import type { ExternalPods } from '../../model/kubernetes';
import { portOfName } from '../../model/port';

/** Prometheus' pods, as somebody else runs them. */
type Prometheus = Pick<ExternalPods, 'namespace' | 'labels'>;

/** Prometheus' pods, and where they read metrics. */
export function prometheusPods(pods: Prometheus, connectsTo: readonly Connection[]): ExternalPods {
  return { ...pods, system: 'prometheus', name: 'prometheus', connectsTo };
}

/** Prometheus' pods, which read all components that have metrics. */
export function scrapedBy(pods: Prometheus, components: readonly Component[]): ExternalPods {
  const read = components.flatMap((one) =>
    one.metrics === undefined ? [] : [{ to: { ...one, port: one.metrics.port ?? portOfName(one).port } }],
  );
  return prometheusPods(pods, read);
}
