import { differenceOf } from '../../../lib/diff/difference';
import { formatJson } from '../../../lib/diff/format/json';
import { formatMarkdown } from '../../../lib/diff/format/markdown';
import { formatText } from '../../../lib/diff/format/text';
import type { Report } from '../../../lib/diff/report';
import type { ManifestObject } from '../../../lib/manifests/object';

const object = (kind: string, name: string, more: object = {}): ManifestObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop' },
  ...more,
});

function report(before: readonly ManifestObject[], after: readonly ManifestObject[]): Report {
  return {
    scope: 'prod',
    against: 'HEAD',
    changes: differenceOf(before, after, []),
    leftOver: [],
    notes: [],
    refused: false,
  };
}

const FORMATS = { text: formatText, markdown: formatMarkdown, json: formatJson };

test('an empty report says that nothing changes', () => {
  expect(formatText(report([], []))).toBe('prod, against HEAD: nothing changes');
});

test('a long text is shown as a line diff', () => {
  const text = Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join('');
  const config = (value: string) => [object('ConfigMap', 'a', { data: { 'a.sh': value } })];
  expect(formatText(report(config(text), config(text.replace('line 20\n', 'other\n'))))).toBe(
    `prod, against HEAD: 1 changed

~ ConfigMap shop/a
    data["a.sh"]:
        line 19
      - line 20
      + other
        line 21`,
  );
  const all = formatText(report(config(text), config(text.replaceAll('line', 'row'))));
  expect(all.split('\n').length).toBeLessThan(32);
  expect(all).toMatch(/… and \d+ lines more$/);
});

test('objects that come and go are a line each', () => {
  expect(formatText(report([object('Service', 'a')], [object('Service', 'b')]))).toBe(
    'prod, against HEAD: 1 new, 1 gone\n\n- Service shop/a\n\n+ Service shop/b',
  );
});

test('a hash is shown by its meaning', () => {
  const pod = (hash: string) => ({
    template: {
      metadata: { annotations: { 'berth.dev/config': hash } },
      spec: { containers: [{ name: 'a', envFrom: [{ configMapRef: { name: 'settings' } }] }] },
    },
  });
  const state = (hash: string, value: string) => [
    { ...object('Deployment', 'a', { spec: pod(hash) }), apiVersion: 'apps/v1' },
    object('ConfigMap', 'settings', { data: { A: value } }),
  ];
  const text = formatText(report(state('0123', 'x'), state('4567', 'y')));
  expect(text).toContain('["berth.dev/config"]: its configuration changed: ConfigMap shop/settings');
  expect(text).not.toContain('4567');
});

test.each(Object.entries(FORMATS))('no value of a Secret is shown: %s', (_, format) => {
  const secret = (value: string) =>
    object('Secret', 's', {
      data: { a: value },
      stringData: { b: value },
      metadata: {
        name: 's',
        namespace: 'shop',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': value },
      },
    });
  const told = [
    format(report([secret('hunter2')], [secret('hunter3')])),
    format(report([], [secret('hunter2')])),
    format(report([secret('hunter2')], [])),
  ].join('\n');
  expect(told).toContain('(not shown)');
  expect(told).not.toContain('hunter');
});

test('Markdown stays below the size limit of a comment, and states how much is left out', () => {
  const many = (value: string) =>
    Array.from({ length: 900 }, (_, index) =>
      object('PersistentVolumeClaim', `claim-${index}`, {
        spec: { storageClassName: value, note: `${value} `.repeat(30) },
      }),
    );
  const text = formatMarkdown(report(many('a'), many('b')));
  expect(Buffer.byteLength(text)).toBeLessThan(65_000);
  expect(text).toMatch(/and \d+ more; `npm run diff` shows them all\.$/);
  expect(text).toMatch(/^\| … \| \| and \d+ more \|$/m);
  expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0);
});

test('no value breaks the Markdown', () => {
  const config = (value: string) => [object('ConfigMap', 'a|b', { data: { a: value } })];
  const text = formatMarkdown(report(config('x\n'), config('x\n```\n</details>\n')));
  expect(text).toContain('````diff\n');
  expect(text).toContain('<summary>ConfigMap shop/a&#124;b (1 field)</summary>');
});

test('JSON has the documented shape', () => {
  const job = (name: string, image: string) => ({
    ...object('Job', name, { spec: { template: { spec: { containers: [{ name: 'a', image }] } } } }),
    apiVersion: 'batch/v1',
  });
  const { changes, ...rest } = JSON.parse(
    formatJson(report([job('m-0123456789', 'a:1')], [job('m-abcdef0123', 'a:2'), object('Service', 'b')])),
  );
  expect(rest).toEqual({
    scope: 'prod',
    against: 'HEAD',
    summary: { changed: 1, new: 1, gone: 0, leftOver: 0, risks: { runs: 1 } },
    leftOver: [],
    notes: [],
  });
  expect(changes).toEqual([
    {
      object: { apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', name: 'm-abcdef0123' },
      was: 'm-0123456789',
      change: 'changed',
      marks: [{ risk: 'runs', message: 'a Job with new content has a new name' }],
      fields: [
        {
          path: 'metadata.name',
          before: 'm-0123456789',
          after: 'm-abcdef0123',
          means: 'a Job with new content has a new name',
        },
        { path: 'spec.template.spec.containers[a].image', before: 'a:1', after: 'a:2' },
      ],
    },
    {
      object: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'b' },
      change: 'new',
      marks: [],
      fields: [],
    },
  ]);
});
