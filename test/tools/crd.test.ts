import { slimDefinition } from '../../tools/crd';
import type { Any } from '../support';

const property = {
  type: 'object',
  description: 'text',
  properties: { description: { type: 'string', description: 'text' } },
};
const definition = () => ({
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { kind: 'Widget' },
    versions: [
      { name: 'v1alpha1', served: false, schema: { openAPIV3Schema: {} } },
      {
        name: 'v1',
        served: true,
        schema: {
          openAPIV3Schema: {
            description: 'text',
            properties: { spec: { properties: { a: property, b: property, c: property } }, status: property },
          },
        },
      },
    ],
  },
});

const wanted = { group: 'example.com', version: 'v1' };

test('one version is kept, without descriptions and status; a property with the name description stays', () => {
  const slim = slimDefinition(definition(), { ...wanted, keep: { spec: ['a', 'b'] } }, 'widgets.yaml') as Any;
  const bare = { type: 'object', properties: { description: { type: 'string' } } };
  expect(slim.spec.versions).toEqual([
    {
      name: 'v1',
      served: true,
      schema: { openAPIV3Schema: { properties: { spec: { properties: { a: bare, b: bare } } } } },
    },
  ]);
  expect(slim.metadata.name).toBe('widgets.example.com');
});

test('a path of another resource of the group is ignored', () => {
  const slim = slimDefinition(definition(), { ...wanted, keep: { 'spec.provider': ['aws'] } }, 'widgets.yaml') as Any;
  expect(Object.keys(slim.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties)).toEqual(['a', 'b', 'c']);
});

test('a path may apply to one resource of the group', () => {
  const keep = { 'Widget.spec': ['a'], 'Gadget.spec': ['z'] };
  const slim = slimDefinition(definition(), { ...wanted, keep }, 'widgets.yaml') as Any;
  expect(Object.keys(slim.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties)).toEqual(['a']);
});

test('a path goes through lists to the properties of their items', () => {
  const listed = definition();
  const { properties } = (listed.spec.versions[1] as Any).schema.openAPIV3Schema;
  properties.spec.properties.c = { type: 'array', items: { properties: { d: property, e: property } } };
  const slim = slimDefinition(listed, { ...wanted, keep: { 'spec.c': ['e'] } }, 'widgets.yaml') as Any;
  const { c } = slim.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;
  expect(Object.keys(c.items.properties)).toEqual(['e']);
});

test.each([
  [{ ...wanted, group: 'other.com' }, 'widgets.yaml: does not serve other.com/v1'],
  [{ ...wanted, version: 'v2' }, 'widgets.yaml: does not serve example.com/v2'],
  [{ ...wanted, version: 'v1alpha1' }, 'widgets.yaml: does not serve example.com/v1alpha1'],
  [{ ...wanted, keep: { spec: ['a', 'z'] } }, 'widgets.yaml: has no z at spec'],
  [{ ...wanted, keep: { 'Widget.spec': ['z'] } }, 'widgets.yaml: has no z at Widget.spec'],
])('%j is refused', (source, message) => {
  expect(() => slimDefinition(definition(), source, 'widgets.yaml')).toThrow(message);
});
