import type { Controller } from '../../model/edge';
import type { System } from '../../model/system';

const OWNING = 'gateway.envoyproxy.io/owning-gateway-';

/**
 * The pods that lead requests on to a system; only they may connect to what it exposes.
 *
 * Envoy Gateway runs proxies of its own for each Gateway, and labels them with its name and namespace: those of another system
 * are nobody to this one. Source: gateway.envoyproxy.io, Deployment Mode.
 */
export function controllerOf({ name, edge, components }: Pick<System, 'name' | 'edge' | 'components'>): Controller {
  if (edge.kind !== 'gateway' || edge.implementation !== 'envoy') return edge.controller;
  const { namespace, labels } = edge.controller;
  const gateway = components.find(({ exposed }) => exposed.length > 0)?.namespace;
  return {
    namespace,
    labels: labels ?? { [`${OWNING}name`]: name, ...(gateway !== undefined && { [`${OWNING}namespace`]: gateway }) },
  };
}
