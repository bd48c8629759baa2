import { portOfName } from '../../model/port';
import { securityHeaders } from '../../model/security-headers';
import { type Audience, audienceOf, type Route, rangesOf, type Site } from '../../model/site';
import { pathRule, sizeRule, spellingsRule } from '../../model/traefik-rules';
import type { Pod } from './pods';

/** The service that receives requests from outside. */
export const PROXY = 'proxy';

/** The volume with the certificates. */
export const CERTIFICATES = 'certificates';

/** The user of the proxy, which no image needs to know. */
export const PROXY_USER = 65532;

/** How the system is reached from outside. */
export interface ProxyOptions {
  /** The port of this machine for HTTP. */
  readonly http: number;
  /** The port of this machine for HTTPS. Let's Encrypt asks at 80 and 443. */
  readonly https: number;
  /** The address that Let's Encrypt writes to. @default - no TLS: only HTTP, as for a load balancer in front that has it */
  readonly email?: string | undefined;
  readonly image: string;
  readonly tag: string;
}

/** The port of the proxy's metrics, where something monitors it. */
export const METRICS = 8082;

/** Above the priority of rules that Traefik counts itself. */
const PRIORITY = 1000;

/** The files of the proxy that are in its container. */
const ROUTES = '/etc/traefik/routes';

interface Router {
  readonly rule: string;
  readonly priority: number;
  readonly service: string;
  readonly middlewares?: readonly string[];
}

/** A route, and the pod that it leads to. */
interface Exposed {
  readonly pod: Pod;
  readonly route: Route;
}

const nameOf = ({ pod, route }: Exposed) =>
  `${route.site.name}-${pod.name}${route.path.replaceAll(/[^a-z0-9]+/gi, '-').replace(/-$/, '')}`;

/** What a request passes before it reaches a component. At a closed path it is refused by its address: 403. */
function middlewaresOf({ site, path, strip }: Route, audience: Audience, tls: boolean) {
  const allowlist = audience !== 'everyone' && { allowlist: { ipAllowList: { sourceRange: rangesOf(audience) } } };
  if (audience === 'nobody') return { ...allowlist };
  const { rateLimit, body } = site;
  return {
    ...allowlist,
    ...(rateLimit !== undefined && {
      rate: {
        rateLimit: {
          average: rateLimit.average,
          burst: rateLimit.burst,
          ...(rateLimit.per === 'minute' && { period: '1m' }),
        },
      },
    }),
    ...(site.securityHeaders && { headers: { headers: { customResponseHeaders: securityHeaders(tls) } } }),
    body: { buffering: { maxRequestBodyBytes: body.toBytes() } },
    ...(strip && path !== '/' && { strip: { stripPrefix: { prefixes: [path] } } }),
  };
}

/**
 * The servers of a component: each copy by the name that compose gives its container, so that requests are balanced over all of them. In a
 * stack, copies have no names of their own: Swarm's DNS has the addresses of those that are healthy.
 */
function serversOf({ pod, route }: Exposed, project: string | undefined) {
  const { port, protocol } = portOfName({ name: pod.name, ports: pod.containers[0].ports }, route.port);
  const scheme = protocol === 'grpc' ? 'h2c' : 'http';
  const health = pod.containers[0].probes?.health;
  const path = health !== undefined && 'http' in health && health.port === undefined ? health.http : undefined;
  if (project === undefined) return { loadBalancer: { servers: [{ url: `${scheme}://${pod.name}:${port}` }] } };
  return {
    loadBalancer: {
      servers: Array.from({ length: pod.replicas }, (_, index) => ({
        url: `${scheme}://${project}-${pod.name}-${index + 1}:${port}`,
      })),
      ...(route.balance && { strategy: 'p2c' }),
      ...(path !== undefined && protocol !== 'grpc' && { healthCheck: { path, interval: '5s', timeout: '3s' } }),
    },
  };
}

const hostRule = ({ host }: Site) => `Host(\`${host}\`)`;

/** A path that is closed to everyone, in every spelling that a program may take for it. It leads to no component. */
function closedRouters(exposed: Exposed, middlewares: readonly string[]): Record<string, Router> {
  const { site, path } = exposed.route;
  const priority = PRIORITY + 2 * path.length + 1;
  return {
    [nameOf(exposed)]: {
      rule: `${hostRule(site)} && ${pathRule(path)}`,
      priority,
      service: 'noop@internal',
      middlewares,
    },
    [`${nameOf(exposed)}-spellings`]: {
      rule: `${hostRule(site)} && ${spellingsRule(path)}`,
      priority,
      service: 'noop@internal',
      middlewares,
    },
  };
}

/** Two routers for each path: what is surely small is not buffered, so that streams flow. */
function openRouters(exposed: Exposed, middlewares: readonly string[]): Record<string, Router> {
  const { site, path } = exposed.route;
  const name = nameOf(exposed);
  const rule = `${hostRule(site)} && ${pathRule(path)}`;
  const priority = PRIORITY + 2 * path.length;
  const unbuffered = middlewares.filter((one) => !one.endsWith('-body'));
  return {
    [name]: { rule: `${rule} && ${sizeRule(site)}`, priority: priority + 1, service: name, middlewares: unbuffered },
    [`${name}-large`]: { rule, priority, service: name, middlewares },
  };
}

/** Hosts that redirect to a site, permanently and with the path. */
function aliasesOf(site: Site, entry: object, tls: boolean) {
  const redirect = {
    redirectRegex: {
      regex: '^https?://[^/]+/(.*)',
      replacement: `${tls ? 'https' : 'http'}://${site.host}/\${1}`,
      permanent: true,
    },
  };
  const aliases = site.aliases ?? [];
  const router = (host: string) => ({
    ...entry,
    rule: `Host(\`${host}\`)`,
    service: 'noop@internal',
    middlewares: [`${site.name}-alias`],
  });
  return {
    routers: Object.fromEntries(aliases.map(({ name, host }) => [name, router(host)])),
    middlewares: aliases.length > 0 ? { [`${site.name}-alias`]: redirect } : {},
  };
}

/**
 * The dynamic configuration: routers, middlewares and services. Source: doc.traefik.io, File provider.
 *
 * @param project the name of the compose project. @default - it is for a stack
 */
export function routesOf(pods: readonly Pod[], project: string | undefined, tls: boolean) {
  const all = pods.flatMap((pod) => (pod.component?.exposed ?? []).map((route): Exposed => ({ pod, route })));
  const routers: Record<string, unknown> = {};
  const services: Record<string, unknown> = {};
  const middlewares: Record<string, unknown> = {};
  const entry = tls ? { entryPoints: ['https'], tls: { certResolver: 'acme' } } : { entryPoints: ['http'] };
  for (const site of new Set(all.map(({ route }) => route.site))) {
    const aliases = aliasesOf(site, entry, tls);
    Object.assign(routers, aliases.routers);
    Object.assign(middlewares, aliases.middlewares);
  }
  for (const exposed of all) {
    const name = nameOf(exposed);
    const audience = audienceOf(exposed.route);
    const own = middlewaresOf(exposed.route, audience, tls);
    for (const [purpose, middleware] of Object.entries(own)) middlewares[`${name}-${purpose}`] = middleware;
    const names = Object.keys(own).map((purpose) => `${name}-${purpose}`);
    const found = audience === 'nobody' ? closedRouters(exposed, names) : openRouters(exposed, names);
    for (const [router, rule] of Object.entries(found)) routers[router] = { ...entry, ...rule };
    if (audience !== 'nobody') services[name] = serversOf(exposed, project);
  }
  return { http: { routers, middlewares, services } };
}

/**
 * The proxy as a service: Traefik, without a dashboard and without Docker's socket. Source: doc.traefik.io, Static
 * Configuration.
 *
 * @param options whether something reads its metrics, and whether only programs of this machine reach it
 */
export function proxyService(
  { http, https, email, image, tag }: ProxyOptions,
  networks: readonly string[],
  { hasMetrics, isLocal }: { readonly hasMetrics: boolean; readonly isLocal: boolean },
) {
  const tls = email !== undefined;
  const flags = [
    '--ping=true',
    '--log.level=INFO',
    '--accesslog=true',
    `--providers.file.directory=${ROUTES}`,
    '--entrypoints.http.address=:80',
    ...(hasMetrics
      ? [
          `--entrypoints.metrics.address=:${METRICS}`,
          '--metrics.prometheus=true',
          '--metrics.prometheus.entrypoint=metrics',
        ]
      : []),
    ...(tls
      ? [
          '--entrypoints.http.http.redirections.entrypoint.to=:443',
          '--entrypoints.http.http.redirections.entrypoint.scheme=https',
          '--entrypoints.https.address=:443',
          `--certificatesresolvers.acme.acme.email=${email}`,
          '--certificatesresolvers.acme.acme.storage=/certificates/acme.json',
          '--certificatesresolvers.acme.acme.httpchallenge.entrypoint=http',
        ]
      : []),
  ];
  return {
    image: `${image}:${tag}`,
    command: flags,
    user: `${PROXY_USER}:${PROXY_USER}`,
    restart: 'unless-stopped',
    ports: [`${http}:80`, ...(tls ? [`${https}:443`] : [])].map((port) => (isLocal ? `127.0.0.1:${port}` : port)),
    networks,
    healthcheck: {
      test: ['CMD', 'traefik', 'healthcheck', '--ping=true'],
      interval: '5s',
      timeout: '3s',
      retries: 3,
      start_period: '30s',
    },
    stop_grace_period: '30s',
    deploy: { resources: { limits: { cpus: '1', memory: '256M' }, reservations: { cpus: '0.1', memory: '64M' } } },
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    tmpfs: [`/tmp:size=16m,uid=${PROXY_USER},gid=${PROXY_USER},mode=1777`],
    volumes: [`./files/proxy:${ROUTES}:ro`, ...(tls ? [`${CERTIFICATES}:/certificates`] : [])],
  };
}
