import { z } from 'zod';
import { count, labelKey, labelValue, name, port, rule } from './fields';

/** The labels of pods. */
export const labels = z.record(labelKey, labelValue).describe('The labels of the pods');

/** The namespace and labels of the controller's pods, with the controller's own defaults. */
function controller(namespace: string, own: Record<string, string>) {
  return z
    .strictObject({
      namespace: name.default(namespace).describe('The namespace of the pods'),
      labels: labels.default(own),
    })
    .prefault({})
    .describe("Where the controller's pods run; only they may connect to what is exposed");
}

/** The defaults of Traefik's Helm chart. */
const TRAEFIK: [string, Record<string, string>] = ['traefik', { 'app.kubernetes.io/name': 'traefik' }];

function ports(http: number, https: number) {
  return z
    .strictObject({ http: port.default(http).describe('For HTTP'), https: port.default(https).describe('For HTTPS') })
    .prefault({});
}

/** The request limit of one client address: `average` in requests per second, `burst` in requests. */
export const rateLimit = z
  .strictObject({
    average: count(1, 10_000).describe('Requests per second'),
    burst: count(1, 100_000).describe('Requests at once'),
  })
  .refine(
    ...rule<{ average?: unknown; burst?: unknown }>(
      'burst',
      'not less than average',
      ({ average, burst }) => typeof average !== 'number' || typeof burst !== 'number' || burst >= average,
    ),
  );

const issuer = name.optional().describe("cert-manager's ClusterIssuer; without one there is no TLS");

/** The Gateway API, by the implementation that serves it. */
function gateways() {
  return z.discriminatedUnion('implementation', [
    z
      .strictObject({
        kind: z.literal('gateway'),
        implementation: z.literal('envoy'),
        class: name.default('eg').describe('The GatewayClass'),
        issuer,
        ports: ports(80, 443).describe('The ports that clients connect to'),
        trustedHops: count(1, 10)
          .optional()
          .describe(
            'The number of proxies before Envoy whose X-Forwarded-For is trusted; without it the client is the connecting address',
          ),
        controller: z
          .strictObject({
            namespace: name.default('envoy-gateway-system').describe('The namespace of the proxies'),
            labels: labels.optional().describe("The proxies' labels; by default those of the system's own Gateway"),
          })
          .prefault({})
          .describe("Where Envoy Gateway's proxies run; only they may connect to what is exposed"),
      })
      .describe('Gateway API, with the policies of Envoy Gateway'),
    z
      .strictObject({
        kind: z.literal('gateway'),
        implementation: z.literal('traefik'),
        class: name.default('traefik').describe('The GatewayClass'),
        issuer,
        ports: ports(8000, 8443).describe("The ports of Traefik's entry points, in its pods"),
        controller: controller(...TRAEFIK),
      })
      .describe("Gateway API, with Traefik's Middlewares"),
  ]);
}

/**
 * The settings of the cluster's edge, which routes requests from outside to the system.
 *
 * @param development whether this is a developer's cluster; only there TLS is optional
 */
export function edge(development: boolean) {
  return z
    .discriminatedUnion('kind', [
      z
        .strictObject({
          kind: z.literal('ingress'),
          class: name.default('nginx').describe('The IngressClass'),
          issuer,
          controller: controller('ingress-nginx', {
            'app.kubernetes.io/name': 'ingress-nginx',
            'app.kubernetes.io/component': 'controller',
          }),
        })
        .describe('Ingresses with the annotations of ingress-nginx'),
      z
        .strictObject({
          kind: z.literal('traefik'),
          class: name.optional().describe('The class that Traefik filters by; without it none'),
          issuer,
          entryPoints: z
            .strictObject({
              http: name.default('web').describe('For HTTP'),
              https: name.default('websecure').describe('For HTTPS'),
            })
            .prefault({})
            .describe("The names of Traefik's entry points"),
          controller: controller(...TRAEFIK),
        })
        .describe("Traefik's IngressRoutes and Middlewares"),
      gateways(),
    ])
    .refine(
      ...rule<{ issuer?: unknown }>(
        'issuer',
        'a ClusterIssuer such as letsencrypt-prod (TLS is optional only in dev)',
        ({ issuer }) => development || issuer !== undefined,
      ),
    )
    .describe('How requests from outside reach the system');
}
