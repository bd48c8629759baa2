import type { Component } from '../../model/component';
import type { Connection } from '../../model/connection';
import type { ExternalPods } from '../../model/kubernetes';
import { portOfName } from '../../model/port';

/** The Prometheus pods, which this project does not make. */
type Prometheus = Pick<ExternalPods, 'namespace' | 'labels'>;

/** The Prometheus pods, with their connections. */
export function prometheusPods(pods: Prometheus, connectsTo: readonly Connection[]): ExternalPods {
  return { ...pods, system: 'prometheus', name: 'prometheus', connectsTo };
}

/** The Prometheus pods, with a connection to each component that has metrics. */
export function scrapedBy(pods: Prometheus, components: readonly Component[]): ExternalPods {
  const connections = components.flatMap((one) =>
    one.metrics === undefined ? [] : [{ to: { ...one, port: one.metrics.port ?? portOfName(one).port } }],
  );
  return prometheusPods(pods, connections);
}
