import { memoize } from '../../base/memoize';
import { podCountOf } from '../../base/quantity';
import { type Fields, listOf } from '../cluster/pods';
import { AUTOSCALER } from './autoscaler';
import { claim } from './claim';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';
import { jobConditions } from './job';

const counts = (...fields: string[]): Condition[] => fields.map((field) => refuse(field, is.isNegative, is.FROM_ZERO));

const selector: readonly Condition[] = [
  refuse(
    'spec.selector',
    ({ matchLabels, matchExpressions }) =>
      Object.keys(matchLabels ?? {}).length === 0 && listOf(matchExpressions).length === 0,
    'the labels of its pods',
  ),
  ...is.labelSelector('spec.selector'),
  need('spec.template', () => true, 'the metadata and spec of its pods'),
  need('spec.template.spec', () => true, 'containers'),
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
    'spec.ordinals.start',
    'spec.updateStrategy.rollingUpdate.partition',
  ),
  is.choiceOrDefault('spec.updateStrategy.type', 'RollingUpdate', 'OnDelete'),
  refuse(
    'spec.updateStrategy.rollingUpdate',
    (_, { type }) => type === 'OnDelete',
    'none of the field, since the type is OnDelete',
  ),
  warn('spec.revisionHistoryLimit', is.isNegative, 'a number from 0; a negative one keeps all revisions'),
  refuse('spec.volumeClaimTemplates[].metadata.name', is.isNoLabel, 'lower-case letters, digits and dashes'),
  refuse('spec.serviceName', (name) => name !== '' && is.isNoLabel(name), 'the name of a Service'),
  is.choiceOrDefault('spec.podManagementPolicy', 'OrderedReady', 'Parallel'),
  ...['whenDeleted', 'whenScaled'].map((when) =>
    is.choiceOrDefault(`spec.persistentVolumeClaimRetentionPolicy.${when}`, 'Retain', 'Delete'),
  ),
  ...claim('spec.volumeClaimTemplates[].spec'),
  refuse('metadata.name', (name) => String(name).length > 63, 'at most 63 letters, since pods have it as a label'),
  ...selector,
];

const DAEMON_SET: readonly Condition[] = [
  ...counts('spec.minReadySeconds', 'spec.revisionHistoryLimit'),
  is.choiceOrDefault('spec.updateStrategy.type', 'RollingUpdate', 'OnDelete'),
  ...['maxUnavailable', 'maxSurge'].map((field) =>
    refuse(`spec.updateStrategy.rollingUpdate.${field}`, is.isNoShare, is.PERCENTAGE),
  ),
  refuse(
    'spec.updateStrategy.rollingUpdate',
    ({ maxUnavailable = 1, maxSurge = 0 }) =>
      (podCountOf(maxUnavailable, 100) ?? 1) > 0 === (podCountOf(maxSurge, 100) ?? 0) > 0,
    'exactly one of maxUnavailable and maxSurge above 0',
  ),
  ...selector,
];

/** Whether a text is the name of a time zone. Memoized, since the question is slow. */
const isZone = memoize((zone): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
});

/** Time zones have their full names of IANA. Source: Kubernetes, batch/validation, and Go, time.LoadLocation. */
const isNoTimeZone = (zone: Fields): boolean =>
  typeof zone === 'string' && (zone === '' || /^local$/i.test(zone) || !/^[A-Z]/.test(zone) || !isZone(zone));

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
  is.choiceOrDefault('spec.concurrencyPolicy', 'Allow', 'Forbid', 'Replace'),
  ...counts('spec.startingDeadlineSeconds', 'spec.successfulJobsHistoryLimit', 'spec.failedJobsHistoryLimit'),
  need(
    'spec.jobTemplate.spec.completions',
    (_, { completionMode }) => completionMode === 'Indexed',
    'a number, since the Job is indexed',
  ),
  refuse(
    'spec.jobTemplate.spec.manualSelector',
    (manual) => manual === true,
    'false, since each run needs its own pods',
  ),
  ...jobConditions('spec.jobTemplate.spec'),
];

const BUDGET: readonly Condition[] = [
  refuse('spec.maxUnavailable', is.isNoShare, is.PERCENTAGE),
  refuse('spec.minAvailable', is.isNoShare, is.PERCENTAGE),
  ...is.labelSelector('spec.selector'),
  is.choice('spec.unhealthyPodEvictionPolicy', 'IfHealthyBudget', 'AlwaysAllow'),
];

/** Whether a selector does not select the pods of the template beside it. Without labels it selects all that they have. */
function selectsOthers(selector: Fields, { template }: Fields): boolean {
  if (typeof selector !== 'object') return false;
  const labels = template?.metadata?.labels ?? {};
  return Object.entries(selector).some(([key, value]) => labels[key] !== value);
}

/** What the API server refuses in workloads and what scales them, by group and kind. Source: Kubernetes, pkg/apis/…/validation. */
export const WORKLOADS: Readonly<Record<string, readonly Condition[]>> = {
  'apps/Deployment': DEPLOYMENT,
  'apps/StatefulSet': STATEFUL_SET,
  'apps/DaemonSet': DAEMON_SET,
  'apps/ReplicaSet': [...counts('spec.replicas', 'spec.minReadySeconds'), ...selector],
  '/ReplicationController': [
    ...counts('spec.replicas', 'spec.minReadySeconds'),
    need('spec.template', () => true, 'the metadata and spec of its pods'),
    need('spec.template.spec', () => true, 'containers'),
    refuse('spec.selector', selectsOthers, 'labels of its pods'),
  ],
  'batch/Job': [
    refuse(
      'metadata.name',
      (name, _, { spec }) => String(name).length > 63 && spec?.manualSelector !== true,
      'at most 63 letters, since pods have it as a label',
    ),
    ...jobConditions('spec'),
  ],
  'batch/CronJob': CRON_JOB,
  'autoscaling/HorizontalPodAutoscaler': AUTOSCALER,
  'policy/PodDisruptionBudget': BUDGET,
};
