import { listOf } from '../cluster/pods';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

const TERMS = 'nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

/** The conditions on terms that select nodes. */
export const nodeTerms = (at: string): Condition[] => [
  ...is.expressions(`${at}[].matchExpressions`),
  ...nodeExpressions(`${at}[].matchExpressions`),
  refuse(`${at}[].matchFields[].key`, is.isNoneOf('metadata.name'), 'metadata.name'),
  refuse(`${at}[].matchFields[].operator`, is.isNoneOf('In', 'NotIn'), 'In or NotIn'),
  refuse(`${at}[].matchFields[]`, ({ values }) => listOf(values).length !== 1, 'exactly one value'),
  refuse(`${at}[].matchFields[].values[]`, is.isNoSubdomain, 'the name of a node'),
];

const nodeExpressions = (at: string): Condition[] => [
  refuse(
    `${at}[]`,
    ({ operator, values }) => ['Gt', 'Lt'].includes(operator) && listOf(values).length !== 1,
    'one value for Gt and Lt',
  ),
  refuse(`${at}[].key`, is.isNoQualifiedName, is.QUALIFIED_NAME),
];

const labelKeys = (at: string): Condition[] =>
  ['matchLabelKeys', 'mismatchLabelKeys'].flatMap((field) => [
    refuse(`${at}.${field}[]`, is.isNoQualifiedName, is.QUALIFIED_NAME),
    refuse(
      `${at}.${field}`,
      (keys, { labelSelector }) => listOf(keys).length > 0 && labelSelector == null,
      'a labelSelector beside it',
    ),
  ]);

const podTerms = (at: string): Condition[] => [
  need(`${at}.topologyKey`, () => true, 'a label of nodes, such as kubernetes.io/hostname'),
  refuse(
    `${at}.topologyKey`,
    (key) => key === '' || is.isNoQualifiedName(key),
    'a label of nodes, such as kubernetes.io/hostname',
  ),
  ...labelKeys(at),
  refuse(`${at}.namespaces[]`, is.isNoLabel, 'the name of a namespace'),
  ...is.labelSelector(`${at}.labelSelector`),
];

const weight = (at: string): Condition => refuse(`${at}.weight`, is.isOutside(1, 100), 'a weight from 1 to 100');
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution[]';
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution[]';

const AFFINITY: readonly Condition[] = [
  refuse(`affinity.${TERMS}`, is.isEmpty, 'at least one term'),
  ...nodeTerms(`affinity.${TERMS}`),
  weight(`affinity.nodeAffinity.${PREFERRED}`),
  ...nodeExpressions(`affinity.nodeAffinity.${PREFERRED}.preference.matchExpressions`),
  ...['podAffinity', 'podAntiAffinity'].flatMap((kind) => [
    ...podTerms(`affinity.${kind}.${REQUIRED}`),
    weight(`affinity.${kind}.${PREFERRED}`),
    ...podTerms(`affinity.${kind}.${PREFERRED}.podAffinityTerm`),
  ]),
];

const SPREAD: readonly Condition[] = [
  refuse('topologySpreadConstraints[].maxSkew', is.isBelow(1), 'a number from 1'),
  refuse(
    'topologySpreadConstraints[].topologyKey',
    is.isEmpty,
    'a label of nodes, such as topology.kubernetes.io/zone',
  ),
  ...labelKeys('topologySpreadConstraints[]'),
  refuse('topologySpreadConstraints[].minDomains', is.isBelow(1), 'a number from 1'),
  refuse(
    'topologySpreadConstraints[].minDomains',
    (_, { whenUnsatisfiable }) => whenUnsatisfiable !== 'DoNotSchedule',
    'whenUnsatisfiable: DoNotSchedule beside it',
  ),
  refuse(
    'topologySpreadConstraints',
    (all) => is.hasTwice(all, (one) => `${one.topologyKey} ${one.whenUnsatisfiable}`),
    'each pair of topologyKey and whenUnsatisfiable once',
  ),
  ...is.labelSelector('topologySpreadConstraints[].labelSelector'),
  {
    ...need(
      'topologySpreadConstraints[].labelSelector',
      () => true,
      'the labels of the pods to spread; without a selector none is spread',
    ),
    level: 'risk',
  },
];

/** The conditions on tolerations. */
export const tolerations = (at: string): Condition[] => [
  refuse(`${at}[].value`, is.isNoLabelValue, 'at most 63 letters, digits, dashes, dots and underscores'),
  refuse(
    `${at}[].value`,
    (value, { operator }) => operator === 'Exists' && value !== '',
    'none of the field, since the operator is Exists',
  ),
  refuse(`${at}[]`, ({ key, operator }) => !key && operator !== 'Exists', 'a key, or the operator Exists'),
  refuse(`${at}[].key`, (key) => key !== '' && is.isNoQualifiedName(key), is.QUALIFIED_NAME),
  refuse(`${at}[].tolerationSeconds`, (_, { effect }) => effect !== 'NoExecute', 'the effect NoExecute beside it'),
];

/** What the API server refuses in the fields that place a pod on a node. Source: Kubernetes, pkg/apis/core/validation. */
export const SCHEDULING: readonly Condition[] = [...AFFINITY, ...SPREAD, ...tolerations('tolerations')];
