import { z } from 'zod';
import { labelKey, labelValue, name, rule } from './fields';

/**
 * The cluster's edge: what leads requests from outside to the system.
 *
 * @param development whether this is a developer's cluster, which alone may go without TLS
 */
export function edge(development: boolean) {
  return z
    .strictObject({
      kind: z.literal('ingress'),
      class: name.default('nginx').describe('The IngressClass'),
      issuer: name.optional().describe("cert-manager's ClusterIssuer; without one there is no TLS"),
      controller: z
        .strictObject({
          namespace: name.default('ingress-nginx'),
          labels: z.record(labelKey, labelValue).default({
            'app.kubernetes.io/name': 'ingress-nginx',
            'app.kubernetes.io/component': 'controller',
          }),
        })
        .prefault({})
        .describe("Where the controller's pods run; only they may connect to what is exposed"),
    })
    .refine(
      ...rule<{ issuer?: unknown }>(
        'issuer',
        'a ClusterIssuer such as letsencrypt-prod (only dev may go without TLS)',
        ({ issuer }) => development || issuer !== undefined,
      ),
    );
}
