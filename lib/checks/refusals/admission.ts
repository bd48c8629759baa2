import { parsed } from '../cluster/cel';
import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

/** The conditions on what requests a webhook or policy is for. */
const requests = (at: string): Condition[] => [
  ...['operations', 'apiGroups', 'apiVersions', 'resources'].flatMap((field) => [
    need(`${at}.${field}`, () => true, 'at least one value'),
    refuse(`${at}.${field}`, is.isEmpty, 'at least one value'),
  ]),
  ...['apiVersions', 'resources'].map((field) => refuse(`${at}.${field}[]`, is.isEmpty, 'a name or *')),
  ...['operations', 'apiGroups', 'apiVersions'].map((field) =>
    refuse(`${at}.${field}`, (all) => listOf(all).includes('*') && listOf(all).length > 1, '* alone, or each by name'),
  ),
  refuse(`${at}.resources`, (all) => listOf(all).includes('*/*') && listOf(all).length > 1, '*/* alone'),
  refuse(`${at}.resourceNames`, (names) => is.hasTwice(names, String), 'each name once'),
  refuse(`${at}.resourceNames[]`, (name) => name !== '' && is.isNoPathSegment(name), 'the name of an object'),
];

/** The conditions on CEL that says which requests count. */
const matching = (at: string): Condition[] => [
  refuse(at, (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
  refuse(`${at}[].name`, is.isNoQualifiedName, is.QUALIFIED_NAME),
  refuse(`${at}[].expression`, isNoExpression, EXPRESSION),
];

const EXPRESSION = 'an expression in CEL';

/** Whether a text is empty or no CEL. Whether its variables exist is not judged. */
export function isNoExpression(text: Fields): boolean {
  if (typeof text !== 'string') return false;
  try {
    parsed(text);
    return text.trim() === '';
  } catch {
    return true;
  }
}

/** Whether a path of a Service has an empty or invalid part. */
const isNoServicePath = (path: Fields): boolean =>
  typeof path === 'string' &&
  path !== '' &&
  path !== '/' &&
  (!path.startsWith('/') || path.slice(1).replace(/\/$/, '').split('/').some(is.isNoSubdomain));

const WEBHOOKS: readonly Condition[] = [
  refuse('webhooks', (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
  ...requests('webhooks[].rules[]'),
  ...matching('webhooks[].matchConditions'),
  refuse('webhooks[].admissionReviewVersions[]', is.isNoWord, 'a version such as v1'),
  refuse('webhooks[].admissionReviewVersions', (all) => is.hasTwice(all, String), 'each version once'),
  refuse(
    'webhooks[].admissionReviewVersions',
    (versions) => !listOf(versions).some((version) => ['v1', 'v1beta1'].includes(version)),
    'v1 among them',
  ),
  refuse('webhooks[].clientConfig.service.port', is.isNoPort, is.PORT),
  refuse(
    'webhooks[].clientConfig.service.path',
    isNoServicePath,
    'a path that begins with a slash, of lower-case letters, digits, dashes and dots',
  ),
  ...['name', 'namespace'].map((field) =>
    refuse(`webhooks[].clientConfig.service.${field}`, is.isEmpty, 'the Service and its namespace'),
  ),
  ...['namespaceSelector', 'objectSelector'].flatMap((field) => is.labelSelector(`webhooks[].${field}`)),
  refuse('webhooks[].timeoutSeconds', is.isOutside(1, 30), 'seconds from 1 to 30'),
  is.choice('webhooks[].sideEffects', 'None', 'NoneOnDryRun'),
  is.choice('webhooks[].failurePolicy', 'Ignore', 'Fail'),
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

const REASONS = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];

const constraints = (at: string): Condition[] => [
  ...['resourceRules', 'excludeResourceRules'].flatMap((field) => requests(`${at}.${field}[]`)),
  ...['namespaceSelector', 'objectSelector'].flatMap((field) => is.labelSelector(`${at}.${field}`)),
];

const ACTIONS = ['Deny', 'Warn', 'Audit'];

const BINDING: readonly Condition[] = [
  refuse('spec.policyName', is.isNoSubdomain, 'the name of a policy'),
  need('spec.validationActions', () => true, 'at least one action'),
  refuse(
    'spec.validationActions',
    (all) => is.isEmpty(all) || is.hasTwice(all, String),
    'at least one action, each once',
  ),
  is.choice('spec.validationActions[]', ...ACTIONS),
  refuse(
    'spec.validationActions',
    (all) => ['Deny', 'Warn'].every((action) => listOf(all).includes(action)),
    'either Deny or Warn',
  ),
  refuse(
    'spec.paramRef',
    ({ name, selector }) => (name == null || name === '') === (selector == null),
    'exactly one of name and selector',
  ),
  need('spec.paramRef.parameterNotFoundAction', () => true, 'Allow or Deny'),
  refuse('spec.paramRef.parameterNotFoundAction', (action) => !['Allow', 'Deny'].includes(action), 'Allow or Deny'),
  refuse('spec.paramRef.name', is.isNoPathSegment, 'the name of an object'),
  ...is.labelSelector('spec.paramRef.selector'),
  ...constraints('spec.matchResources'),
];

const POLICY: readonly Condition[] = [
  need('spec.matchConstraints', () => true, 'what the policy is for'),
  refuse(
    'spec',
    ({ validations, auditAnnotations }) => listOf(validations).length + listOf(auditAnnotations).length === 0,
    'at least one of validations and auditAnnotations',
  ),
  need('spec', () => true, 'matchConstraints and validations'),
  need('spec.matchConstraints.resourceRules', () => true, 'at least one rule'),
  refuse('spec.matchConstraints.resourceRules', is.isEmpty, 'at least one rule'),
  ...constraints('spec.matchConstraints'),
  ...matching('spec.matchConditions'),
  need('spec.paramKind.apiVersion', () => true, 'a version such as v1'),
  need('spec.paramKind.kind', () => true, 'a kind such as ConfigMap'),
  refuse(
    'spec.paramKind.apiVersion',
    (version) => {
      const [name, group, ...others] = String(version).split('/').reverse();
      return is.isNoWord(name) || others.length > 0 || (group !== undefined && is.isNoSubdomain(group));
    },
    'a version such as v1 or example.com/v1',
  ),
  refuse('spec.paramKind.kind', (kind) => is.isNoWord(String(kind).toLowerCase()), 'a kind such as ConfigMap'),
  refuse('spec.variables[].expression', isNoExpression, EXPRESSION),
  refuse('spec.validations[].messageExpression', (text) => text !== '' && isNoExpression(text), EXPRESSION),
  refuse('spec.auditAnnotations', (all) => listOf(all).length > 20, 'at most 20'),
  refuse('spec.auditAnnotations', (all) => is.hasTwice(all, ({ key }) => key), 'each key once'),
  refuse('spec.auditAnnotations[].valueExpression', isNoExpression, EXPRESSION),
  refuse('spec.validations[].expression', isNoExpression, EXPRESSION),
  is.choice('spec.validations[].reason', ...REASONS),
  refuse(
    'spec.variables[].name',
    (name) => typeof name === 'string' && !/^[A-Za-z_]\w*$/.test(name),
    'letters, digits and underscores, the first of which is no digit',
  ),
  refuse(
    'spec.auditAnnotations[].key',
    (key) => is.isNoQualifiedName(key) || String(key).includes('/'),
    'letters, digits, dashes, dots and underscores',
  ),
];

const SERVICE_OF_API: readonly Condition[] = [
  refuse(
    'metadata.name',
    (name, _, { spec }) => name !== `${spec?.version}.${spec?.group}`,
    'the version and the group, with a dot between them',
  ),
  refuse('spec.groupPriorityMinimum', is.isOutside(1, 20000), 'a number from 1 to 20000'),
  refuse('spec.versionPriority', is.isOutside(1, 1000), 'a number from 1 to 1000'),
  ...['name', 'namespace'].flatMap((field) => [
    need(`spec.service.${field}`, () => true, 'a value'),
    refuse(`spec.service.${field}`, is.isEmpty, 'a value'),
  ]),
  refuse('spec.service.port', is.isNoPort, is.PORT),
  refuse(
    'spec.insecureSkipTLSVerify',
    (skip, { service }) => skip === true && service == null,
    'false, or a service beside it',
  ),
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
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': BINDING,
  'apiregistration.k8s.io/APIService': SERVICE_OF_API,
};
