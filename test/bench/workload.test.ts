import { chartOf, withLoops } from '../../bench/helm';
import { patchOf, treeOf } from '../../bench/kustomize';
import { objectsOf, slugsOf, workloadOf } from '../../bench/workload';
import type { ManifestObject } from '../../lib/manifests/object';

const SLUGS = slugsOf(2);
const labels = { app: 'salient' };

function object(kind: string, name: string, spec: unknown): ManifestObject {
  return { apiVersion: 'example.com/v1', kind, metadata: { name, namespace: 'salient-prod', labels }, spec };
}

const OBJECTS = [
  object('List', 'all', { image: 'example.com/api:1', script: '{{ x }}', names: SLUGS.map((slug) => `db_${slug}`) }),
  ...SLUGS.map((slug, index) => object('Database', `db-${slug}`, { owner: slug, key: `salient/tenants-${index + 1}` })),
];
const WORKLOAD = workloadOf(OBJECTS, SLUGS);

test('objects of tenants are one template, with their secrets as values', () => {
  expect(WORKLOAD.shared).toEqual(OBJECTS.slice(0, 1));
  expect(WORKLOAD.labels).toEqual(labels);
  expect(WORKLOAD.tenants.map(({ secret }) => secret)).toEqual(['salient/tenants-1', 'salient/tenants-2']);
  expect(WORKLOAD.tenants.flatMap((tenant) => objectsOf(WORKLOAD, tenant))).toEqual(OBJECTS.slice(1));
});

test('an environment without objects of tenants is refused', () => {
  expect(() => workloadOf(OBJECTS.slice(0, 1), SLUGS)).toThrow('no object belongs to tenant00001');
});

test('a run of lines, one for each tenant, is a loop; another line with a tenant is not', () => {
  const text = ['a:', '  - x_tenant00001', '  - x_tenant00002', 'b: tenant00001', 'c'].join('\n');
  expect(withLoops(text, SLUGS).split('\n')).toEqual([
    'a:',
    '{{- range $.Values.tenants }}',
    '  - x_{{ .slug }}',
    '{{- end }}',
    'b: tenant00001',
    'c',
  ]);
});

test('a chart has values for tenants, namespaces and images, and keeps marks of templates as text', () => {
  const chart = chartOf(WORKLOAD);
  expect(chart['values.yaml']).toContain('  api: example.com/api:1');
  expect(chart['values.yaml']).toContain('  - { slug: tenant00002, secret: salient/tenants-2 }');
  const all = chart['templates/list-salient-prod-all.yaml'] ?? '';
  expect(all).toContain('namespace: {{ $.Values.namespaces.prod }}');
  expect(all).toContain('image: {{ $.Values.images.api }}');
  expect(all).toContain('{{ "{{" }} x }}');
  expect(all).toContain('- db_{{ .slug }}');
  expect(all).toContain('{{- include "salient.labels" $ | nindent 4 }}');
  expect(chart['templates/tenants.yaml']).toContain('name: db-{{ .slug }}');
});

test('a tree has an overlay for each tenant, with what differs from the base', () => {
  const tree = treeOf(WORKLOAD);
  expect(tree['tenants/tenant00002/kustomization.yaml']).toContain('value: db-tenant00002');
  expect(tree['kustomization.yaml']).toContain('- tenants/tenant00001');
  expect(tree['tenant/objects.yaml']).not.toContain('app: salient');
});

test('a patch has an operation for each value that differs, with its path escaped', () => {
  expect(patchOf({ a: { 'b/c~d': 1, e: [1, 2] } }, { a: { 'b/c~d': 2, e: [1, 3] } })).toEqual([
    { op: 'replace', path: '/a/b~1c~0d', value: 2 },
    { op: 'replace', path: '/a/e/1', value: 3 },
  ]);
});
