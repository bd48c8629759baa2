import { podCountOf } from '../../base/quantity';
import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

const counts = (...fields: string[]): Condition[] => fields.map((field) => refuse(field, is.isNegative, is.FROM_ZERO));

const selector: readonly Condition[] = [
  refuse(
    'spec.selector',
    ({ matchLabels, matchExpressions }) =>
      Object.keys(matchLabels ?? {}).length === 0 && listOf(matchExpressions).length === 0,
    'the labels of its pods',
  ),
  refuse('spec.selector.matchExpressions[]', is.hasWrongValues, is.VALUES),
  refuse('spec.selector.matchExpressions[].operator', is.isNoOperator, is.OPERATORS),
];

const DEPLOYMENT: readonly Condition[] = [
  ...counts('spec.replicas', 'spec.minReadySeconds', 'spec.revisionHistoryLimit', 'spec.progressDeadlineSeconds'),
  refuse(
    'spec.progressDeadlineSeconds',
    (deadline, { minReadySeconds = 0 }) => typeof deadline === 'number' && deadline <= minReadySeconds,
    'more than minReadySeconds',
  ),
  need(
    'spec.progressDeadlineSeconds',
    (_, { minReadySeconds }) => typeof minReadySeconds === 'number' && minReadySeconds >= 600,
    'more than minReadySeconds; without the field it is 600',
  ),
  refuse(
    'spec.strategy.rollingUpdate',
    (_, { type }) => type === 'Recreate',
    'none of the field, since the type is Recreate',
  ),
  refuse('spec.strategy.rollingUpdate.maxUnavailable', is.isNoShare, is.PERCENTAGE),
  refuse('spec.strategy.rollingUpdate.maxSurge', is.isNoCount, 'a number from 0, or a percentage'),
  ...selector,
];

const STATEFUL_SET: readonly Condition[] = [
  ...counts(
    'spec.replicas',
    'spec.minReadySeconds',
    'spec.revisionHistoryLimit',
    'spec.ordinals.start',
    'spec.updateStrategy.rollingUpdate.partition',
  ),
  refuse('spec.updateStrategy.type', is.isNoneOf('RollingUpdate', 'OnDelete'), is.oneOf('RollingUpdate', 'OnDelete')),
  refuse(
    'spec.updateStrategy.rollingUpdate',
    (_, { type }) => type === 'OnDelete',
    'none of the field, since the type is OnDelete',
  ),
  refuse(
    'spec.updateStrategy.rollingUpdate.maxUnavailable',
    (share) => is.isNoShare(share) || podCountOf(share, 100) === 0,
    'a number from 1, or a percentage of at most 100%',
  ),
  refuse('spec.podManagementPolicy', is.isNoneOf('OrderedReady', 'Parallel'), is.oneOf('OrderedReady', 'Parallel')),
  ...['whenDeleted', 'whenScaled'].map((when) =>
    refuse(
      `spec.persistentVolumeClaimRetentionPolicy.${when}`,
      is.isNoneOf('Retain', 'Delete'),
      is.oneOf('Retain', 'Delete'),
    ),
  ),
  ...selector,
];

const DAEMON_SET: readonly Condition[] = [
  ...counts('spec.minReadySeconds', 'spec.revisionHistoryLimit'),
  refuse('spec.updateStrategy.type', is.isNoneOf('RollingUpdate', 'OnDelete'), is.oneOf('RollingUpdate', 'OnDelete')),
  refuse('spec.updateStrategy.rollingUpdate.maxUnavailable', is.isNoShare, is.PERCENTAGE),
  refuse(
    'spec.updateStrategy.rollingUpdate',
    ({ maxUnavailable = 1, maxSurge = 0 }) =>
      (podCountOf(maxUnavailable, 100) ?? 1) > 0 === (podCountOf(maxSurge, 100) ?? 0) > 0,
    'exactly one of maxUnavailable and maxSurge above 0',
  ),
  ...selector,
];

/** What the API server refuses in the spec of a Job, at a path. */
function jobConditions(at: string): Condition[] {
  const isIndexed = ({ completionMode }: Fields): boolean => completionMode === 'Indexed';
  return [
    ...counts(
      ...[
        'parallelism',
        'completions',
        'backoffLimit',
        'activeDeadlineSeconds',
        'ttlSecondsAfterFinished',
        'backoffLimitPerIndex',
        'maxFailedIndexes',
      ].map((field) => `${at}.${field}`),
    ),
    refuse(
      `${at}.selector`,
      (_, { manualSelector }) => manualSelector !== true,
      'none of the field, since the controller makes its own',
    ),
    refuse(`${at}.completionMode`, is.isNoneOf('NonIndexed', 'Indexed'), is.oneOf('NonIndexed', 'Indexed')),
    ...['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'].map((field) =>
      refuse(`${at}.${field}`, (_, job) => !isIndexed(job), 'completionMode: Indexed beside it'),
    ),
    refuse(
      `${at}.podFailurePolicy`,
      (_, { template }) => template?.spec?.restartPolicy === 'OnFailure',
      'restartPolicy: Never of the pods beside it',
    ),
    refuse(
      `${at}.podFailurePolicy.rules[]`,
      is.isNotOne('onExitCodes', 'onPodConditions'),
      'exactly one of onExitCodes and onPodConditions',
    ),
    refuse(
      `${at}.podFailurePolicy.rules[].action`,
      is.isNoneOf('FailJob', 'FailIndex', 'Ignore', 'Count'),
      is.oneOf('FailJob', 'FailIndex', 'Ignore', 'Count'),
    ),
    refuse(`${at}.podFailurePolicy.rules[].onExitCodes.operator`, is.isNoneOf('In', 'NotIn'), is.oneOf('In', 'NotIn')),
    refuse(
      `${at}.podFailurePolicy.rules[].onExitCodes.values`,
      (values, { operator }) => listOf(values).length === 0 || (operator === 'In' && listOf(values).includes(0)),
      'exit codes, and not 0 for In',
    ),
    refuse(
      `${at}.podReplacementPolicy`,
      (policy, { podFailurePolicy }) => podFailurePolicy != null && policy !== 'Failed',
      'Failed, since there is a podFailurePolicy',
    ),
    refuse(
      `${at}.parallelism`,
      (parallelism, job) => isIndexed(job) && typeof parallelism === 'number' && parallelism > 100_000,
      'at most 100000 of an indexed Job',
    ),
  ];
}

/** Whether a text is a time zone of IANA by its full name. Source: Kubernetes, batch/validation, and Go, time.LoadLocation. */
function isNoTimeZone(zone: Fields): boolean {
  if (typeof zone !== 'string') return false;
  if (zone === '' || /^local$/i.test(zone) || !/^[A-Za-z]/.test(zone)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return false;
  } catch {
    return true;
  }
}

const DURATION = /^@every\s+[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;

const CRON_JOB: readonly Condition[] = [
  refuse('spec.timeZone', isNoTimeZone, 'the name of a time zone, such as Europe/Berlin or Etc/UTC'),
  refuse(
    'spec.schedule',
    (schedule) => /TZ/.test(String(schedule)),
    'a schedule without TZ; the time zone is the field timeZone',
  ),
  refuse(
    'spec.schedule',
    (schedule) => /^\s*@every/.test(String(schedule)) && !DURATION.test(String(schedule).trim()),
    'a duration such as @every 90m or @every 1h30m',
  ),
  refuse('spec.concurrencyPolicy', is.isNoneOf('Allow', 'Forbid', 'Replace'), is.oneOf('Allow', 'Forbid', 'Replace')),
  ...counts('spec.startingDeadlineSeconds', 'spec.successfulJobsHistoryLimit', 'spec.failedJobsHistoryLimit'),
  refuse(
    'spec.jobTemplate.spec.manualSelector',
    (manual) => manual === true,
    'false, since each run needs its own pods',
  ),
  ...jobConditions('spec.jobTemplate.spec'),
];

/** The fields of a metric, by its type. */
const METRICS: Readonly<Record<string, string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};

const TARGETS = ['value', 'averageValue', 'averageUtilization'];

const AUTOSCALER: readonly Condition[] = [
  refuse('spec.metrics[].type', is.isNoneOf(...Object.keys(METRICS)), is.oneOf(...Object.keys(METRICS))),
  refuse(
    'spec.metrics[]',
    (metric) => typeof METRICS[metric.type] === 'string' && metric[METRICS[metric.type] as string] == null,
    'the fields of its type',
  ),
  refuse('spec.metrics[]', is.isSeveral(...Object.values(METRICS)), 'the fields of one type'),
  ...Object.values(METRICS).flatMap((source) => [
    refuse(
      `spec.metrics[].${source}.target.type`,
      is.isNoneOf('Utilization', 'Value', 'AverageValue'),
      is.oneOf('Utilization', 'Value', 'AverageValue'),
    ),
    refuse(
      `spec.metrics[].${source}.target`,
      (target) => is.fieldsOf(target, TARGETS).length !== 1,
      `exactly one of ${TARGETS.join(', ')}`,
    ),
  ]),
  ...['object', 'pods', 'external'].map((source) =>
    refuse(`spec.metrics[].${source}.metric.name`, is.isEmpty, 'the name of a metric'),
  ),
  refuse('spec.scaleTargetRef.kind', is.isEmpty, 'the kind of a workload'),
  refuse('spec.scaleTargetRef.name', is.isEmpty, 'the name of a workload'),
];

const BUDGET: readonly Condition[] = [
  refuse('spec.maxUnavailable', is.isNoShare, is.PERCENTAGE),
  refuse('spec.minAvailable', is.isNoShare, is.PERCENTAGE),
  refuse('spec.selector.matchExpressions[]', is.hasWrongValues, is.VALUES),
  refuse(
    'spec.unhealthyPodEvictionPolicy',
    is.isNoneOf('IfHealthyBudget', 'AlwaysAllow'),
    is.oneOf('IfHealthyBudget', 'AlwaysAllow'),
  ),
];

/** What the API server refuses in workloads and what scales them, by group and kind. Source: Kubernetes, pkg/apis/…/validation. */
export const WORKLOADS: Readonly<Record<string, readonly Condition[]>> = {
  'apps/Deployment': DEPLOYMENT,
  'apps/StatefulSet': STATEFUL_SET,
  'apps/DaemonSet': DAEMON_SET,
  'apps/ReplicaSet': [...counts('spec.replicas', 'spec.minReadySeconds'), ...selector],
  '/ReplicationController': counts('spec.replicas', 'spec.minReadySeconds'),
  'batch/Job': jobConditions('spec'),
  'batch/CronJob': CRON_JOB,
  'autoscaling/HorizontalPodAutoscaler': AUTOSCALER,
  'policy/PodDisruptionBudget': BUDGET,
};
