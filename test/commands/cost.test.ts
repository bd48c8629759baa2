import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import cost from '../../commands/cost';
import diff from '../../commands/diff';
import { costOfChange } from '../../commands/shared/costs';
import { deployment, PRICES_TEXT } from '../lib/cost/seed';
import { repository } from '../repository';
import { edit, PROJECT, project, runHere } from '../support';

const FILE = 'environments/prices.yaml';

function withPrices(text = PRICES_TEXT): string {
  const root = project();
  writeFileSync(join(root, FILE), text);
  return root;
}

describe('with prices', () => {
  const root = withPrices();
  const run = (...args: string[]) => runHere(cost, root, args);

  test('one system in a cluster of its own: what it reserves, what it costs and why', async () => {
    const { status, stdout, stderr } = await run('--env', 'prod', '--system', 'salient');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^prod\/salient, with the prices of 2026-11-30 \(environments\/prices\.yaml\)/);
    expect(stdout).toMatch(/^pods +9 +13 +26$/m);
    expect(stdout).toMatch(/^managed-medium +US\$ 370 +US\$ 370 +US\$ 370$/m);
    // Its Blueprint says that the chat API is on the plan standard, and the UI a static site.
    expect(stdout).toMatch(/^render: salient-prod-chat-api US\$ 175 \(7 × standard\) \+ /m);
    expect(stdout).toMatch(/^self-managed: it is cheaper than Render from \d+ pods/m);
    expect(stdout).not.toMatch(/PART OF/);
  });

  test('all systems of an environment share a cluster, and each has its part of the price', async () => {
    const { status, stdout } = await run('--env', 'prod', '--format', 'json');
    expect(status).toBe(0);
    const { systems, total } = JSON.parse(stdout);
    expect(systems.map(({ name }: { name: string }) => name)).toEqual(['salient', 'pliers', 'ephitup', 'three-tier']);
    const sum = (of: (one: { share: number; use: { maximum: { pods: number } } }) => number) =>
      systems.reduce((so: number, one: Parameters<typeof of>[0]) => so + of(one), 0);
    expect(sum(({ use }) => use.maximum.pods)).toBe(total.use.maximum.pods);
    const { bills } = total.options.find(({ name }: { name: string }) => name === 'managed-medium');
    expect(sum(({ share }) => share)).toBeCloseTo(bills.typical.month, 6);
  });

  test('an environment without the system', async () => {
    const root2 = withPrices();
    const other = await runHere(cost, root2, ['--env', 'prod', '--system', 'nothing']);
    expect(other.status).toBe(2);
    expect(other.stderr).toMatch(/^--system: given "nothing", expected one of/);
  });
});

test('without the file it says which one it needs', async () => {
  const { status, stderr } = await runHere(cost, PROJECT, ['--env', 'prod']);
  expect(status).toBe(2);
  expect(stderr).toBe(
    'environments/prices.yaml: does not exist, expected the prices of nodes and databases; docs/cost.md shows one\n',
  );
});

test('every mistake in the file is told with its place', async () => {
  const root = withPrices();
  edit(root, FILE, 'month: 25, reserved', 'month: -25, reserved');
  edit(root, FILE, 'nodes: vps-4-8', 'nodes: vps-4-9');
  edit(root, FILE, 'cluster: managed-medium\n', 'cluster: managed-large\n');
  const first = await runHere(cost, root, ['--env', 'prod']);
  expect(first.status).toBe(2);
  expect(first.stderr).toMatch(
    /prices\.yaml:\d+:\d+: nodes\.e2-small\.month: given -25, expected an amount in US\$ such as 25/,
  );
  edit(root, FILE, 'month: -25, reserved', 'month: 25, reserved');
  const { stderr } = await runHere(cost, root, ['--env', 'prod']);
  expect(stderr).toMatch(
    /:\d+:\d+: clusters\.self-managed\.nodes: given "vps-4-9", expected one of e2-small, e2-standard-2, vps-4-8/,
  );
  expect(stderr).toMatch(
    /:\d+:\d+: cluster: given "managed-large", expected one of managed-small, managed-medium, self-managed/,
  );
});

test('the chart has a bar for each place and load, and says where something is not possible', async () => {
  const chart = async (system: string) =>
    (await runHere(cost, withPrices(), ['--env', 'prod', '--system', system, '--format', 'svg'])).stdout;
  const salient = await chart('salient');
  expect(salient.match(/<title>/g)).toHaveLength(12);
  expect(salient).toContain('<title>managed-medium, maximum: US$ 370</title>');
  // Bars are as long as their amounts.
  const widthOf = (text: string) => Number(new RegExp(`width="([\\d.]+)"[^>]*><title>${text}`).exec(salient)?.[1]);
  expect(widthOf('managed-medium, typical') / widthOf('self-managed, typical')).toBeCloseTo(370 / 170, 1);
  expect(await chart('pliers')).toContain('>not possible</text>');
});

describe('what a change costs a month', () => {
  const pod = (cpu: string) => deployment('api', { replicas: 4, cpu, memory: '256Mi' });

  test('nodes that are needed or saved', () => {
    const root = withPrices();
    // 1.73 cores of each node: 4 pods of 1 core are on 4 nodes, and one may be away; of 1.5 cores, 8 pods need 8 nodes.
    const many = [...pod('1'), ...deployment('b', { replicas: 4, cpu: '1500m', memory: '256Mi' })];
    expect(costOfChange(root, pod('1'), many)).toBe('costs +$200 a month (at typical load, on managed-medium)');
    expect(costOfChange(root, many, pod('1'))).toBe('costs −$200 a month (at typical load, on managed-medium)');
  });

  test('nothing is said without prices, or where nothing changes', () => {
    expect(costOfChange(PROJECT, pod('1'), pod('1500m'))).toBeUndefined();
    expect(costOfChange(withPrices(), pod('1'), pod('1500m'))).toBeUndefined();
  });

  test('npm run diff says it last', async () => {
    const { root } = repository();
    writeFileSync(join(root, FILE), PRICES_TEXT);
    edit(root, 'environments/prod/salient.yaml', 'scale: { min: 3, max: 20,', 'scale: { min: 60, max: 90,');
    const { stdout } = await runHere(diff, root, ['--env', 'prod', '--system', 'salient']);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^costs \+\$\d+ a month \(at typical load, on managed-medium\)$/,
    );
  });
});
