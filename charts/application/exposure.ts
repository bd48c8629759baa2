import { z } from 'zod';
import { allowlist } from '../../lib/config/address-fields';
import { rateLimit } from '../../lib/config/edge';
import { host, seconds, text } from '../../lib/config/fields';
import type { RateLimit, Route, Site } from '../../lib/model/site';
import { Duration, Size } from '../../lib/model/units';
import { size } from './storage';
import { portName, serviceName, urlPath } from './values';

const PER_MINUTE = 'a limit such as 100/min, or a mapping with average (per second) and burst';
/** The limit of the requests of one client address: per minute as text, or per second and at once. */
export const limit = z
  .union([text(/^[1-9]\d{0,4}\/min$/, PER_MINUTE), rateLimit], { error: PER_MINUTE })
  .transform((given): RateLimit => {
    if (typeof given !== 'string') return given;
    const average = Number.parseInt(given, 10);
    return { average, burst: average, per: 'minute' };
  });

const hostMapping = z.strictObject({
  host: host.describe('The host name'),
  allowedFrom: allowlist.optional().describe('Only these clients; everyone when absent'),
  body: size
    .prefault('10Mi')
    .describe('The largest request body. With Traefik a body of a GET is not counted unless it has a Content-Length'),
  stream: seconds
    .optional()
    .describe('How long a response or a WebSocket may last; the limits of the edge when absent'),
  rateLimit: limit
    .optional()
    .describe('Requests of one client address: 100/min, or average per second and burst at once'),
  redirectTo: z
    .string()
    .optional()
    .describe('The name of the host that its requests are redirected to, with their paths'),
  headers: z.boolean().optional().describe('Headers against framing and sniffing, and HSTS; true outside development'),
});

/** The largest request body of a host that says nothing else. */
const DEFAULT_BODY = Size.mebibytes(10);

/** The hosts of an application, by the names that routes refer to. */
export const hosts = z
  .record(
    serviceName,
    z
      .union([host, hostMapping], { error: 'a host name such as app.example.com, or a mapping with host' })
      .transform(
        (given): z.output<typeof hostMapping> =>
          typeof given === 'string' ? { host: given, body: DEFAULT_BODY } : given,
      ),
  )
  .default({});

const route = z.strictObject({
  host: z.string().optional().describe('A name of hosts; it may be left out where there is one'),
  path: urlPath.describe('The path; all below it, too'),
  port: portName.optional().describe('The name of the port; the first one when absent'),
  strip: z.boolean().default(false).describe('Whether the path is removed before the request is forwarded'),
  except: z
    .union([urlPath.transform((one) => [one]), z.array(urlPath)], { error: 'a path such as /api/internal, or a list' })
    .default([])
    .describe('Paths below it that nobody reaches from outside'),
  allowedFrom: allowlist.optional().describe('Only these clients; those of the host when absent'),
  body: size.optional().describe('The largest request body; that of the host is at least as large'),
  stream: seconds
    .optional()
    .describe('How long a response or a WebSocket may last; that of the host is at least as long'),
  balance: z
    .literal('least-requests', { error: 'least-requests, or no balance' })
    .optional()
    .describe(
      'least-requests: the replica with the fewest open requests gets the next one, for requests that differ in length (with ingress-nginx the fastest replica; unknown to Traefik behind Ingresses and the Gateway API). As the edge does it when absent, mostly in turn',
    ),
});

/** Where the edge exposes a service: a path, a mapping, or a list of mappings. */
export const exposed = z
  .union([urlPath, route, z.array(route)], {
    error: 'a path such as /, a mapping with path, or a list of such mappings',
  })
  .transform((given): readonly z.output<typeof route>[] => {
    if (Array.isArray(given)) return given;
    return [typeof given === 'string' ? { path: given, strip: false, except: [] } : given];
  })
  .prefault([]);

export type Hosts = z.output<typeof hosts>;
export type Exposed = z.output<typeof route>;

/** The names of the hosts that serve something: they do not redirect to another one. */
export function servingHosts(all: Hosts): string[] {
  return Object.keys(all).filter((name) => all[name]?.redirectTo === undefined);
}

/** The name of a route's host: the one that it states, or the only one that serves. @default - it states none, and there are several or none */
export function hostNameOf(all: Hosts, route: Pick<Exposed, 'host'>): string | undefined {
  const [only, ...others] = servingHosts(all);
  return route.host ?? (others.length === 0 ? only : undefined);
}

/**
 * The sites of an application, by the names of their hosts. A site takes the largest body and the longest stream of its routes.
 *
 * @param application its name, with which the names of the objects begin
 * @param usualLimit the limit of hosts that say no other
 */
export function sitesOf(
  application: string,
  all: Hosts,
  routes: readonly Exposed[],
  development: boolean,
  usualLimit: RateLimit | undefined,
): Record<string, Site> {
  const named = (key: string) => ({
    name: `${application}-${key}`,
    host: (all[key] as Hosts[string]).host,
    from: `hosts.${key}`,
    certificate: `${application}-${key}-tls`,
  });
  return Object.fromEntries(
    servingHosts(all).map((key): [string, Site] => {
      const { allowedFrom, body, stream, rateLimit: rate = usualLimit, headers } = all[key] as Hosts[string];
      const aliases = Object.keys(all).filter((other) => all[other]?.redirectTo === key);
      const own = routes.filter((one) => hostNameOf(all, one) === key);
      const bodies = [body, ...own.flatMap((one) => one.body ?? [])];
      const streams = [stream ?? [], ...own.map((one) => one.stream ?? [])].flat();
      const site: Site = {
        ...named(key),
        ...(aliases.length > 0 && { aliases: aliases.map(named) }),
        audience: allowedFrom ?? 'everyone',
        body: bodies.reduce((most, one) => (one.toBytes() > most.toBytes() ? one : most)),
        ...(streams.length > 0 && { stream: Duration.seconds(Math.max(...streams)) }),
        ...(rate !== undefined && { rateLimit: rate }),
        // ingress-nginx refuses response headers that are not on its allowlist, and that of a developer's cluster is empty.
        securityHeaders: headers ?? !development,
      };
      return [key, site];
    }),
  );
}

/** The routes of a service. What one of them leaves out is a route of its own, which nobody may use. */
export function routesOf(all: Hosts, routes: readonly Exposed[], sites: Readonly<Record<string, Site>>): Route[] {
  return routes.flatMap((one): Route[] => {
    const site = sites[hostNameOf(all, one) ?? ''];
    if (site === undefined) return [];
    const { path, port, strip, except, allowedFrom, balance } = one;
    const common = { site, ...(port !== undefined && { port }) };
    return [
      {
        ...common,
        path,
        strip,
        ...(allowedFrom !== undefined && { audience: allowedFrom }),
        ...(balance !== undefined && { balance }),
      },
      ...except.map((closed): Route => ({ ...common, path: closed, audience: 'nobody' })),
    ];
  });
}
