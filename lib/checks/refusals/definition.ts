import { type Fields, listOf } from '../cluster/pods';
import { isNoExpression } from './admission';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
const LISTS = ['atomic', 'set', 'map'];

const isFields = (value: Fields): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schemas in a schema, at any depth. */
function schemasIn(schema: Fields): Fields[] {
  if (!isFields(schema)) return [];
  const { properties, items, additionalProperties } = schema;
  const inside = [...Object.values<Fields>(isFields(properties) ? properties : {}), items, additionalProperties];
  return inside.filter(isFields).flatMap((one) => [one, ...schemasIn(one)]);
}

/** A condition on all schemas of a definition, or also on the outermost. */
const everySchema = (isWrong: (schema: Fields) => boolean, expected: string): Condition =>
  refuse(SCHEMA, (schema) => [schema, ...schemasIn(schema)].some((one) => isFields(one) && isWrong(one)), expected);

const WORD = 'at most 63 lower-case letters, digits and dashes';
const COLUMNS = ['integer', 'number', 'string', 'boolean', 'date'];
const SCHEMA = 'spec.versions[].schema.openAPIV3Schema';
const isOpen = (schema: Fields): boolean => schema['x-kubernetes-preserve-unknown-fields'] === true;

/** Whether a field of a schema has no type, and nothing that stands for one. */
const hasNoType = (field: Fields): boolean =>
  !field.type && field['x-kubernetes-int-or-string'] !== true && !isOpen(field);

/** Whether the keys of a list are none of its items. */
function hasNoKeys(schema: Fields): boolean {
  const keys = listOf(schema['x-kubernetes-list-map-keys']);
  if (schema['x-kubernetes-list-type'] !== 'map') return keys.length > 0;
  const { properties = {}, required } = schema.items ?? {};
  return (
    keys.length === 0 ||
    is.hasTwice(keys, String) ||
    keys.some(
      (key) => properties?.[key] == null || (!listOf(required).includes(key) && properties[key].default == null),
    )
  );
}

/** Keywords that a schema may not have beside its status, as the outermost. */
const NOT_OUTERMOST = 'allOf anyOf oneOf not default enum additionalProperties minProperties maxProperties'.split(' ');

const SCHEMAS: readonly Condition[] = [
  refuse(SCHEMA, (schema) => schema.type !== 'object' && !(isOpen(schema) && !schema.type), 'type: object at the root'),
  refuse(SCHEMA, (schema) => schemasIn(schema).some(hasNoType), 'a type of each field'),
  everySchema(({ type }) => Boolean(type) && !TYPES.includes(type), `as types ${is.oneOf(...TYPES)}`),
  everySchema(({ type, items }) => type === 'array' && items == null, 'items of each array'),
  everySchema(
    (one) => one.properties != null && one.additionalProperties != null,
    'either properties or additionalProperties',
  ),
  everySchema(
    (one) => is.isNoneOf(...LISTS)(one['x-kubernetes-list-type']),
    `as x-kubernetes-list-type ${is.oneOf(...LISTS)}`,
  ),
  everySchema(hasNoKeys, 'x-kubernetes-list-map-keys for lists of the type map, each a required field of the items'),
  everySchema(
    (one) => listOf(one['x-kubernetes-validations']).some(({ rule }) => isNoExpression(rule ?? '')),
    'a rule in CEL in each of x-kubernetes-validations',
  ),
  everySchema(({ uniqueItems }) => uniqueItems === true, 'x-kubernetes-list-type: set in place of uniqueItems'),
  everySchema(
    (one) => one['x-kubernetes-embedded-resource'] === true && one.type !== 'object',
    'x-kubernetes-embedded-resource on objects only',
  ),
  everySchema(
    (one) => one['x-kubernetes-preserve-unknown-fields'] === false,
    'x-kubernetes-preserve-unknown-fields: true, or none of the field',
  ),
  everySchema(
    ({ enum: choices, default: value }) =>
      Array.isArray(choices) &&
      choices.length > 0 &&
      value !== undefined &&
      typeof value !== 'object' &&
      !choices.includes(value),
    'a default that is one of enum',
  ),
  refuse(
    'spec.versions[]',
    ({ subresources, schema }) =>
      subresources?.status != null && NOT_OUTERMOST.some((keyword) => schema?.openAPIV3Schema?.[keyword] != null),
    'at the root of a schema with a status only its type, properties, required, description and rules',
  ),
];

const NAMES: readonly Condition[] = [
  ...['singular', 'plural'].map((field) =>
    refuse(`spec.names.${field}`, (name) => name !== '' && is.isNoWord(name), WORD),
  ),
  refuse(
    'spec.names.listKind',
    (kind) => kind !== '' && is.isNoWord(String(kind).toLowerCase()),
    'a name such as BackupList',
  ),
  ...['shortNames', 'categories'].map((field) => refuse(`spec.names.${field}[]`, is.isNoWord, WORD)),
];

const VERSIONS: readonly Condition[] = [
  refuse('spec.versions', (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
  refuse(
    'spec.versions[].selectableFields',
    (all) => is.hasTwice(all, ({ jsonPath }) => jsonPath) || listOf(all).length > 8,
    'each path once, and at most 8',
  ),
  refuse(
    'spec.versions[].selectableFields[].jsonPath',
    (path) => !/^\.[\w.-]+$/.test(String(path)),
    'a path such as .spec.color',
  ),
  is.choice('spec.versions[].additionalPrinterColumns[].type', ...COLUMNS),
  ...['name', 'type', 'jsonPath'].map((field) =>
    refuse(`spec.versions[].additionalPrinterColumns[].${field}`, is.isEmpty, 'a value'),
  ),
  refuse(
    'spec.versions[].deprecationWarning',
    (_, { deprecated }) => deprecated !== true,
    'deprecated: true beside it',
  ),
  refuse(
    'spec.versions[].deprecationWarning',
    (text) => text === '' || String(text).length > 256,
    'at most 256 letters',
  ),
  refuse(
    'spec.versions[].subresources.scale.specReplicasPath',
    (path) => !/^\.spec\../.test(String(path)),
    'a path such as .spec.replicas',
  ),
  ...['statusReplicasPath', 'labelSelectorPath'].map((field) =>
    refuse(
      `spec.versions[].subresources.scale.${field}`,
      (path) => path !== '' && !/^\.(?:status|spec)\../.test(String(path)),
      'a path such as .status.replicas',
    ),
  ),
];

const CONDITIONS: readonly Condition[] = [
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
  is.choice('spec.scope', 'Cluster', 'Namespaced'),
  need('spec.versions[].schema.openAPIV3Schema', () => true, 'a schema'),
  need('spec.versions[].schema', () => true, 'a schema'),
  refuse('spec.versions[].name', is.isNoWord, 'a name such as v1 or v1beta1'),
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
  ...SCHEMAS,
  ...NAMES,
  ...VERSIONS,
  refuse('spec.conversion.strategy', (strategy) => !['None', 'Webhook'].includes(strategy), 'None or Webhook'),
  refuse(
    'spec.conversion.webhook',
    (_, { strategy }) => strategy !== 'Webhook',
    'none of the field, unless the strategy is Webhook',
  ),
  refuse(
    'spec.group',
    (group) => is.isNoSubdomain(group) || !String(group).includes('.'),
    'a domain such as example.com',
  ),
];

/** What the API server refuses in definitions of custom resources. Source: Kubernetes, apiextensions-apiserver, validation. */
export const DEFINITION: Readonly<Record<string, readonly Condition[]>> = {
  'apiextensions.k8s.io/CustomResourceDefinition': CONDITIONS,
};
