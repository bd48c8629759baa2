import type { Duration, Size } from './units';

/** The request rate that is allowed per client address. Each proxy pod of the edge counts on its own. */
export interface RateLimit {
  /** Requests in each period, on average. */
  readonly average: number;
  /** @default second */
  readonly per?: 'second' | 'minute';
  /** Requests that may arrive at once. */
  readonly burst: number;
}

/** The clients that may send requests: all, those in some address ranges (CIDR), or none: then the edge answers with 403. */
export type Audience = 'everyone' | 'nobody' | readonly string[];

/**
 * A public host: its certificate, its clients and the limits of its requests. WebSockets need no setting: every kind of edge forwards
 * upgrades.
 *
 * @example
 * const site: Site = {
 *   name: 'shop-ingress', host: 'shop.example.com', certificate: 'shop-tls',
 *   audience: 'everyone', body: Size.mebibytes(1),
 * };
 * component({ ...props, exposed: [{ site, path: '/api' }] });
 */
export interface Site {
  /** The name of its object: Ingress, IngressRoute or HTTPRoute. */
  readonly name: string;
  readonly host: string;
  /** The path of its setting in the environment file, such as `hosts.api`. @default - it has no setting */
  readonly from?: string;
  /** The name of the TLS Secret, which cert-manager makes. */
  readonly certificate: string;
  /** The audience of routes that have none of their own. */
  readonly audience: Audience;
  /**
   * The largest request body; a larger one is answered with 413. Bodies without a Content-Length are counted as they come. Traefik does not
   * count those of a GET, since what it counts it buffers, with the answer.
   */
  readonly body: Size;
  /** How long a response may stream, such as server-sent events. @default - the timeouts of the edge */
  readonly stream?: Duration;
  /** @default - none */
  readonly rateLimit?: RateLimit;
  /** Hosts whose requests are redirected to this one, permanently and with their paths. @default - none */
  readonly aliases?: readonly Alias[];
  /** Whether to set response headers against framing, MIME sniffing and referrer leaks, and HSTS where there is TLS. @default false */
  readonly securityHeaders?: boolean;
}

/** A host that only redirects to a site, with a certificate of its own. */
export type Alias = Pick<Site, 'name' | 'host' | 'certificate' | 'from'>;

/**
 * A path prefix of a site that is forwarded to a component. Prefixes match whole segments (`/api` does not match `/apiary`), and the
 * longest matching prefix wins. So a second route at `/api/internal` with the audience `nobody` keeps that part of `/api` private.
 */
export interface Route {
  readonly site: Site;
  /** Begins with a slash. */
  readonly path: string;
  /** The name of the component's port. @default - the main (first) port */
  readonly port?: string;
  /** Whether the prefix is removed before the request is forwarded: `/ai/ask` becomes `/ask`. @default false */
  readonly strip?: boolean;
  /** @default - the audience of the site */
  readonly audience?: Audience;
  /** How requests are spread over the replicas of the component. @default - as the edge does it by itself, mostly in turn */
  readonly balance?: Balance;
}

/**
 * `least-requests`: the replica with the fewest open requests gets the next one, for components whose requests differ in length. Each pod of
 * the edge counts the requests that it forwards itself.
 */
export type Balance = 'least-requests';

/** A host with www before it, or without where it has that: the only alias that ingress-nginx can redirect with its path. */
export function wwwOf(host: string): string {
  return host.startsWith('www.') ? host.slice('www.'.length) : `www.${host}`;
}

/** The audience of a route. */
export function audienceOf({ site, audience }: Route): Audience {
  return audience ?? site.audience;
}

/**
 * The ranges of an allowlist. For `nobody` it contains an address that no connection comes from, since Traefik and ingress-nginx treat an
 * empty list like none and admit everyone. Source: RFC 919, section 7, limited broadcast.
 */
export function rangesOf(audience: Exclude<Audience, 'everyone'>): string[] {
  return audience === 'nobody' ? ['255.255.255.255/32'] : [...audience];
}
