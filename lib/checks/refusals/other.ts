import { quantityOf } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import { type Fields, listOf } from '../cluster/pods';
import { ADMISSION } from './admission';
import { claim } from './claim';
import { CLUSTER } from './cluster';
import { type Condition, need, refuse, warn } from './condition';
import { DEFINITION } from './definition';
import { FLOW_CONTROL } from './flow-control';
import * as is from './forms';
import { STORAGE } from './storage';

const keysOf = (value: Fields): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

const KEY = 'keys of letters, digits, dashes, dots and underscores';

const CONFIG_MAP: readonly Condition[] = [
  ...['data', 'binaryData'].map((field) => refuse(field, (data) => keysOf(data).some(is.isNoKey), KEY)),
  refuse(
    'data',
    (data, { binaryData }) => keysOf(data).some((key) => keysOf(binaryData).includes(key)),
    'each key in either data or binaryData',
  ),
];

/** The text of a key of a Secret, in plain or in base64. */
function secretText({ data, stringData }: ManifestObject, key: string): string | undefined {
  if (typeof stringData?.[key] === 'string') return stringData[key];
  if (data?.[key] === null) return '';
  return typeof data?.[key] === 'string' ? Buffer.from(data[key], 'base64').toString('utf8') : undefined;
}

const isNoJson = (text: string | undefined): boolean => {
  try {
    JSON.parse(text ?? '');
    return false;
  } catch {
    return true;
  }
};

/** The keys that the types of Secrets need. */
const SECRET_TYPES: Readonly<Record<string, (secret: ManifestObject) => boolean>> = {
  'kubernetes.io/basic-auth': (secret) => ['username', 'password'].some((key) => secretText(secret, key) !== undefined),
  'kubernetes.io/ssh-auth': (secret) => (secretText(secret, 'ssh-privatekey') ?? '') !== '',
  'kubernetes.io/tls': (secret) => ['tls.crt', 'tls.key'].every((key) => secretText(secret, key) !== undefined),
  'kubernetes.io/dockerconfigjson': (secret) => !isNoJson(secretText(secret, '.dockerconfigjson')),
  'kubernetes.io/dockercfg': (secret) => !isNoJson(secretText(secret, '.dockercfg')),
  'kubernetes.io/service-account-token': ({ metadata }) =>
    Boolean(metadata.annotations?.['kubernetes.io/service-account.name']),
};

const SECRET: readonly Condition[] = [
  ...['data', 'stringData'].map((field) => refuse(field, (data) => keysOf(data).some(is.isNoKey), KEY)),
  refuse(
    'type',
    (type, _, secret) => Object.hasOwn(SECRET_TYPES, type) && SECRET_TYPES[type]?.(secret) === false,
    'the keys and content that its type needs',
  ),
];

/** Names that limits of pods and claims may have, as quotas. */
const isQuotaName = (name: string): boolean =>
  /^(?:storage|(?:requests|limits)\..+|pods|services.*|secrets|configmaps|persistentvolumeclaims|replicationcontrollers|resourcequotas)$/.test(
    name,
  );

const RBAC = 'rbac.authorization.k8s.io';

const BINDING: readonly Condition[] = [
  refuse('roleRef.apiGroup', (group) => group !== '' && group !== RBAC, RBAC),
  refuse('roleRef.name', is.isNoPathSegment, 'the name of a role'),
  refuse('subjects[].name', (name, { kind }) => kind === 'ServiceAccount' && is.isNoSubdomain(name), is.SUBDOMAIN),
  is.choice('subjects[].kind', 'ServiceAccount', 'User', 'Group'),
  refuse(
    'subjects[].apiGroup',
    (group, { kind }) => group !== '' && (kind === 'ServiceAccount' || group !== RBAC),
    `none of the field for a ServiceAccount, and ${RBAC} for others`,
  ),
  refuse('subjects[].name', is.isEmpty, 'a name'),
];

const CLUSTER_BINDING: readonly Condition[] = [
  ...BINDING,
  refuse('subjects[].namespace', is.isEmpty, 'the namespace of the ServiceAccount'),
  need('subjects[].namespace', (_, { kind }) => kind === 'ServiceAccount', 'the namespace of the ServiceAccount'),
  refuse('roleRef.kind', is.isNoneOf('ClusterRole'), 'ClusterRole'),
];

const ROLE: readonly Condition[] = [
  refuse('rules[].verbs', is.isEmpty, 'at least one verb'),
  refuse(
    'rules[]',
    ({ resources, apiGroups }) => listOf(resources).length > 0 && listOf(apiGroups).length === 0,
    'apiGroups: [""] is the core group',
  ),
  refuse(
    'rules[]',
    ({ resources, nonResourceURLs }) => listOf(resources).length === 0 && listOf(nonResourceURLs).length === 0,
    'resources',
  ),
  refuse(
    'rules[]',
    ({ resources, nonResourceURLs }) => listOf(resources).length > 0 && listOf(nonResourceURLs).length > 0,
    'either resources or nonResourceURLs',
  ),
];

/** Whether an amount is more than another, for any resource of both. */
const isAnyMore = (some: Fields, others: Fields): boolean =>
  keysOf(some).some((name) => (quantityOf(some[name]) ?? 0) > (quantityOf(others?.[name]) ?? Number.POSITIVE_INFINITY));

const AMOUNTS = ['default', 'defaultRequest', 'min', 'max', 'maxLimitRequestRatio'];

const LIMIT_RANGE: readonly Condition[] = [
  ...AMOUNTS.map((field) =>
    refuse(
      `spec.limits[].${field}`,
      (amounts, { type }) =>
        keysOf(amounts).some((name) => is.isNoResource(name) && (type === 'Container' || !isQuotaName(name))),
      is.RESOURCES,
    ),
  ),
  refuse(
    'spec.limits[].maxLimitRequestRatio',
    (ratios, { min, max }) =>
      keysOf(ratios).some((name) => {
        const [least, most] = [quantityOf(min?.[name]), quantityOf(max?.[name])];
        return least !== undefined && most !== undefined && (quantityOf(ratios[name]) ?? 0) > most / least;
      }),
    'at most max divided by min',
  ),
  refuse('spec.limits', (limits) => is.hasTwice(limits, ({ type }) => type), 'each type once'),
  refuse(
    'spec.limits[].type',
    (type) => !['Container', 'Pod', 'PersistentVolumeClaim'].includes(type) && !String(type).includes('/'),
    'Container, Pod or PersistentVolumeClaim',
  ),
  ...['default', 'defaultRequest'].map((field) =>
    refuse(`spec.limits[].${field}`, (_, { type }) => type === 'Pod', 'none of the field, since the type is Pod'),
  ),
  refuse(
    'spec.limits[]',
    ({ type, min, max }) => type === 'PersistentVolumeClaim' && min?.storage == null && max?.storage == null,
    'min or max of storage',
  ),
  ...['default', 'defaultRequest', 'min'].map((field) =>
    refuse(`spec.limits[].${field}`, (amounts, { max }) => isAnyMore(amounts, max), 'at most max'),
  ),
  ...['default', 'defaultRequest'].map((field) =>
    refuse(`spec.limits[].${field}`, (amounts, { min }) => isAnyMore(min, amounts), 'at least min'),
  ),
  ...['default', 'defaultRequest', 'min', 'max'].map((field) =>
    warn(`spec.limits[].${field}`, is.haveFractionOfBytes, is.WHOLE_BYTES),
  ),
  refuse('spec.limits[].defaultRequest', (amounts, limit) => isAnyMore(amounts, limit.default), 'at most default'),
  refuse(
    'spec.limits[].maxLimitRequestRatio',
    (amounts) => keysOf(amounts).some((name) => (quantityOf(amounts[name]) ?? 1) < 1),
    'at least 1',
  ),
];

/** What the API server refuses in other kinds, by group and kind. Source: Kubernetes, pkg/apis/…/validation. */
export const OTHERS: Readonly<Record<string, readonly Condition[]>> = {
  '/ConfigMap': CONFIG_MAP,
  '/Secret': SECRET,
  '/PersistentVolumeClaim': claim('spec', false),
  '/LimitRange': LIMIT_RANGE,
  ...STORAGE,
  ...DEFINITION,
  ...FLOW_CONTROL,
  '/Pod': [need('spec', () => true, 'containers')],
  '/PodTemplate': [
    need('template', () => true, 'the metadata and spec of a pod'),
    need('template.spec', () => true, 'containers'),
    refuse('template.metadata.labels', is.hasNoLabels, 'labels'),
  ],
  'coordination.k8s.io/Lease': [
    refuse('spec.leaseDurationSeconds', is.isBelow(1), 'a number from 1'),
    refuse('spec.leaseTransitions', is.isNegative, is.FROM_ZERO),
  ],
  [`${RBAC}/Role`]: [
    ...ROLE,
    refuse('rules[].nonResourceURLs', (all) => !is.isEmpty(all), 'none of the field in the rules of a namespace'),
  ],
  [`${RBAC}/ClusterRole`]: [
    ...ROLE,
    refuse('aggregationRule.clusterRoleSelectors', is.isEmpty, 'at least one selector'),
    need('aggregationRule.clusterRoleSelectors', () => true, 'at least one selector'),
    refuse(
      'rules[].nonResourceURLs',
      (urls, { apiGroups, resourceNames }) =>
        !is.isEmpty(urls) && listOf(apiGroups).length + listOf(resourceNames).length > 0,
      'none of the field beside apiGroups and resourceNames',
    ),
    ...is.labelSelector('aggregationRule.clusterRoleSelectors[]'),
  ],
  [`${RBAC}/RoleBinding`]: [...BINDING, is.choice('roleRef.kind', 'Role', 'ClusterRole')],
  [`${RBAC}/ClusterRoleBinding`]: CLUSTER_BINDING,
  ...CLUSTER,
  ...ADMISSION,
};

/** The size of annotations, in letters. */
const sizeOf = (annotations: Fields): number =>
  Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);

const FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** What the API server refuses in the metadata of its own kinds. */
export const METADATA: readonly Condition[] = [
  refuse(
    'metadata.finalizers[]',
    (name) =>
      is.isNoQualifiedName(name) || (typeof name === 'string' && !name.includes('/') && !FINALIZERS.includes(name)),
    `a name such as example.com/cleanup, or one of ${FINALIZERS.join(', ')}`,
  ),
  refuse(
    'metadata.generateName',
    (name, _, { apiVersion }) =>
      !String(apiVersion).startsWith(RBAC) && name !== '' && is.isNoSubdomain(String(name).replace(/-$/, 'a')),
    is.SUBDOMAIN,
  ),
  ...['apiVersion', 'kind', 'name', 'uid'].map((field) =>
    refuse(`metadata.ownerReferences[].${field}`, is.isEmpty, 'a value'),
  ),
  refuse(
    'metadata.ownerReferences',
    (owners) => listOf(owners).filter(({ controller }) => controller === true).length > 1,
    'at most one controller',
  ),
  refuse('metadata.annotations', (annotations) => sizeOf(annotations) > 256 * 1024, 'at most 256 KiB'),
];
