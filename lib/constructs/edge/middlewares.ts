import type { ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { Middleware, type MiddlewareSpec, MiddlewareSpecRateLimitPeriod } from '../../../imports/traefik.io';
import { type RateLimit, rangesOf, type Site } from '../../model/site';
import { labelsOf } from '../labels';

/** Source: doc.traefik.io, RateLimit. */
function rateOf({ average, burst, per }: RateLimit): NonNullable<MiddlewareSpec['rateLimit']> {
  return { average, burst, ...(per === 'minute' && { period: MiddlewareSpecRateLimitPeriod.fromString('1m') }) };
}

/**
 * The Traefik Middlewares of one site, named `<site>-<purpose>`. They are applied with the workloads, a wave before the routes, so that a
 * route never exists without its allowlist.
 */
export class Middlewares extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: { readonly system: string; readonly site: Site; readonly namespace: string },
  ) {
    super(scope, id);
  }

  private make(purpose: string, spec: MiddlewareSpec): string {
    const name = `${this.props.site.name}-${purpose}`;
    const metadata: ApiObjectMetadata = {
      name,
      namespace: this.props.namespace,
      labels: labelsOf(this.props.system),
    };
    new Middleware(this, purpose, { metadata, spec });
    return name;
  }

  /** The allowlist and the rate limit, which come first in each route. All methods return the names of the Middlewares. */
  guards(): string[] {
    const { audience, rateLimit } = this.props.site;
    return [
      // Without an ipStrategy, Traefik uses the peer address and ignores X-Forwarded-For, which clients can forge.
      ...(audience === 'everyone'
        ? []
        : [this.make('allowlist', { ipAllowList: { sourceRange: rangesOf(audience) } })]),
      ...(rateLimit === undefined ? [] : [this.make('rate', { rateLimit: rateOf(rateLimit) })]),
    ];
  }

  /** Rejects larger bodies with status 413. */
  body(): string {
    return this.make('body', { buffering: { maxRequestBodyBytes: this.props.site.body.toBytes() } });
  }

  /** Sets response headers. */
  headers(customResponseHeaders: Record<string, string>): string {
    return this.make('headers', { headers: { customResponseHeaders } });
  }

  /** Removes the prefix of a path. */
  strip(component: string, prefix: string): string {
    return this.make(`strip-${component}`, { stripPrefix: { prefixes: [prefix] } });
  }

  /** Redirects to the same path of another host. */
  redirectTo(host: string, scheme: 'http' | 'https'): string {
    return this.make('to', {
      redirectRegex: { regex: '^https?://[^/]+(/.*)?$', replacement: `${scheme}://${host}\${1}`, permanent: true },
    });
  }

  /** Redirects to HTTPS. */
  redirect(): string {
    return this.make('redirect', { redirectScheme: { scheme: 'https', permanent: true } });
  }
}
