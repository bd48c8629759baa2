import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry as ours } from '../../charts';
import { buildEnvironments } from '../../lib/pipeline/build';
import { defineRegistry } from '../../lib/pipeline/definition';
import { judge } from '../../lib/pipeline/judge';
import { shop } from '../edited/charts/shop/system';
import { ROOT } from '../support';

const OWN = join(ROOT, 'test/edited');
const registry = defineRegistry({ ...ours, systems: [shop] });
const built = buildEnvironments(registry, OWN, ['dev', 'prod']);

test('a system of web, API, worker, PostgreSQL and Redis is at most 120 lines over three files', () => {
  const files = ['charts/shop/settings.ts', 'charts/shop/system.ts', 'environments/prod/shop.yaml'];
  const lines = files.map((file) => readFileSync(join(OWN, file), 'utf8').trimEnd().split('\n').length);
  expect(lines.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(120);
});

test('every rule holds in dev and in prod', () => {
  expect(judge(built)).toEqual([]);
});

test('it has all objects that such a system needs', () => {
  const prod = built.find(({ folder }) => folder === 'prod/shop')?.objects ?? [];
  const named = prod
    .filter(({ kind }) => /Deployment|StatefulSet|Job|Ingress|Autoscaler/.test(kind))
    .map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-f]{10}$/, '')}`);
  expect(named.sort()).toEqual([
    'CronJob backup',
    'CronJob redis-backup',
    'CronJob redis-restore',
    'CronJob redis-restore-drill',
    'CronJob restore',
    'CronJob restore-drill',
    'Deployment api',
    'Deployment web',
    'Deployment worker',
    'HorizontalPodAutoscaler api-hpa',
    'Ingress shop-ingress',
    'Job provisioning',
    'StatefulSet redis',
  ]);
});
