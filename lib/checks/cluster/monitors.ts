import { groupBy } from '../../base/group';
import type { ManifestObject } from '../../manifests/object';
import { clusterPods } from './cloudnative-pg';
import { type ClusterIndex, selects } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { LabelIndex, type Selection, type Selector, selectorOf, showSelector } from './selection';
import type { FieldFinding } from './violation';

interface LabelledService {
  readonly labels: Readonly<Record<string, string>>;
  readonly object: ManifestObject;
}

function portNamesIn(ports: Fields): string[] {
  return listOf(ports).flatMap(({ name }) => (typeof name === 'string' ? name : []));
}

/** The names of the ports of a pod's containers. */
export function portNamesOf(pod: Pod): string[] {
  return containersOf(pod).flatMap(({ fields }) => portNamesIn(fields.ports));
}

function emptySelection(selector: Selector, what: string, where: string): FieldFinding {
  const message = `given ${showSelector(selector)}, which matches nothing, expected the labels of ${what} in ${where}; correct them`;
  return { path: 'spec.selector', message };
}

/** The namespaces in which a monitor selects. Source: prometheus-operator.dev, API reference. */
function monitoredNamespaces({ metadata, spec }: ManifestObject): readonly string[] | 'every namespace' {
  const { any, matchNames } = spec?.namespaceSelector ?? {};
  if (any === true) return 'every namespace';
  const names = listOf(matchNames).filter((name) => typeof name === 'string');
  return names.length > 0 ? names : [metadata.namespace ?? 'default'];
}

function showNamespaces(namespaces: readonly string[] | 'every namespace'): string {
  return typeof namespaces === 'string' ? namespaces : `namespace ${namespaces.join(', ')}`;
}

/** Endpoints of a monitor whose port none of the selected objects has. */
function unknownPorts(endpoints: Fields, field: string, ports: ReadonlySet<string>, what: string): FieldFinding[] {
  return listOf(endpoints).flatMap(({ port }, index) =>
    typeof port !== 'string' || ports.has(port)
      ? []
      : {
          path: `spec.${field}[${index}].port`,
          message: `given the port "${port}", expected the name of a port of ${what}: ${[...ports].slice(0, 8).join(', ') || 'none'}`,
        },
  );
}

/** A function that finds Services by selector and namespace. */
function servicesOf(cluster: ClusterIndex) {
  const services = cluster
    .ofKind('Service')
    .map((object): LabelledService => ({ object, labels: object.metadata.labels ?? {} }));
  const everyService = new LabelIndex(services);
  const servicesIn = new Map(
    [...groupBy(services, ({ object }) => object.metadata.namespace ?? 'default')].map(
      ([namespace, some]) => [namespace, new LabelIndex(some)] as const,
    ),
  );
  return (selector: Selector, namespaces: readonly string[] | 'every namespace') =>
    typeof namespaces === 'string'
      ? everyService.select(selector)
      : namespaces.flatMap((namespace) => servicesIn.get(namespace)?.select(selector) ?? []);
}

/** A function that finds selectors of budgets and monitors that match nothing, and ports of monitors that no match has. */
export function selectingReferences(
  cluster: ClusterIndex,
  selection: Selection,
): (object: ManifestObject) => FieldFinding[] {
  const services = servicesOf(cluster);
  const given = [...cluster.prerequisites, ...clusterPods(cluster)];
  const isGiven = (kind: string, selector: Selector, namespaces: readonly string[] | 'every namespace') =>
    given.some(
      (one) =>
        one.kind === kind &&
        (one.namespace === undefined || typeof namespaces === 'string' || namespaces.includes(one.namespace)) &&
        selects(selector, one.labels ?? {}),
    );

  const budget = ({ metadata, spec }: ManifestObject): FieldFinding[] => {
    const namespace = metadata.namespace ?? 'default';
    const selector = selectorOf(spec?.selector);
    if (!spec?.selector || selection.podsIn(namespace, selector).length > 0) return [];
    if (selection.selectsPrerequisite(namespace, selector)) return [];
    return [emptySelection(selector, 'pods', `namespace ${namespace}`)];
  };

  const serviceMonitor = (object: ManifestObject): FieldFinding[] => {
    if (!object.spec?.selector) return [];
    const selector = selectorOf(object.spec.selector);
    const namespaces = monitoredNamespaces(object);
    if (isGiven('Service', selector, namespaces)) return [];
    const found = services(selector, namespaces);
    if (found.length === 0) return [emptySelection(selector, 'a Service', showNamespaces(namespaces))];
    const ports = found.flatMap((service) => portNamesIn(service.object.spec?.ports));
    return unknownPorts(object.spec.endpoints, 'endpoints', new Set(ports), 'the Services that are selected');
  };

  const podMonitor = (object: ManifestObject): FieldFinding[] => {
    if (!object.spec?.selector) return [];
    const selector = selectorOf(object.spec.selector);
    const namespaces = monitoredNamespaces(object);
    if (isGiven('Pod', selector, namespaces)) return [];
    const found =
      typeof namespaces === 'string'
        ? selection.peers({ namespaceSelector: {}, podSelector: selector }, '').pods
        : namespaces.flatMap((namespace) => selection.podsIn(namespace, selector));
    if (found.length === 0) return [emptySelection(selector, 'pods', showNamespaces(namespaces))];
    const ports = new Set(found.flatMap(portNamesOf));
    return unknownPorts(object.spec.podMetricsEndpoints, 'podMetricsEndpoints', ports, 'the pods that are selected');
  };

  return (object) => {
    switch (`${apiGroupOf(object.apiVersion)}/${object.kind}`) {
      case 'policy/PodDisruptionBudget':
        return budget(object);
      case 'monitoring.coreos.com/ServiceMonitor':
        return serviceMonitor(object);
      case 'monitoring.coreos.com/PodMonitor':
        return podMonitor(object);
      default:
        return [];
    }
  };
}
