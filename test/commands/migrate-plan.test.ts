import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import migratePlan from '../../commands/migrate-plan';
import { PROJECT, project, ROOT, runHere } from '../support';

const planOf = async (...args: string[]) => (await runHere(migratePlan, PROJECT, ['--to', 'prod', ...args])).stdout;

/** The words in capitals that only a person knows, and that each plan explains at its top. */
const FILLED_IN = ['SOURCE_PASSWORD', 'SOURCE_HOST', 'SOURCE_USER', 'NAME', 'ADDRESS'];

test.each([
  ['salient', 'salient_production:salient_admin tenant_acme tenant_globex tenant_initech'],
  ['pliers', 'pliers'],
  ['three-tier', 'three_tier'],
])('the plan of %s has seven steps, its own databases, and nothing else to fill in', async (system, databases) => {
  const plan = await planOf('--from', 'render', '--system', system);
  expect([...plan.matchAll(/^\*\*(\d)\. /gm)].map(([, number]) => number).join('')).toBe('1234567');
  expect(plan).toContain(`export DATABASES='${databases}'`);
  expect(plan).not.toMatch(/<[a-z]|undefined|\bTODO\b/);
  const [top = ''] = plan.split('**1.');
  for (const name of FILLED_IN) expect(top).toContain(`\`${name}\``);
  expect(plan).toContain('`--num-nodes=3` would make nine nodes');
  expect(plan).toContain(`npm run smoke -- --env prod --system ${system} --context NAME`);
  for (const command of ['inspect', 'copy', 'close', 'seal', 'open']) expect(plan).toContain(`move ${command}`);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const [, name] of plan.matchAll(/npm run (?:-s )?([a-z]+(?:[:-][a-z]+)?)/g))
    expect(scripts).toHaveProperty([name as string]);
});

test('a server in the cluster is reached through a tunnel, another one at its own address', async () => {
  const { stdout } = await runHere(migratePlan, PROJECT, ['--from', 'postgresql', '--to', 'dev', '--system', 'pliers']);
  expect(stdout).toContain('kubectl port-forward --context NAME -n pliers-dev-data service/postgres 15432:5432 &');
  expect(stdout).toContain('@localhost:15432"');
  expect(stdout).not.toContain('Suspend the services on Render');
  expect(await planOf('--from', 'render', '--system', 'salient')).toContain('@db.internal.example.com:5432"');
});

test('the window follows from size and throughput', async () => {
  const args = ['--from', 'render', '--system', 'salient'];
  expect(await planOf(...args)).toContain('About 22 minutes without writes: 5 GB at 300 MB a minute');
  expect(await planOf(...args, '--size', '60', '--throughput', '600')).toContain(
    'About 105 minutes without writes: 60 GB at 600 MB a minute',
  );
  expect(await runHere(migratePlan, PROJECT, ['--to', 'prod', ...args, '--size', 'big'])).toMatchObject({
    status: 2,
    stderr: '--size: given "big", expected a number above 0\n',
  });
});

test('a system without PostgreSQL is refused, and left out where all systems are asked for', async () => {
  const { status, stdout, stderr } = await runHere(migratePlan, PROJECT, [
    ...['--from', 'render', '--to', 'prod', '--system', 'ephitup'],
  ]);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('given ephitup, which has no PostgreSQL database in prod: export each of its databases');
  const all = await planOf('--from', 'render');
  expect([...all.matchAll(/^# (\S+): from Render to prod$/gm)].map(([, name]) => name)).toEqual([
    'salient',
    'pliers',
    'three-tier',
  ]);
});

test('--out writes the plan into a file', async () => {
  const root = project();
  const file = join(root, 'plan.md');
  const args = ['--from', 'render', '--to', 'prod', '--system', 'salient'];
  expect(await runHere(migratePlan, root, [...args, '--out', file])).toMatchObject({ status: 0, stdout: '' });
  expect(readFileSync(file, 'utf8')).toContain('# salient: from Render to prod');
});
