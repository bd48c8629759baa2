import type { DeclaredRoute } from '../intent';
import { type ManifestObject, objectName, type Violation } from '../violation';
import { AddressSet } from './address-set';
import { type Facts, type Fields, listOf, type Pod, selects } from './facts';

/** One way from outside the cluster to pods. */
export interface Exposure {
  readonly object: ManifestObject;
  readonly path: string;
  /** Host and path, or what else leads there. */
  readonly what: string;
  readonly host?: string;
  readonly route?: string;
  readonly audience: 'everyone' | readonly string[];
  /** The workloads behind it, as namespace/name. */
  readonly workloads: readonly string[];
}

const ALLOWLISTS = ['whitelist-source-range', 'allowlist-source-range'].map(
  (name) => `nginx.ingress.kubernetes.io/${name}`,
);

function audienceOf({ metadata: { annotations = {} } }: ManifestObject): Exposure['audience'] {
  const list = ALLOWLISTS.map((name) => annotations[name]).find((value) => value !== undefined);
  return list === undefined ? 'everyone' : list.split(',').map((range) => range.trim());
}

function workloadsBehind(facts: Facts, namespace: string, service: ManifestObject | undefined): string[] {
  const selector = service?.spec?.selector;
  if (!selector) return [];
  const behind = (pod: Pod) => selects({ matchLabels: selector }, pod.labels);
  return facts
    .podsIn(namespace)
    .filter(behind)
    .map(({ owner }) => `${namespace}/${owner.metadata.name}`);
}

function ofIngress(facts: Facts, object: ManifestObject): Exposure[] {
  const namespace = object.metadata.namespace ?? 'default';
  const audience = audienceOf(object);
  const to = (backend: Fields, path: string, host: string, route: string): Exposure => {
    const service = facts.find('Service', namespace, String(backend?.service?.name));
    const workloads = workloadsBehind(facts, namespace, service);
    return { object, path, what: `${host}${route}`, host, route, audience, workloads };
  };
  const { rules, defaultBackend } = object.spec ?? {};
  return [
    ...(defaultBackend ? [to(defaultBackend, 'spec.defaultBackend', '*', '/')] : []),
    ...listOf(rules).flatMap(({ host, http }, rule) =>
      listOf(http?.paths).map(({ path, backend }, index) =>
        to(backend, `spec.rules[${rule}].http.paths[${index}]`, host ?? '*', path ?? '/'),
      ),
    ),
  ];
}

function ofService(facts: Facts, object: ManifestObject): Exposure[] {
  const { type, loadBalancerSourceRanges } = object.spec ?? {};
  if (type !== 'LoadBalancer' && type !== 'NodePort') return [];
  const ranges = listOf(loadBalancerSourceRanges);
  const audience = type === 'LoadBalancer' && ranges.length > 0 ? ranges : 'everyone';
  const workloads = workloadsBehind(facts, object.metadata.namespace ?? 'default', object);
  return [{ object, path: 'spec.type', what: `a Service of type ${type}`, audience, workloads }];
}

function ofHostNetwork({ owner, path, namespace, spec }: Pod): Exposure[] {
  const workloads = [`${namespace}/${owner.metadata.name}`];
  const exposed = (field: string, what: string): Exposure => ({
    object: owner,
    path: field,
    what,
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

/** Every way from outside to pods: Ingresses, Services of types that leave the cluster, ports of nodes. */
export function exposuresOf(facts: Facts): Exposure[] {
  return [
    ...facts.ofKind('Ingress').flatMap((object) => ofIngress(facts, object)),
    ...facts.ofKind('Service').flatMap((object) => ofService(facts, object)),
    ...facts.pods.flatMap(ofHostNetwork),
  ];
}

function showAudience(audience: Exposure['audience']): string {
  return audience === 'everyone' ? 'everyone' : audience.join(', ');
}

function sameAudience(a: Exposure['audience'], b: Exposure['audience']): boolean {
  if (a === 'everyone' || b === 'everyone') return a === b;
  const [left, right] = [a, b].map((cidrs) => AddressSet.of(cidrs.map((cidr) => ({ cidr })))) as [
    AddressSet,
    AddressSet,
  ];
  return left.minus(right).isEmpty && right.minus(left).isEmpty;
}

/** Compares the ways from outside with the declared ones: nothing missing, nothing extra, for the same audience. */
export function routeViolations(facts: Facts, declared: readonly DeclaredRoute[], rule: string): Violation[] {
  const wanted = new Map(declared.map((route) => [`${route.host}${route.path}`, route]));
  const found = new Set<string>();
  const violations = exposuresOf(facts).flatMap(({ object, path, what, audience, workloads }): Violation[] => {
    const told = (message: string) => [{ rule, object, path, message }];
    const who = workloads.join(' and ') || 'no pod';
    const route = wanted.get(what);
    if (!route) return told(`${what} leads ${showAudience(audience)} to ${who}, which is not declared`);
    found.add(what);
    const to = `${route.to.namespace}/${route.to.name}`;
    return [
      ...(workloads.length === 1 && workloads[0] === to ? [] : told(`${what} leads to ${who}, expected ${to}`)),
      ...(sameAudience(audience, route.audience)
        ? []
        : told(`${what} lets in ${showAudience(audience)}, expected ${showAudience(route.audience)}`)),
    ];
  });
  const missing = declared.flatMap(({ host, path, to }): Violation[] => {
    const owner = facts.podOf(to)?.owner;
    if (found.has(`${host}${path}`) || owner === undefined) return [];
    return [
      { rule, object: owner, path: 'spec', message: `nothing leads from ${host}${path} to it, which is declared` },
    ];
  });
  return [...violations, ...missing];
}

/** For people: "Ingress shop/edge". */
export function showExposure({ object, what }: Exposure): string {
  return `${what} (${objectName(object)})`;
}
