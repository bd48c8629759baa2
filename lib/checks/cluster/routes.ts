import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { type Fields, listOf, type Pod } from './pods';
import type { Audience, Dialect, RouteRule } from './route-rule';
import { routeRulesOf } from './route-rules';
import { selectionOf, selectorOf } from './selection';

/** An entry point from outside the cluster to pods. */
export interface Exposure {
  readonly object: ManifestObject;
  readonly path: string;
  /** Host and path, or a description of another entry point. */
  readonly label: string;
  readonly audience: Audience;
  /** The workloads that it leads to, as namespace/name. */
  readonly workloads: readonly string[];
  readonly class?: string | undefined;
  readonly tls?: boolean;
  /** Whether it matches only the path itself, not paths below it. @default false */
  readonly exact?: boolean;
  /** Whether it matches only some requests to the path. @default false */
  readonly narrowed?: boolean;
  /** The other conditions of its rule, as texts. @default - none */
  readonly conditions?: readonly string[];
  /** The priority. Of all that match a request, the highest one is used. @default 0 */
  readonly order?: number;
  /** The dialect of its allowlist. @default - there is no allowlist */
  readonly dialect?: Dialect;
  /** The names of backends without a known workload. @default - none */
  readonly unknownBackends?: readonly string[];
}

type WorkloadsBehind = (namespace: string, service: string) => string[];

/** A function that finds the workloads behind a Service. A Service of type ExternalName has none. */
function workloadsBehindServices(cluster: ClusterIndex): WorkloadsBehind {
  const selection = selectionOf(cluster);
  return (namespace, name) => {
    const { selector, type } = cluster.find('Service', namespace, name)?.spec ?? {};
    if (!selector || type === 'ExternalName') return [];
    const pods = selection.podsIn(namespace, selectorOf({ matchLabels: selector }));
    return pods.map(({ name: workload }) => `${namespace}/${workload}`);
  };
}

function exposureOfRule(behind: WorkloadsBehind, { host, route, services, ...rule }: RouteRule): Exposure {
  const workloads = services.flatMap(({ namespace, name }) => behind(namespace, name));
  const unknown = services.filter(({ namespace, name }) => behind(namespace, name).length === 0);
  return {
    ...rule,
    label: `${host}${route}`,
    workloads: [...new Set(workloads)],
    unknownBackends: unknown.map(({ name }) => name),
  };
}

/** Routes of the Gateway API and of Traefik whose rules are not analysed. They count as open to everyone. */
const OPAQUE_ROUTES = ['GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute', 'IngressRouteTCP', 'IngressRouteUDP'];

/** The Services that a route names anywhere in its spec, as [namespace, name]. */
function servicesIn(value: Fields, namespace: string): [string, string][] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((one) => servicesIn(one, namespace));
  const own = ['backendRefs', 'services'].flatMap((field) =>
    listOf(value[field]).map((one): [string, string] => [String(one.namespace ?? namespace), String(one.name)]),
  );
  return [...own, ...Object.values(value).flatMap((one) => servicesIn(one, namespace))];
}

function exposuresOfRoute(behind: WorkloadsBehind, object: ManifestObject): Exposure[] {
  const { namespace = 'default' } = object.metadata;
  const hosts = listOf(object.spec?.hostnames).join(', ');
  const workloads = servicesIn(object.spec, namespace).flatMap(([space, name]) => behind(space, name));
  const label = [`a ${object.kind}`, ...(hosts === '' ? [] : [`of ${hosts}`])].join(' ');
  return [{ object, path: 'spec', label: label, audience: 'everyone', workloads: [...new Set(workloads)] }];
}

function exposuresOfService(behind: WorkloadsBehind, object: ManifestObject): Exposure[] {
  const { namespace = 'default', name } = object.metadata;
  const { type, loadBalancerSourceRanges, externalIPs } = object.spec ?? {};
  const workloads = behind(namespace, name);
  const ranges = listOf(loadBalancerSourceRanges);
  const exposed = (path: string, label: string, audience: Audience): Exposure[] => [
    { object, path, label: label, audience, workloads },
  ];
  return [
    ...(type === 'LoadBalancer' && ranges.length > 0
      ? exposed('spec.type', 'a Service of type LoadBalancer', ranges)
      : []),
    ...(type === 'NodePort' || (type === 'LoadBalancer' && ranges.length === 0)
      ? exposed('spec.type', `a Service of type ${type}`, 'everyone')
      : []),
    ...(listOf(externalIPs).length > 0
      ? exposed('spec.externalIPs', 'a Service with external addresses', 'everyone')
      : []),
  ];
}

function exposuresOfNode({ owner, path, namespace, name, spec }: Pod): Exposure[] {
  const workloads = [`${namespace}/${name}`];
  const exposed = (field: string, label: string): Exposure => ({
    object: owner,
    path: field,
    label: label,
    audience: 'everyone',
    workloads,
  });
  const ports = listOf(spec.containers).flatMap(({ ports: all }, container) =>
    listOf(all).flatMap(({ hostPort }, index) =>
      hostPort
        ? [exposed(`${path}.containers[${container}].ports[${index}].hostPort`, `port ${hostPort} of its node`)]
        : [],
    ),
  );
  return [...(spec.hostNetwork === true ? [exposed(`${path}.hostNetwork`, 'the network of its node')] : []), ...ports];
}

/** All entry points from outside: Ingresses, routes, Services of type NodePort and LoadBalancer, and ports of nodes. */
export function exposuresOf(cluster: ClusterIndex): Exposure[] {
  const behind = workloadsBehindServices(cluster);
  return [
    ...routeRulesOf(cluster).map((rule) => exposureOfRule(behind, rule)),
    ...cluster.ofKind(...OPAQUE_ROUTES).flatMap((object) => exposuresOfRoute(behind, object)),
    ...cluster.ofKind('Service').flatMap((object) => exposuresOfService(behind, object)),
    ...cluster.pods.flatMap(exposuresOfNode),
  ];
}
