import type { Controller } from '../../model/edge';
import type { System } from '../../model/system';

const OWNING = 'gateway.envoyproxy.io/owning-gateway-';

/**
 * The edge's pods that forward requests to a system; only they may connect to its exposed ports.
 *
 * Envoy Gateway runs separate proxies for each Gateway, labelled with its name and namespace, so the proxies of other systems are
 * excluded. Source: gateway.envoyproxy.io, Deployment Mode.
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
