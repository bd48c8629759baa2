import { memoizeOf } from '../../base/memoize';
import { formatValue, isInteger, quantityOf } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { type Container, containersOf, type Fields, listOf, type Pod } from './pods';
import type { Finding } from './violation';

const finding = (object: ManifestObject, path: string, message: string): Finding => ({
  object,
  path,
  message,
  level: 'broken',
});

/** A resource metric of an autoscaler, with its target. */
interface ResourceMetric {
  readonly path: string;
  readonly targetPath: string;
  readonly resource: string;
  /** The measured container. @default - all containers */
  readonly container?: string;
  readonly target: Fields;
}

const SOURCES: ReadonlyMap<unknown, string> = new Map([
  ['Resource', 'resource'],
  ['ContainerResource', 'containerResource'],
]);

/** The resource metrics of an autoscaler, of API version 1 or 2. */
function resourceMetricsOf({ spec }: ManifestObject): ResourceMetric[] {
  if (spec?.targetCPUUtilizationPercentage != null) {
    const path = 'spec.targetCPUUtilizationPercentage';
    const target = { averageUtilization: spec.targetCPUUtilizationPercentage };
    return [{ path, targetPath: path, resource: 'cpu', target }];
  }
  return listOf(spec?.metrics).flatMap((metric, index) => {
    const source = SOURCES.get(metric.type);
    const fields = source && metric[source];
    if (typeof fields !== 'object' || fields === null) return [];
    const path = `spec.metrics[${index}].${source}`;
    return [
      {
        path,
        targetPath: `${path}.target.averageUtilization`,
        resource: typeof fields.name === 'string' ? fields.name : '',
        ...(source === 'containerResource' && { container: fields.container }),
        target: fields.target,
      },
    ];
  });
}

/** The containers that are measured: those that run as long as the pod. */
function measured(pod: Pod, only: string | undefined): Container[] {
  return containersOf(pod).filter(
    ({ role, fields }) => (role === 'container' || role === 'sidecar') && (only === undefined || fields.name === only),
  );
}

/** The request of a resource, which defaults to its limit. Source: kubernetes.io, Resource Management for Pods and Containers. */
const requestOf = ({ resources }: Fields, resource: string): number | undefined =>
  quantityOf(resources?.requests?.[resource] ?? resources?.limits?.[resource]);

/** The sum of some values, or undefined if one is undefined. */
export const sumOf = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce<number | undefined>(
    (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value),
    0,
  );

/**
 * Utilisation is a percentage of the request: without a request it cannot be measured, and it cannot exceed limit / request. Source:
 * kubernetes.io, Horizontal Pod Autoscaling.
 */
function utilisationFindings(object: ManifestObject, pod: Pod | undefined, metric: ResourceMetric): Finding[] {
  const { path, targetPath, resource, container, target } = metric;
  const given = target?.averageUtilization;
  if (given == null) {
    return quantityOf(target?.averageValue) === undefined
      ? [finding(object, path, 'given no target, expected target.averageUtilization or target.averageValue')]
      : [];
  }
  if (!isInteger(given, 1)) {
    return [finding(object, targetPath, `given ${formatValue(given)}, expected a percentage from 1`)];
  }
  if (!pod) return [];
  const containers = measured(pod, container);
  if (container !== undefined && containers.length === 0) {
    const message = `given ${formatValue(container)}, expected a container of ${objectName(pod.owner)}`;
    return [finding(object, `${path}.container`, message)];
  }
  const wholePod = container === undefined ? requestOf(pod.spec, resource) : undefined;
  const without = wholePod === undefined ? containers.filter(({ fields }) => !requestOf(fields, resource)) : [];
  if (without.length > 0) {
    const message = `given no request of ${resource}, expected one, since ${objectName(object)} measures its utilisation`;
    return without.map((one) => finding(pod.owner, `${one.path}.resources.requests.${resource}`, message));
  }
  const requests = wholePod ?? sumOf(containers.map(({ fields }) => requestOf(fields, resource)));
  const limits =
    quantityOf(pod.spec.resources?.limits?.[resource]) ??
    sumOf(containers.map(({ fields }) => quantityOf(fields.resources?.limits?.[resource])));
  const most = requests && limits !== undefined ? Math.floor((100 * limits) / requests) : Number.POSITIVE_INFINITY;
  return given < most
    ? []
    : [
        finding(
          object,
          targetPath,
          `given ${given}% of the requested ${resource}, expected less than ${most}%, which the limits allow at most; it would never scale up`,
        ),
      ];
}

const NO_METRIC = 'given no metric, expected at least one; without it the default is 80 % of the requested cpu';

/** Invalid metrics of an autoscaler, and missing requests of the pods that it measures. */
export function metricFindings(object: ManifestObject, pod: Pod | undefined): Finding[] {
  // Its metrics have other fields, and its version is reported by the rule "api-versions".
  if (object.apiVersion === 'autoscaling/v2beta1') return [];
  const metrics = resourceMetricsOf(object);
  return metrics.length === 0 && listOf(object.spec?.metrics).length === 0
    ? [{ ...finding(object, 'spec.metrics', NO_METRIC), level: 'policy' }]
    : metrics.flatMap((metric) => utilisationFindings(object, pod, metric));
}

/** What a VerticalPodAutoscaler sets: cpu and memory of all containers, unless it says which. Source: github.com/kubernetes/autoscaler, VPA API reference. */
function verticallySet({ spec }: ManifestObject): ReadonlySet<unknown> {
  if (spec?.updatePolicy?.updateMode === 'Off') return new Set();
  const policies = listOf(spec?.resourcePolicy?.containerPolicies).filter(({ mode }) => mode !== 'Off');
  const all = ['cpu', 'memory'];
  return new Set(
    policies.length === 0 ? all : policies.flatMap(({ controlledResources }) => controlledResources ?? all),
  );
}

const verticals = memoizeOf(
  (cluster: ClusterIndex): ReadonlyMap<string, ManifestObject> =>
    new Map(
      cluster.ofKind('VerticalPodAutoscaler').map((one) => {
        const { kind, name } = one.spec?.targetRef ?? {};
        return [`${one.metadata.namespace ?? 'default'}/${kind}/${name}`, one];
      }),
    ),
);

/** Utilisations of a request that another autoscaler sets, so that each of them undoes what the other one does. */
export function verticalFindings(cluster: ClusterIndex, object: ManifestObject): Finding[] {
  const { kind, name } = object.spec?.scaleTargetRef ?? {};
  const vertical = verticals(cluster).get(`${object.metadata.namespace ?? 'default'}/${kind}/${name}`);
  if (vertical === undefined) return [];
  const set = verticallySet(vertical);
  return resourceMetricsOf(object)
    .filter(({ resource, target }) => set.has(resource) && target?.averageUtilization != null)
    .map(({ path, resource }) => {
      const message = `given the utilisation of ${resource}, whose request ${objectName(vertical)} changes, expected another metric, or controlledResources without ${resource} there`;
      return { ...finding(object, path, message), level: 'risk' as const };
    });
}
