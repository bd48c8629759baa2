import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

const counts = (...fields: string[]): Condition[] => fields.map((field) => refuse(field, is.isNegative, is.FROM_ZERO));

/** Whether a rule of a pod failure policy names a container that the pods do not have. */
function namesNoContainer(rules: Fields, spec: Fields): boolean {
  const names = [...listOf(spec?.containers), ...listOf(spec?.initContainers)].map(({ name }) => name);
  return listOf(rules).some(
    ({ onExitCodes }) => onExitCodes?.containerName != null && !names.includes(onExitCodes.containerName),
  );
}

/** What the API server refuses in what a Job counts as a failure. */
const failureConditions = (at: string): Condition[] => [
  need(
    `${at}.backoffLimitPerIndex`,
    (_, { maxFailedIndexes }) => maxFailedIndexes != null,
    'a number, since there is maxFailedIndexes',
  ),
  refuse(
    `${at}.maxFailedIndexes`,
    (most, { completions }) => typeof completions === 'number' && most > completions,
    'at most completions',
  ),
  refuse(
    `${at}.podFailurePolicy.rules[].onPodConditions[].type`,
    is.isNoQualifiedName,
    'the type of a condition, such as DisruptionTarget',
  ),
  refuse(
    `${at}.podFailurePolicy.rules[].onPodConditions[].status`,
    is.isNoneOf('True', 'False', 'Unknown'),
    is.oneOf('True', 'False', 'Unknown'),
  ),
  refuse(
    `${at}.podFailurePolicy.rules[].onExitCodes.values`,
    (values) => listOf(values).some((code, index, all) => index > 0 && code <= all[index - 1]),
    'exit codes in order, each once',
  ),
  refuse(
    `${at}.podFailurePolicy`,
    ({ rules }, { template }) => namesNoContainer(rules, template?.spec),
    'the names of containers of the pods',
  ),
];

const controller = (at: string): Condition[] => [
  refuse(
    `${at}.managedBy`,
    (name) => is.isNoQualifiedName(name) || !String(name).includes('/'),
    'a name such as example.com/controller',
  ),
  refuse(
    `${at}.manualSelector`,
    (manual, job) => manual === true && job.selector == null,
    'false, or a selector beside it',
  ),
];

/** What the API server refuses in the spec of a Job, at a path. */
export function jobConditions(at: string): Condition[] {
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
    ...failureConditions(at),
    ...controller(at),
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
