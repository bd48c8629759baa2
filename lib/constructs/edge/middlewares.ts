import type { ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { Middleware, type MiddlewareSpec } from '../../../imports/traefik.io';
import type { Site } from '../../model/site';
import { labelsOf } from '../labels';
import { rangesOf } from './ranges';

/**
 * The header that says how large a body is, as it is for bodies that cannot be larger than the limit: numbers of fewer digits.
 * Traefik's buffer is the only thing in it that counts bytes, and holds answers back until they are complete; so what is
 * small goes past it, and streams and WebSockets with it. Source: doc.traefik.io, Buffering.
 */
export function sizeOf(site: Site) {
  const { length } = String(site.body.toBytes());
  return { header: 'Content-Length', small: `^[0-9]{1,${length - 1}}$`, large: `^[0-9]{${length},}$` };
}

/**
 * Traefik's Middlewares for one site, called like the site and what they do. They are applied with the workloads, a wave before
 * the routes, which are never there without their guards.
 */
export class Middlewares extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: { readonly system: string; readonly site: Site; readonly namespace: string },
  ) {
    super(scope, id);
  }

  private make(what: string, spec: MiddlewareSpec): string {
    const name = `${this.props.site.name}-${what}`;
    const metadata: ApiObjectMetadata = {
      name,
      namespace: this.props.namespace,
      labels: labelsOf(this.props.system),
    };
    new Middleware(this, what, { metadata, spec });
    return name;
  }

  /** Who may come and how often: the names of what each route of the site goes through first. */
  guards(): string[] {
    const { audience, rateLimit } = this.props.site;
    return [
      // Without a strategy a client is who connects: X-Forwarded-For, which anybody can write, is not looked at.
      ...(audience === 'everyone'
        ? []
        : [this.make('allowlist', { ipAllowList: { sourceRange: rangesOf(audience) } })]),
      ...(rateLimit === undefined ? [] : [this.make('rate', { rateLimit: { ...rateLimit } })]),
    ];
  }

  /** What refuses larger bodies, with status 413. */
  body(): string {
    return this.make('body', { buffering: { maxRequestBodyBytes: this.props.site.body.toBytes() } });
  }

  headers(customResponseHeaders: Record<string, string>): string {
    return this.make('headers', { headers: { customResponseHeaders } });
  }

  strip(component: string, prefix: string): string {
    return this.make(`strip-${component}`, { stripPrefix: { prefixes: [prefix] } });
  }

  redirect(): string {
    return this.make('redirect', { redirectScheme: { scheme: 'https', permanent: true } });
  }
}
