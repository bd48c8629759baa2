import { createHash } from 'node:crypto';
import type { Component } from '../../model/component';
import { audienceOf } from '../../model/site';
import type { System } from '../../model/system';
import { type SiteRoute, type SiteRoutes, siteRoutesOf } from '../edge/site-routes';
import { rulesOf } from '../edge/traefik';

/** The request metrics of a component from one source (an edge or the application). Each is a list of alternative selectors. */
export interface RequestMetrics {
  /** Counters of all requests. */
  readonly all: readonly string[];
  /** Counters of the requests that were answered with 5xx. */
  readonly errors: readonly string[];
  /** Buckets of a histogram of response times; empty if these are not measured. */
  readonly durations: readonly string[];
  /** The value of one second in the histogram: 1 or 1000. */
  readonly second: number;
}

/** An exposed component, with all sources that may have metrics of its requests. */
export interface ExposedComponent {
  readonly component: Component;
  readonly sources: readonly RequestMetrics[];
}

type Matchers = Readonly<Record<string, string>>;

/** Escapes a text for a regular expression in PromQL. */
function quoted(text: string): string {
  return text.replace(/[.+*?^$()[\]{}|\\]/g, '\\\\$&');
}

/** A PromQL selector. A value that begins with ~ is a regular expression. */
export function select(metric: string, ...matchers: readonly Matchers[]): string {
  const parts = matchers.flatMap((some) =>
    Object.entries(some).map(([label, value]) =>
      value.startsWith('~') ? `${label}=~"${value.slice(1)}"` : `${label}="${value}"`,
    ),
  );
  return `${metric}{${parts.join(',')}}`;
}

/**
 * All combinations of each label with and without the prefix `exported_`. Prometheus renames a label of a scraped series to `exported_…` if
 * it sets the same label itself (`namespace` by a PodMonitor, `namespace` and `service` by a ServiceMonitor), unless the monitor has
 * `honorLabels`. Source: prometheus.io, Configuration, scrape_config.
 */
export function labelVariants(labels: Matchers): readonly Matchers[] {
  return Object.entries(labels).reduce<readonly Matchers[]>(
    (some, [label, value]) =>
      [`exported_${label}`, label].flatMap((either) => some.map((one) => ({ ...one, [either]: value }))),
    [{}],
  );
}

/** A route of a component, with its place in the site's list of routes. */
interface RoutePlace {
  readonly siteRoutes: SiteRoutes;
  readonly path: string;
  readonly index: number;
  readonly namespace: string;
  readonly service: SiteRoute['service'];
}

/** One route per Service port. */
function byPort(places: readonly RoutePlace[]): RoutePlace[] {
  return [...new Map(places.map((place) => [place.service.port, place])).values()];
}

const streaming = (places: readonly RoutePlace[]) =>
  places.some(({ siteRoutes }) => siteRoutes.site.stream !== undefined);

/** Source: ingress-nginx, Monitoring. */
function nginx({ namespace, service }: RoutePlace, streams: boolean): RequestMetrics {
  const all = (metric: string, more: Matchers = {}) =>
    labelVariants({ namespace, service: service.name }).map((labels) => select(metric, labels, more));
  const { requests, durations } = {
    requests: 'nginx_ingress_controller_requests',
    // For streams, the time to the first byte, since their total time has no meaning.
    durations: `nginx_ingress_controller_${streams ? 'header' : 'request'}_duration_seconds_bucket`,
  };
  return { all: all(requests), errors: all(requests, { status: '~5..' }), durations: all(durations), second: 1 };
}

/** Source: doc.traefik.io, Metrics. Event streams and WebSockets have other values of `protocol`, so their duration is ignored. */
function traefik(services: readonly string[]): RequestMetrics {
  const service = `~${services.join('|')}`;
  const all = (metric: string, more: Matchers = {}) =>
    labelVariants({ service }).map((labels) => select(metric, labels, more));
  return {
    all: all('traefik_service_requests_total'),
    errors: all('traefik_service_requests_total', { code: '~5..' }),
    durations: all('traefik_service_request_duration_seconds_bucket', { protocol: 'http' }),
    second: 1,
  };
}

/** The service name by Traefik's provider of Ingresses with nginx annotations. Only some versions include the Ingress in the name. */
function traefikIngress({ namespace, service }: RoutePlace): string {
  return `${quoted(namespace)}(-.+)?${quoted(`-${service.name}-${service.port}@kubernetesingressnginx`)}`;
}

/** The service name by Traefik's provider of IngressRoutes: one service per rule, named by the hash of the rule. */
function traefikRoute(route: string, namespace: string, rule: string): string {
  const hash = createHash('sha256').update(rule).digest('hex').slice(0, 20);
  return quoted(`${namespace}-${route}-${hash}@kubernetescrd`);
}

/** The service name by Traefik's provider of the Gateway API: it contains the HTTPRoute, the Gateway and the Service. */
function traefikGateway({ siteRoutes: { site }, namespace, service }: RoutePlace): string {
  return `httproute-${quoted(`${namespace}-${site.name}`)}-gw-.+-svc-${quoted(`${namespace}-${service.name}`)}-[0-9]+@kubernetesgateway`;
}

/**
 * Envoy has a cluster per rule of an HTTPRoute, or per Service port if Envoy Gateway merges backends. Each path has two rules; the first is
 * for upgrades, whose duration is ignored. Sites with streams have no durations, since Envoy measures until the end of the stream.
 * Source: envoyproxy.io, Cluster manager statistics; gateway.envoyproxy.io.
 */
function envoy(places: readonly RoutePlace[]): RequestMetrics {
  const rules = (of: (index: number) => readonly number[]) =>
    places.flatMap(({ siteRoutes, index, namespace }) =>
      of(index).map((rule) => quoted(`httproute/${namespace}/${siteRoutes.site.name}/rule/${rule}`)),
    );
  const merged = byPort(places).map(
    ({ namespace, service }) => `${quoted(`service/${namespace}/${service.name}/${service.port}`)}(/.+)?`,
  );
  const clusters = (names: readonly string[]) => ({ envoy_cluster_name: `~${[...names, ...merged].join('|')}` });
  const every = clusters(rules((index) => [2 * index, 2 * index + 1]));
  const answered = clusters(rules((index) => [2 * index + 1]));
  // Does not count responses of Envoy itself: without a ready pod, Envoy Gateway makes the route a direct 503, and ServiceDown fires.
  const requests = 'envoy_cluster_upstream_rq_xx';
  return {
    all: [select(requests, every)],
    errors: [select(requests, every, { envoy_response_code_class: '5' })],
    durations: streaming(places) ? [] : [select('envoy_cluster_upstream_rq_time_bucket', answered)],
    second: 1000,
  };
}

/** The `job` label of a component's own metrics: the name of its PodMonitor. */
export function jobOf({ namespace, name }: Pick<Component, 'namespace' | 'name'>): Matchers {
  return { job: `${namespace}/${name}` };
}

function own(component: Component, names: { readonly duration: string; readonly status: string }): RequestMetrics {
  const job = jobOf(component);
  return {
    all: [select(`${names.duration}_count`, job)],
    errors: [select(`${names.duration}_count`, job, { [names.status]: '~5..' })],
    durations: [select(`${names.duration}_bucket`, job)],
    second: 1,
  };
}

function ofEdge(places: readonly RoutePlace[], edge: System['edge']): RequestMetrics[] {
  switch (edge.kind) {
    case 'ingress':
      // The environment file does not tell which controller serves the class; during a migration both have metrics.
      return [nginx(places[0] as RoutePlace, streaming(places)), traefik(byPort(places).map(traefikIngress))];
    case 'traefik':
      return [
        traefik(
          places.flatMap(({ siteRoutes: { site }, path, namespace }) => {
            const { small, other } = rulesOf(site, path);
            return [small, other].map((rule) => traefikRoute(site.name, namespace, rule));
          }),
        ),
      ];
    case 'gateway':
      return [edge.implementation === 'traefik' ? traefik([...new Set(places.map(traefikGateway))]) : envoy(places)];
  }
}

/** Whether a source measures response times. */
export function isTimed({ durations }: RequestMetrics): boolean {
  return durations.length > 0;
}

/** The components that are exposed to clients, with the metrics of their requests: from the application if it has some, else from the edge. */
export function exposedComponents(system: Pick<System, 'components' | 'edge'>): ExposedComponent[] {
  const exposedRoutes = siteRoutesOf(system).filter(({ site }) => site.audience !== 'nobody');
  return system.components
    .filter(({ exposed }) => exposed.some((route) => audienceOf(route) !== 'nobody'))
    .map((component) => {
      const names = component.metrics?.requests;
      if (names !== undefined) return { component, sources: [own(component, names)] };
      const places = exposedRoutes.flatMap((siteRoutes) =>
        siteRoutes.routes.flatMap((route, index) =>
          route.component === component ? [{ ...route, siteRoutes, index, namespace: component.namespace }] : [],
        ),
      );
      return { component, sources: ofEdge(places, system.edge) };
    });
}
