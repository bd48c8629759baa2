import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { judge } from '../../../lib/pipeline/judge';
import { edit, project } from '../../support';
import { PRICES_TEXT } from '../cost/seed';

const PLATFORM = 'environments/prod/platform.yaml';
const GPU =
  'gpu: { cpu: 8, memory: 32Gi, gpus: 1, count: 1, max: 12, labels: { nvidia.com/gpu.present: "true" }, taints: [nvidia.com/gpu], zones: [a, b, c] }';

/** The violations of production with these pools, one of them a line. */
function withPools(root: string, ...pools: string[]): string[] {
  appendFileSync(join(root, PLATFORM), `nodes:\n${pools.map((one) => `  ${one}\n`).join('')}`);
  return judge(buildEnvironments(registry, root, ['prod']));
}

test('pods that fit on the pools are no violation', () => {
  const pool = 'general: { cpu: 8, memory: 32Gi, count: 3, max: 12, zones: [a, b, c] }';
  expect(withPools(project(), pool, GPU)).toEqual([]);
});

test('a violation names the settings of the workload and of the pool, with their lines', () => {
  const [found, ...others] = withPools(project(), 'general: { cpu: 8, memory: 32Gi, count: 3, zones: [a, b, c] }', GPU);
  expect(others).toEqual([]);
  expect(found).toMatch(
    /^prod: capacity: .*there is no room on \d+ nodes? .*; set by environments\/prod\/[\w-]+\.yaml:\d+: [\w.-]+, environments\/prod\/platform\.yaml:\d+: platform\.nodes\.general$/,
  );
});

test('the size of a pool may be that of a type in the prices', () => {
  const root = project();
  writeFileSync(join(root, 'environments/prices.yaml'), PRICES_TEXT);
  expect(withPools(root, 'general: { type: e2-standard-2, count: 60, zones: [a, b, c] }', GPU)).toEqual([]);
  edit(root, PLATFORM, 'e2-standard-2', 'e2-standard-3');
  expect(() => buildEnvironments(registry, root, ['prod'])).toThrow(
    /platform\.yaml:\d+:\d+: nodes\.general\.type: given e2-standard-3, expected one of e2-small, .*did you mean e2-standard-2\?, as environments\/prices\.yaml has them/,
  );
});
