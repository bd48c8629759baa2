import type { Schema } from '../../lib/checks/cluster/schema-table';
import { type OpenApi, SchemaWriter } from '../../tools/openapi';
import { withOptional } from '../../tools/openapi-corrections';

const META = { 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': { type: 'object', properties: {} } };

/** The schemas of a custom kind with one field in its spec. */
function written(
  field: OpenApi,
  replicasPath?: string,
): { readonly field: Schema; readonly schemas: readonly Schema[] } {
  const writer = new SchemaWriter(META);
  const spec: OpenApi = { type: 'object', properties: { field } };
  writer.addCustomKind('a/v1/A', { type: 'object', properties: { spec } }, replicasPath);
  const { kinds, schemas } = writer.table;
  const at = (from: number, name: string) => schemas[from]?.fields?.[name] as number;
  return { field: schemas[at(at(kinds['a/v1/A'] as number, 'spec'), 'field')] as Schema, schemas };
}

test('the keys by which items differ are those of a map, and none of a set', () => {
  const list = (more: object): OpenApi => ({ type: 'array', items: { type: 'string' }, ...more });
  expect(written(list({})).field.unique).toBeUndefined();
  expect(written(list({ 'x-kubernetes-list-type': 'atomic' })).field.unique).toBeUndefined();
  expect(written(list({ 'x-kubernetes-list-type': 'set' })).field.unique).toEqual([]);
  const map = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a', 'b'] };
  expect(written(list(map)).field.unique).toEqual(['a', 'b']);
});

test('alternatives are parts of schemas, with what they hold', () => {
  const { field, schemas } = written({
    type: 'object',
    properties: { a: { type: 'string' } },
    oneOf: [{ required: ['a'] }, { properties: { a: { not: { enum: ['x'] } } } }],
  });
  const [first, second] = (field.oneOf ?? []).map((number) => schemas[number]);
  expect(first).toEqual({ required: ['a'] });
  const inner = schemas[second?.fields?.a as number];
  expect(schemas[inner?.not as number]).toEqual({ enum: ['x'] });
});

test('whole numbers or text, and lists of choices, are no alternatives', () => {
  const port: OpenApi = { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] };
  expect(written(port).field).toEqual({ type: 'int-or-string' });
  expect(written({ type: 'string', allOf: [{ enum: ['a', 'b'] }, { enum: ['b'] }] }).field).toEqual({
    type: 'string',
    enum: ['b'],
  });
});

test('a field of the scale subresource is a number of replicas', () => {
  expect(written({ type: 'integer', minimum: 1 }, '.spec.field').field).toEqual({
    type: 'integer',
    format: 'int32',
    least: 1,
  });
  expect(written({ type: 'integer' }, '.spec.field').field.least).toBe(0);
  expect(written({ type: 'integer' }, '.spec.other').field).toEqual({ type: 'integer' });
});

test.each([
  ['quantity(self).isInteger()', 'lib/checks/cluster/cel.ts has no isInteger, quantity: quantity(self).isInteger()'],
  ['self ==', 'expecting end of input'],
])('a rule that cannot be judged is an error: %s', (rule, message) => {
  expect(() => written({ type: 'string', 'x-kubernetes-validations': [{ rule }] })).toThrow(message);
});

test('what the API server does not require is optional', () => {
  const name = 'io.k8s.api.core.v1.HTTPHeader';
  expect(withOptional({ [name]: { required: ['name', 'value'] }, other: { required: ['value'] } })).toEqual({
    [name]: { required: ['name'] },
    other: { required: ['value'] },
  });
});
