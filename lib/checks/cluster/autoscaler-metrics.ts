import { formatValue, isInteger, quantityOf } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import { type Container, containersOf, type Fields, listOf, type Pod } from './pods';
import type { Finding } from './violation';

const finding = (object: ManifestObject, path: string, message: string): Finding => ({ object, path, message });

/** A metric of a resource: what is measured, in which containers, and what it should be. */
interface ResourceMetric {
  readonly path: string;
  readonly targetPath: string;
  readonly resource: string;
  /** One container only. */
  readonly container?: string;
  readonly target: Fields;
}

const SOURCES: ReadonlyMap<unknown, string> = new Map([
  ['Resource', 'resource'],
  ['ContainerResource', 'containerResource'],
]);

/** The metrics of resources, of either version of the API. */
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

/** The containers whose usage counts: those that run as long as the pod does. */
function measured(pod: Pod, only: string | undefined): Container[] {
  return containersOf(pod).filter(
    ({ role, fields }) => (role === 'container' || role === 'sidecar') && (only === undefined || fields.name === only),
  );
}

/** A limit without a request is the request as well. Source: kubernetes.io, Resource Management for Pods and Containers. */
const requestOf = ({ resources }: Fields, resource: string): number | undefined =>
  quantityOf(resources?.requests?.[resource] ?? resources?.limits?.[resource]);

/** The sum of all, or undefined where one is not known. */
export const sumOf = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce<number | undefined>(
    (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value),
    0,
  );

/**
 * Utilisation is a share of what is requested, so nothing is measured where a container requests nothing, and more than the limit
 * is never reached. Source: kubernetes.io, Horizontal Pod Autoscaling.
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
    const message = `given no request of ${resource}, of which ${objectName(object)} measures the utilisation, expected one`;
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
          `given ${given}% of the requested ${resource}, which the limits keep at ${most}% or less, so that it never scales up; expected less`,
        ),
      ];
}

/** What is wrong with the metrics of an autoscaler, and with the requests that they are measured by. */
export function metricFindings(object: ManifestObject, pod: Pod | undefined): Finding[] {
  const metrics = resourceMetricsOf(object);
  return metrics.length === 0 && listOf(object.spec?.metrics).length === 0
    ? [
        finding(
          object,
          'spec.metrics',
          'given no metric, expected one at least; without it nothing is scaled on purpose',
        ),
      ]
    : metrics.flatMap((metric) => utilisationFindings(object, pod, metric));
}
