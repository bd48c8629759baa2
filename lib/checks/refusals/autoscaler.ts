import { quantityOf } from '../../base/quantity';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

/** The fields of a metric, by its type. */
const METRICS: Readonly<Record<string, string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};

const TARGETS = ['value', 'averageValue', 'averageUtilization'];

/** What the API server refuses in an autoscaler. Source: Kubernetes, pkg/apis/autoscaling/validation. */
export const AUTOSCALER: readonly Condition[] = [
  is.choice('spec.metrics[].type', ...Object.keys(METRICS)),
  refuse(
    'spec.metrics[]',
    (metric) => typeof METRICS[metric.type] === 'string' && metric[METRICS[metric.type] as string] == null,
    'the fields of its type',
  ),
  refuse('spec.metrics[]', is.isSeveral(...Object.values(METRICS)), 'the fields of one type'),
  ...Object.values(METRICS).flatMap((source) => [
    is.choice(`spec.metrics[].${source}.target.type`, 'Utilization', 'Value', 'AverageValue'),
    ...['value', 'averageValue'].map((field) =>
      refuse(`spec.metrics[].${source}.target.${field}`, (amount) => (quantityOf(amount) ?? 1) <= 0, 'more than 0'),
    ),
    refuse(
      `spec.metrics[].${source}.target`,
      (target) => is.fieldsOf(target, TARGETS).length === 0,
      `one of ${TARGETS.join(', ')}`,
    ),
  ]),
  ...['resource', 'containerResource'].map((source) =>
    refuse(
      `spec.metrics[].${source}.target`,
      is.isNotOne('averageUtilization', 'averageValue'),
      'exactly one of averageUtilization and averageValue',
    ),
  ),
  refuse(
    'spec.metrics[].external.target',
    is.isNotOne('value', 'averageValue'),
    'exactly one of value and averageValue',
  ),
  refuse(
    'spec.metrics[].object.target',
    is.isSeveral('averageUtilization', 'averageValue', 'value'),
    'one of value and averageValue',
  ),
  refuse(
    'spec.metrics[].pods.target',
    ({ averageValue }) => averageValue == null,
    'averageValue, since the metric is of each pod',
  ),
  ...['scaleUp', 'scaleDown'].map((direction) =>
    refuse(`spec.behavior.${direction}.tolerance`, is.isNegativeQuantity, is.FROM_ZERO),
  ),
  ...['object', 'pods', 'external'].map((source) =>
    refuse(`spec.metrics[].${source}.metric.name`, is.isNoPathSegment, 'the name of a metric'),
  ),
  ...['kind', 'name'].map((field) =>
    refuse(`spec.scaleTargetRef.${field}`, is.isNoPathSegment, 'the kind and name of a workload'),
  ),
  ...['kind', 'name'].map((field) =>
    refuse(`spec.metrics[].object.describedObject.${field}`, is.isNoPathSegment, 'the kind and name of an object'),
  ),
  need(
    'spec.scaleTargetRef.apiVersion',
    (_, { kind }) => kind !== 'ReplicationController',
    'the version of the kind, such as apps/v1',
  ),
  refuse(
    'spec.scaleTargetRef.apiVersion',
    (version, { kind }) => kind !== 'ReplicationController' && !/^[a-z0-9.-]+\/[^/]+$/i.test(String(version)),
    'the version of the kind, such as apps/v1',
  ),
  ...['resource', 'containerResource'].map((source) =>
    refuse(`spec.metrics[].${source}.name`, is.isEmpty, 'cpu or memory'),
  ),
  refuse('spec.metrics[].containerResource.name', is.isNoResource, is.RESOURCES),
  refuse('spec.metrics[].containerResource.container', is.isNoLabel, 'the name of a container'),
];
