import { Construct } from 'constructs';
import * as api from '../../../imports/gateway.envoyproxy.io';
import type { EnvoyGatewayProps } from '../../model/edge';
import type { RateLimit } from '../../model/site';
import { labelsOf } from '../labels';
import type { SiteRoutes } from './site-routes';

/** The prefix of the names of rules for upgrades (WebSockets). */
export const UPGRADE = 'upgrade';

const GROUP = 'gateway.networking.k8s.io';
const EVERY_CLIENT = ['0.0.0.0/0', '::/0'];

/**
 * Two limits per client address: `burst` per second, and 60 × `average` per minute. Each proxy and each route counts on its own.
 * Source: gateway.envoyproxy.io, Local rate limit.
 */
function rateLimitOf({ average, per, burst }: RateLimit): api.BackendTrafficPolicySpecRateLimit {
  const limits = [
    { requests: burst, unit: api.BackendTrafficPolicySpecRateLimitLocalRulesLimitUnit.SECOND },
    {
      requests: per === 'minute' ? average : average * 60,
      unit: api.BackendTrafficPolicySpecRateLimitLocalRulesLimitUnit.MINUTE,
    },
  ];
  const type = api.BackendTrafficPolicySpecRateLimitLocalRulesClientSelectorsSourceCidrType.DISTINCT;
  return {
    type: api.BackendTrafficPolicySpecRateLimitType.LOCAL,
    local: {
      rules: EVERY_CLIENT.flatMap((value) =>
        limits.map((limit) => ({ clientSelectors: [{ sourceCidr: { type, value } }], limit })),
      ),
    },
  };
}

/** The policies of Envoy Gateway for a Gateway and its sites. They are applied with the workloads, a wave before the routes that they protect. */
export class EnvoyPolicies extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: { readonly system: string; readonly namespace: string },
  ) {
    super(scope, id);
  }

  private metadata(name: string) {
    return { name, namespace: this.props.namespace, labels: labelsOf(this.props.system) };
  }

  /** How the client address is determined behind other proxies. */
  ofGateway(name: string, { trustedHops }: EnvoyGatewayProps) {
    if (trustedHops === undefined) return;
    new api.ClientTrafficPolicy(this, 'clients', {
      metadata: this.metadata(name),
      spec: {
        targetRefs: [{ group: GROUP, kind: 'Gateway', name }],
        clientIpDetection: { xForwardedFor: { numTrustedHops: trustedHops } },
      },
    });
  }

  /**
   * The allowlist, body size limit, rate limit and stream timeout of a site.
   *
   * Body sizes are limited by buffering, in which an upgrade request would wait forever, so the rules for upgrades have a policy without
   * a buffer. Source: gateway.envoyproxy.io, Request buffering.
   *
   * Requests are balanced in the same way for all routes of a site.
   */
  ofSite({ site, routes }: Pick<SiteRoutes, 'site' | 'routes'>) {
    const { name, audience, body, rateLimit, stream } = site;
    const target = { group: GROUP, kind: 'HTTPRoute', name };
    if (audience !== 'everyone') {
      new api.SecurityPolicy(this, 'security', {
        metadata: this.metadata(name),
        spec: {
          targetRefs: [target],
          authorization: {
            defaultAction: api.SecurityPolicySpecAuthorizationDefaultAction.DENY,
            ...(audience !== 'nobody' && {
              rules: [
                {
                  name: 'allowlist',
                  action: api.SecurityPolicySpecAuthorizationRulesAction.ALLOW,
                  principal: { clientCidRs: [...audience] },
                },
              ],
            }),
          },
        },
      });
    }
    if (audience === 'nobody') return;
    const common = {
      ...(routes.some(({ balance }) => balance) && {
        loadBalancer: { type: api.BackendTrafficPolicySpecLoadBalancerType.LEAST_REQUEST },
      }),
      ...(rateLimit !== undefined && { rateLimit: rateLimitOf(rateLimit) }),
      ...(stream !== undefined && { timeout: { http: { streamIdleTimeout: `${stream.toSeconds()}s` } } }),
    };
    const limit = api.BackendTrafficPolicySpecRequestBufferLimit.fromString(`${body.toMebibytes()}Mi`);
    new api.BackendTrafficPolicy(this, 'traffic', {
      metadata: this.metadata(name),
      spec: { targetRefs: [target], requestBuffer: { limit }, ...common },
    });
    new api.BackendTrafficPolicy(this, 'upgrades', {
      metadata: this.metadata(`${name}-${UPGRADE}`),
      spec: {
        targetRefs: routes.map((_, index) => ({ ...target, sectionName: `${UPGRADE}-${index}` })),
        ...common,
      },
    });
  }
}
