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
  refuse(`${at}.podFailurePolicy.rules`, (rules) => listOf(rules).length > 20, 'at most 20 rules'),
  refuse(
    `${at}.podFailurePolicy.rules[].onPodConditions`,
    (conditions) => listOf(conditions).length > 20,
    'at most 20 conditions',
  ),
  refuse(
    `${at}.podFailurePolicy.rules[].onPodConditions[].type`,
    is.isNoQualifiedName,
    'the type of a condition, such as DisruptionTarget',
  ),
  is.choiceOrDefault(`${at}.podFailurePolicy.rules[].onPodConditions[].status`, 'True', 'False', 'Unknown'),
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

const successes = (at: string): Condition[] => [
  need(`${at}.successPolicy.rules`, () => true, 'at least one rule'),
  refuse(`${at}.successPolicy.rules`, is.isEmpty, 'at least one rule'),
  refuse(`${at}.successPolicy.rules`, (rules) => listOf(rules).length > 20, 'at most 20 rules'),
  refuse(
    `${at}.successPolicy.rules[]`,
    (rule) => is.fieldsOf(rule, ['succeededIndexes', 'succeededCount']).length === 0,
    'succeededIndexes or succeededCount',
  ),
  refuse(`${at}.successPolicy.rules[].succeededCount`, is.isNegative, is.FROM_ZERO),
  refuse(
    `${at}.successPolicy.rules[].succeededIndexes`,
    (indexes) => typeof indexes === 'string' && !/^(?:\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)?$/.test(indexes),
    'indexes such as 0-2,4',
  ),
  refuse(
    `${at}.successPolicy`,
    ({ rules }, { completions }) =>
      typeof completions === 'number' && listOf(rules).some(({ succeededCount }) => succeededCount > completions),
    'a succeededCount of at most completions',
  ),
  refuse(
    `${at}.successPolicy.rules[]`,
    ({ succeededCount, succeededIndexes }) =>
      typeof succeededCount === 'number' && succeededIndexes != null && succeededCount > indexCount(succeededIndexes),
    'a succeededCount of at most the number of succeededIndexes',
  ),
];

/** The number of indexes in a text such as 0-2,4. */
function indexCount(text: Fields): number {
  return [...String(text).matchAll(/(\d+)(?:-(\d+))?/g)].reduce(
    (sum, [, first, last]) => sum + 1 + Math.max(0, Number(last ?? first) - Number(first)),
    0,
  );
}

const controller = (at: string): Condition[] => [
  refuse(
    `${at}.managedBy`,
    (name) => typeof name === 'string' && !(name.length <= 63 && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/.+$/.test(name)),
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
    is.choice(`${at}.completionMode`, 'NonIndexed', 'Indexed'),
    ...['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'].map((field) =>
      refuse(`${at}.${field}`, (_, job) => !isIndexed(job), 'completionMode: Indexed beside it'),
    ),
    refuse(
      `${at}.podFailurePolicy`,
      (_, { template }) => template?.spec?.restartPolicy === 'OnFailure',
      'restartPolicy: Never of the pods beside it',
    ),
    ...failureConditions(at),
    ...successes(at),
    ...controller(at),
    refuse(
      `${at}.podFailurePolicy.rules[]`,
      ({ onExitCodes, onPodConditions }) => (onExitCodes != null) === listOf(onPodConditions).length > 0,
      'exactly one of onExitCodes and onPodConditions',
    ),
    is.choice(`${at}.podFailurePolicy.rules[].action`, 'FailJob', 'FailIndex', 'Ignore', 'Count'),
    is.choice(`${at}.podFailurePolicy.rules[].onExitCodes.operator`, 'In', 'NotIn'),
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
