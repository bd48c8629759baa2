import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Quantities } from '../model/kubernetes';
import type { System } from '../model/system';
import { waveOf } from './annotations';
import { labelsOf } from './labels';

/** The name of the ResourceQuota and the LimitRange in each namespace. */
const NAME = 'berth';

function quantities(given: Quantities = {}): Record<string, k8s.Quantity> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, amount]) =>
      amount === undefined ? [] : [[name, k8s.Quantity.fromString(amount)] as const],
    ),
  );
}

/**
 * The ResourceQuota and the LimitRange of a system's namespaces. The LimitRange acts on containers, and is applied before any pod.
 * Source: kubernetes.io, Resource Quotas; Limit Ranges.
 */
export class NamespaceBounds extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name, namespaces, bounds }: Pick<System, 'name' | 'namespaces' | 'bounds'>,
  ) {
    super(scope, id);
    for (const namespace of namespaces) {
      const { quota, limits } = bounds[namespace] ?? {};
      const metadata = { name: NAME, namespace, labels: labelsOf(name), annotations: waveOf('foundation') };
      if (limits !== undefined) {
        const own = Object.entries(limits).map(([field, amounts]) => [field, quantities(amounts)]);
        new k8s.KubeLimitRange(this, `limits:${namespace}`, {
          metadata,
          spec: { limits: [{ type: 'Container', ...Object.fromEntries(own) }] },
        });
      }
      if (quota !== undefined) {
        new k8s.KubeResourceQuota(this, `quota:${namespace}`, { metadata, spec: { hard: quantities(quota) } });
      }
    }
  }
}
