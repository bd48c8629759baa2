import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

const VERBS = 'create delete deletecollection get list patch proxy update watch *'.split(' ');
const SUBJECTS: Readonly<Record<string, string>> = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' };
const METHODS = ['ByUser', 'ByNamespace'];

const values = (at: string): Condition[] => [
  refuse(at, is.isEmpty, 'at least one value'),
  refuse(at, (all) => listOf(all).includes('*') && listOf(all).length > 1, '* alone, or each by name'),
];

const FLOW: readonly Condition[] = [
  refuse('spec.priorityLevelConfiguration.name', is.isNoSubdomain, 'the name of a PriorityLevelConfiguration'),
  refuse('spec.matchingPrecedence', is.isOutside(0, 10_000), 'a number from 1 to 10000'),
  refuse(
    'spec.matchingPrecedence',
    (precedence, _, { metadata }) => precedence === 1 && metadata.name !== 'exempt',
    'more than 1, which is that of the flow exempt',
  ),
  refuse('spec.distinguisherMethod.type', (type) => !METHODS.includes(type), is.oneOf(...METHODS)),
  need('spec.rules[].subjects', () => true, 'at least one subject'),
  refuse('spec.rules[].subjects', is.isEmpty, 'at least one subject'),
  refuse(
    'spec.rules[]',
    ({ resourceRules, nonResourceRules }) => listOf(resourceRules).length + listOf(nonResourceRules).length === 0,
    'resourceRules or nonResourceRules',
  ),
  refuse('spec.rules[].subjects[].kind', (kind) => !Object.hasOwn(SUBJECTS, kind), is.oneOf(...Object.keys(SUBJECTS))),
  refuse(
    'spec.rules[].subjects[]',
    (subject) => is.fieldsOf(subject, Object.values(SUBJECTS)).join() !== SUBJECTS[subject.kind],
    'the field of its kind, and no other',
  ),
  refuse('spec.rules[].subjects[].serviceAccount.name', (name) => name !== '*' && is.isNoSubdomain(name), is.SUBDOMAIN),
  refuse('spec.rules[].subjects[].serviceAccount.namespace', is.isNoLabel, 'the name of a namespace'),
  ...['user', 'group'].map((kind) => refuse(`spec.rules[].subjects[].${kind}.name`, is.isEmpty, 'a name')),
  ...['resourceRules', 'nonResourceRules'].flatMap((rules) => [
    ...values(`spec.rules[].${rules}[].verbs`),
    refuse(`spec.rules[].${rules}[].verbs[]`, (verb) => !VERBS.includes(verb), is.oneOf(...VERBS)),
  ]),
  ...['apiGroups', 'resources'].flatMap((field) => values(`spec.rules[].resourceRules[].${field}`)),
  refuse(
    'spec.rules[].resourceRules[]',
    ({ clusterScope, namespaces }) => clusterScope !== true && listOf(namespaces).length === 0,
    'namespaces, or clusterScope: true',
  ),
  refuse(
    'spec.rules[].resourceRules[].namespaces[]',
    (name) => name !== '*' && is.isNoLabel(name),
    'the name of a namespace, or *',
  ),
  ...values('spec.rules[].nonResourceRules[].nonResourceURLs'),
  refuse(
    'spec.rules[].nonResourceRules[].nonResourceURLs[]',
    (url) => url !== '*' && !/^\/(?!\/)[^\s*]*\*?$/.test(String(url)),
    'a path that begins with a slash',
  ),
];

/** Whether the hand of a request is larger than the deck of queues. */
const isLargeHand = ({ handSize, queues }: Fields): boolean => (handSize || 8) > (queues || 64);

const LEVEL: readonly Condition[] = [
  refuse('spec.type', (type) => !['Limited', 'Exempt'].includes(type), 'Limited or Exempt'),
  need('spec.limited', (_, { type }) => type === 'Limited', 'the limits, since the type is Limited'),
  refuse('spec.limited', (_, { type }) => type === 'Exempt', 'none of the field, since the type is Exempt'),
  refuse('spec.exempt', (_, { type }) => type === 'Limited', 'none of the field, since the type is Limited'),
  refuse('spec.limited.nominalConcurrencyShares', is.isNegative, is.FROM_ZERO),
  refuse('spec.limited.lendablePercent', is.isOutside(0, 100), 'a number from 0 to 100'),
  refuse('spec.limited.borrowingLimitPercent', is.isNegative, is.FROM_ZERO),
  refuse('spec.limited.limitResponse.type', (type) => !['Queue', 'Reject'].includes(type), 'Queue or Reject'),
  refuse(
    'spec.limited.limitResponse',
    ({ type, queuing }) => (type === 'Queue') !== (queuing != null),
    'queuing for the type Queue only',
  ),
  refuse('spec.limited.limitResponse.queuing.queues', is.isOutside(0, 10_000_000), 'a number from 1 to 10000000'),
  ...['handSize', 'queueLengthLimit'].map((field) =>
    refuse(`spec.limited.limitResponse.queuing.${field}`, is.isNegative, 'a number from 1'),
  ),
  refuse('spec.limited.limitResponse.queuing', isLargeHand, 'a handSize of at most queues'),
];

/** What the API server refuses in what limits its requests, by group and kind. Source: Kubernetes, pkg/apis/flowcontrol/validation. */
export const FLOW_CONTROL: Readonly<Record<string, readonly Condition[]>> = {
  'flowcontrol.apiserver.k8s.io/FlowSchema': FLOW,
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': LEVEL,
};
