import { createHash } from 'node:crypto';
import type { Component } from '../../model/component';
import { audienceOf } from '../../model/site';
import type { System } from '../../model/system';
import { type SiteRoute, type SiteRoutes, siteRoutesOf } from '../edge/site-routes';
import { rulesOf } from '../edge/traefik';

/** How one source counts the requests to one component. Each is a list of selectors, by the labels that there may be. */
export interface RequestMetrics {
  readonly all: readonly string[];
  /** Those that were answered with 5xx. */
  readonly errors: readonly string[];
  /** The buckets of a histogram of how long answers take: none where that is not counted. */
  readonly durations: readonly string[];
  /** What a second is in the histogram. */
  readonly second: number;
}

/** A component that is asked, and how that is counted, by each source that may be there. */
export interface ExposedComponent {
  readonly component: Component;
  readonly sources: readonly RequestMetrics[];
}

type Matchers = Readonly<Record<string, string>>;

/** A text as it stands in a regular expression of PromQL. */
function quoted(text: string): string {
  return text.replace(/[.+*?^$()[\]{}|\\]/g, '\\\\$&');
}

/** A selector; a value that begins with ~ is a regular expression. */
export function select(metric: string, ...matchers: readonly Matchers[]): string {
  const parts = matchers.flatMap((some) =>
    Object.entries(some).map(([label, value]) =>
      value.startsWith('~') ? `${label}=~"${value.slice(1)}"` : `${label}="${value}"`,
    ),
  );
  return `${metric}{${parts.join(',')}}`;
}

/**
 * The labels that a target brings itself and Prometheus may give as well. Those that it gives are called exported_…, and the plain ones
 * name the target; the others, or all where the monitor says `honorLabels`, stay as they are. A PodMonitor gives a namespace and no
 * service, a ServiceMonitor both.
 */
export function labelVariants(labels: Matchers): readonly Matchers[] {
  return Object.entries(labels).reduce<readonly Matchers[]>(
    (some, [label, value]) =>
      [`exported_${label}`, label].flatMap((either) => some.map((one) => ({ ...one, [either]: value }))),
    [{}],
  );
}

/** Where a component is offered. */
interface RoutePlace {
  readonly siteRoutes: SiteRoutes;
  readonly path: string;
  readonly index: number;
  readonly namespace: string;
  readonly service: SiteRoute['service'];
}

/** The places that lead to different ports of a Service. */
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
    // A stream goes on for as long as it likes: until its first byte is what its client waits for.
    durations: `nginx_ingress_controller_${streams ? 'header' : 'request'}_duration_seconds_bucket`,
  };
  return { all: all(requests), errors: all(requests, { status: '~5..' }), durations: all(durations), second: 1 };
}

/** Source: doc.traefik.io, Metrics. Streams and WebSockets have protocols of their own, and their length is not looked at. */
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

/** Traefik's provider of Ingresses that have nginx's annotations; not all of its versions name the Ingress. */
function traefikIngress({ namespace, service }: RoutePlace): string {
  return `${quoted(namespace)}(-.+)?${quoted(`-${service.name}-${service.port}@kubernetesingressnginx`)}`;
}

/** Its provider of IngressRoutes makes a service of each rule, and names it by the rule's hash. */
function traefikRoute(route: string, namespace: string, rule: string): string {
  const hash = createHash('sha256').update(rule).digest('hex').slice(0, 20);
  return quoted(`${namespace}-${route}-${hash}@kubernetescrd`);
}

/** Its provider of the Gateway API names whatever leads to a service, and then the service. */
function traefikGateway({ siteRoutes: { site }, namespace, service }: RoutePlace): string {
  return `httproute-${quoted(`${namespace}-${site.name}`)}-gw-.+-svc-${quoted(`${namespace}-${service.name}`)}-[0-9]+@kubernetesgateway`;
}

/**
 * A cluster is a rule of an HTTPRoute, or a port of a Service where it is told to merge those. Each path is two rules, of which the first
 * is for upgrades, whose length is not looked at. Nor is any where there are streams: Envoy's time ends with the stream.
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
  // Not what Envoy answers before it picks a cluster: where no pod is ready, Envoy Gateway makes the route a direct 503, and ServiceDown fires.
  const requests = 'envoy_cluster_upstream_rq_xx';
  return {
    all: [select(requests, every)],
    errors: [select(requests, every, { envoy_response_code_class: '5' })],
    durations: streaming(places) ? [] : [select('envoy_cluster_upstream_rq_time_bucket', answered)],
    second: 1000,
  };
}

/** Where Prometheus reads a component, as it names it: the monitor. */
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
      // One of both is there, which the environment does not say; while one takes over from the other, both are.
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

/** Whether a source knows how long answers take. */
export function isTimed({ durations }: RequestMetrics): boolean {
  return durations.length > 0;
}

/** Every component that is exposed to anybody, with how requests to it are counted: by the edge, unless the component does so itself. */
export function exposedComponents(system: Pick<System, 'components' | 'edge'>): ExposedComponent[] {
  const offers = siteRoutesOf(system).filter(({ site }) => site.audience !== 'nobody');
  return system.components
    .filter(({ exposed }) => exposed.some((route) => audienceOf(route) !== 'nobody'))
    .map((component) => {
      const names = component.metrics?.requests;
      if (names !== undefined) return { component, sources: [own(component, names)] };
      const places = offers.flatMap((siteRoutes) =>
        siteRoutes.routes.flatMap((route, index) =>
          route.component === component ? [{ ...route, siteRoutes, index, namespace: component.namespace }] : [],
        ),
      );
      return { component, sources: ofEdge(places, system.edge) };
    });
}
