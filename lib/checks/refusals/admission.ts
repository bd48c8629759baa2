import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

const WEBHOOKS: readonly Condition[] = [
  refuse('webhooks', (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
  ...['operations', 'apiGroups', 'apiVersions', 'resources'].flatMap((field) => [
    need(`webhooks[].rules[].${field}`, () => true, 'at least one value'),
    refuse(`webhooks[].rules[].${field}`, is.isEmpty, 'at least one value'),
  ]),
  refuse(
    'webhooks[].admissionReviewVersions[]',
    (version) => typeof version === 'string' && !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(version),
    'a version such as v1',
  ),
  refuse(
    'webhooks[].admissionReviewVersions',
    (versions) => !listOf(versions).some((version) => ['v1', 'v1beta1'].includes(version)),
    'v1 among them',
  ),
  refuse('webhooks[].clientConfig.service.port', is.isNoPort, is.PORT),
  refuse(
    'webhooks[].clientConfig.service.path',
    (path) => typeof path === 'string' && !path.startsWith('/'),
    'a path that begins with a slash',
  ),
  ...['name', 'namespace'].map((field) =>
    refuse(`webhooks[].clientConfig.service.${field}`, is.isEmpty, 'the Service and its namespace'),
  ),
  refuse(
    'webhooks[].rules[].operations',
    (all) => listOf(all).includes('*') && listOf(all).length > 1,
    '"*" alone, or the operations',
  ),
  ...['namespaceSelector', 'objectSelector'].flatMap((field) => is.labelSelector(`webhooks[].${field}`)),
  refuse('webhooks[].timeoutSeconds', is.isOutside(1, 30), 'seconds from 1 to 30'),
  refuse('webhooks[].sideEffects', is.isNoneOf('None', 'NoneOnDryRun'), is.oneOf('None', 'NoneOnDryRun')),
  refuse('webhooks[].failurePolicy', is.isNoneOf('Ignore', 'Fail'), is.oneOf('Ignore', 'Fail')),
  refuse('webhooks[].admissionReviewVersions', is.isEmpty, 'v1'),
  refuse('webhooks[].clientConfig', is.isNotOne('url', 'service'), 'exactly one of url and service'),
  refuse(
    'webhooks[].clientConfig.url',
    (url) => typeof url === 'string' && !/^https:\/\/[^?#@]+$/i.test(url),
    'an address that begins with https://',
  ),
  refuse(
    'webhooks[].name',
    (name) => typeof name === 'string' && (is.isNoSubdomain(name) || name.split('.').length < 3),
    'a name with at least two dots',
  ),
];

const DEFINITION: readonly Condition[] = [
  refuse(
    'metadata.name',
    (name, _, { spec }) =>
      typeof spec?.names?.plural === 'string' &&
      typeof spec?.group === 'string' &&
      name !== `${spec.names.plural}.${spec.group}`,
    'the plural and the group, with a dot between them',
  ),
  refuse(
    'spec.versions',
    (versions) => listOf(versions).filter(({ storage }) => storage === true).length !== 1,
    'exactly one version with storage: true',
  ),
  refuse('spec.scope', is.isNoneOf('Cluster', 'Namespaced'), is.oneOf('Cluster', 'Namespaced')),
  need('spec.versions[].schema.openAPIV3Schema', () => true, 'a schema'),
  need('spec.versions[].schema', () => true, 'a schema'),
  refuse('spec.versions[].schema.openAPIV3Schema', ({ type }) => type !== 'object', 'type: object at the root'),
  refuse(
    'spec.versions[].schema.openAPIV3Schema.properties',
    (properties) => Object.values<Fields>(properties).some(hasNoType),
    'a type of each field',
  ),
  refuse(
    'spec.versions[].name',
    (name) => typeof name === 'string' && !/^[a-z](?:[-a-z0-9]*[a-z0-9])?$/.test(name),
    'a name such as v1 or v1beta1',
  ),
  refuse('spec.names.kind', (kind) => is.isNoLabel(String(kind).toLowerCase()), 'a name such as Backup'),
  refuse(
    'spec.preserveUnknownFields',
    (preserve) => preserve === true,
    'false; x-kubernetes-preserve-unknown-fields is a field of the schema',
  ),
  refuse(
    'spec.conversion',
    ({ strategy, webhook }) =>
      strategy === 'Webhook' && (webhook?.clientConfig == null || is.isEmpty(webhook.conversionReviewVersions ?? [])),
    'webhook with clientConfig and conversionReviewVersions, since the strategy is Webhook',
  ),
];

/** Whether a field of a schema has no type, and nothing that stands for one. */
const hasNoType = (field: Fields): boolean =>
  typeof field === 'object' &&
  field !== null &&
  !field.type &&
  field['x-kubernetes-int-or-string'] !== true &&
  field['x-kubernetes-preserve-unknown-fields'] !== true;

const REASONS = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];

const POLICY: readonly Condition[] = [
  need('spec.matchConstraints', () => true, 'what the policy is for'),
  refuse(
    'spec',
    ({ validations, auditAnnotations }) => listOf(validations).length + listOf(auditAnnotations).length === 0,
    'at least one of validations and auditAnnotations',
  ),
  ...['operations', 'apiGroups', 'apiVersions', 'resources'].flatMap((field) => [
    need(`spec.matchConstraints.resourceRules[].${field}`, () => true, 'at least one value'),
    refuse(`spec.matchConstraints.resourceRules[].${field}`, is.isEmpty, 'at least one value'),
  ]),
  refuse('spec.validations[].expression', (text) => String(text).trim() === '', 'an expression'),
  refuse('spec.validations[].reason', is.isNoneOf(...REASONS), is.oneOf(...REASONS)),
  refuse(
    'spec.variables[].name',
    (name) => typeof name === 'string' && !/^[A-Za-z_]\w*$/.test(name),
    'letters, digits and underscores, the first of which is no digit',
  ),
  refuse('spec.auditAnnotations[].key', is.isNoQualifiedName, 'letters, digits, dashes, dots and underscores'),
  refuse('spec.matchConditions[].name', is.isNoQualifiedName, is.QUALIFIED_NAME),
];

const SERVICE_OF_API: readonly Condition[] = [
  refuse(
    'metadata.name',
    (name, _, { spec }) => name !== `${spec?.version}.${spec?.group}`,
    'the version and the group, with a dot between them',
  ),
  refuse('spec.groupPriorityMinimum', is.isOutside(1, 20000), 'a number from 1 to 20000'),
  refuse('spec.versionPriority', is.isOutside(1, 1000), 'a number from 1 to 1000'),
  ...['name', 'namespace'].map((field) => refuse(`spec.service.${field}`, is.isEmpty, 'a value')),
  refuse(
    'spec.caBundle',
    (bundle, { insecureSkipTLSVerify }) => bundle !== '' && insecureSkipTLSVerify === true,
    'none of the field beside insecureSkipTLSVerify: true',
  ),
];

/** What the API server refuses in what extends it, by group and kind. Source: Kubernetes, pkg/apis/…/validation. */
export const ADMISSION: Readonly<Record<string, readonly Condition[]>> = {
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': WEBHOOKS,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': WEBHOOKS,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': POLICY,
  'apiextensions.k8s.io/CustomResourceDefinition': DEFINITION,
  'apiregistration.k8s.io/APIService': SERVICE_OF_API,
};
