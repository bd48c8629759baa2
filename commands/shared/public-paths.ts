import type { Component } from '../../lib/model/component';
import type { EdgeProps } from '../../lib/model/edge';
import { portOfName } from '../../lib/model/port';
import { audienceOf, type Route } from '../../lib/model/site';
import type { System } from '../../lib/model/system';

/** A route that the edge serves, with the path that shows whether its component answers. */
export interface PublicPath {
  /** The name of the component. */
  readonly component: string;
  readonly host: string;
  /** The prefix of the route. */
  readonly path: string;
  /** The health path as clients reach it through the route; the prefix itself where the route does not lead to the health path. */
  readonly asked: string;
  /** Whether `asked` is the health path, which answers with a success. */
  readonly isHealth: boolean;
  /** The address ranges of its clients. @default - everyone */
  readonly ranges?: readonly string[];
  /** The target of the 95th percentile of response times, in milliseconds. @default - none */
  readonly p95?: number;
  /** Whether it is gRPC, which a GET cannot ask. */
  readonly isGrpc: boolean;
  /** The requests that one client address may send: in each second, and at once. @default - any number */
  readonly limit?: { readonly perSecond: number; readonly burst: number };
}

/** A path that the edge refuses to everyone. */
export type ClosedPath = Pick<PublicPath, 'host' | 'path'>;

/** Whether a path is a prefix or below it. */
function isBelow(path: string, prefix: string): boolean {
  return `${path}/`.startsWith(prefix.replace(/\/*$/, '/'));
}

/** The health path of a component as clients reach it through a route, or undefined where the route leads to no health path. */
function healthThrough({ path, strip, site, port }: Route, component: Component, all: readonly Route[]) {
  const [own] = component.containers;
  const health = own.probes?.health;
  if (health === undefined || !('http' in health) || health.headers !== undefined) return undefined;
  const main = own.ports[0]?.name;
  if ((health.port ?? main) !== (port ?? main)) return undefined;
  const outside = strip ? `${path.replace(/\/+$/, '')}${health.http}` : health.http;
  // The longest prefix of all routes of the host serves a path.
  const [serving] = all
    .filter((one) => one.site.host === site.host && isBelow(outside.replace(/\?.*$/, ''), one.path))
    .sort((one, other) => other.path.length - one.path.length);
  return serving?.path === path ? outside : undefined;
}

/** The routes that the edge of a system serves to clients. */
export function publicPathsOf({ components }: Pick<System, 'components'>): PublicPath[] {
  const all = components.flatMap(({ exposed }) => exposed);
  return components.flatMap((component) =>
    component.exposed
      .filter((route) => audienceOf(route) !== 'nobody')
      .map((route): PublicPath => {
        const { site, path } = route;
        const audience = audienceOf(route);
        const health = healthThrough(route, component, all);
        const limit = site.rateLimit;
        return {
          component: component.name,
          host: site.host,
          path,
          asked: health ?? path,
          isHealth: health !== undefined,
          ...(typeof audience !== 'string' && { ranges: audience }),
          ...(component.p95 && { p95: component.p95.toMilliseconds() }),
          isGrpc: portOfName(component, route.port).protocol === 'grpc',
          ...(limit && {
            limit: { perSecond: limit.average / (limit.per === 'minute' ? 60 : 1), burst: limit.burst },
          }),
        };
      }),
  );
}

/** The paths that nobody may use. */
export function closedPathsOf({ components }: Pick<System, 'components'>): ClosedPath[] {
  return components.flatMap(({ exposed }) =>
    exposed.filter((route) => audienceOf(route) === 'nobody').map(({ site, path }) => ({ host: site.host, path })),
  );
}

/** The hosts with responses that may stream. */
export function streamingHostsOf({ components }: Pick<System, 'components'>): string[] {
  const sites = components.flatMap(({ exposed }) => exposed.map(({ site }) => site));
  return [...new Set(sites.filter(({ stream }) => stream !== undefined).map(({ host }) => host))];
}

/** A host that only redirects, and the host that it leads to. */
export interface RedirectingHost {
  readonly host: string;
  readonly to: string;
}

/** The hosts that only redirect. */
export function redirectingHostsOf({ components }: Pick<System, 'components'>): RedirectingHost[] {
  const sites = new Map(components.flatMap(({ exposed }) => exposed.map(({ site }) => [site.host, site])));
  return [...sites.values()].flatMap(({ host: to, aliases = [] }) => aliases.map(({ host }) => ({ host, to })));
}

/** The port at which clients reach an edge, and whether it is one of TLS. */
export function publicPortOf(edge: EdgeProps): { readonly port: number; readonly tls: boolean } {
  const tls = edge.issuer !== undefined;
  // The ports of other gateways are those inside of their pods.
  const ports = edge.kind === 'gateway' && edge.implementation === 'envoy' ? edge.ports : { http: 80, https: 443 };
  return { port: tls ? ports.https : ports.http, tls };
}
