import type { Duration, Size } from './units';

/** How many requests one client address may send. Each proxy of the edge counts for itself. */
export interface RateLimit {
  /** Requests per second, in the long run. */
  readonly average: number;
  /** Requests at once. */
  readonly burst: number;
}

/** Who may come: everyone, the address ranges that are let in, or nobody: the edge then refuses by itself. */
export type Audience = 'everyone' | 'nobody' | readonly string[];

/**
 * A host that the edge answers for, who may come to it, and what its requests are like. WebSockets need nothing said: every
 * kind of edge passes an upgrade on.
 */
export interface Site {
  /** The name of its edge object. */
  readonly name: string;
  readonly host: string;
  /** The path of the setting that its host comes from, as `hosts.api`. @default - it has none of its own */
  readonly from?: string;
  /** The Secret that its certificate is kept in. */
  readonly certificate: string;
  /** Of all of its routes that have none of their own. */
  readonly audience: Audience;
  /** The largest request body. */
  readonly body: Size;
  /** How long a response may go on, as server-sent events do. @default - the edge's own time-outs */
  readonly stream?: Duration;
  /** @default - none */
  readonly rateLimit?: RateLimit;
  /** Headers that browsers keep to: no frames, no guessed types, few referrers, and TLS next time. @default false */
  readonly securityHeaders?: boolean;
}

/**
 * A path prefix of a site. It is one of whole segments: `/api` is not `/apiary`. The longest one that fits a request decides, so a
 * component that is exposed at `/api` keeps `/api/internal` to the cluster by a second route there, for nobody.
 */
export interface Route {
  readonly site: Site;
  readonly path: string;
  /** The name of the component's port that it leads to. @default - the main one */
  readonly port?: string;
  /** Whether the component sees paths without the prefix: `/ai/ask` as `/ask`. @default false */
  readonly strip?: boolean;
  /** @default - that of its site */
  readonly audience?: Audience;
}

/** Who may come to a route. */
export function audienceOf({ site, audience }: Route): Audience {
  return audience ?? site.audience;
}
