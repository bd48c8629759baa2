import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectWithSources, ROOT } from '../support';
import { docker, testEngine } from './engine';
import { type ComposeSettings, composeFiles } from './project';

const PROXY = { proxy: { email: 'ops@example.com' } };
const STACK = { ...PROXY, stack: true };
/** Every environment of the fixtures that has no operator. */
const ALL: ComposeSettings = {
  salient: {
    dev: { ports: { 'chat-api': 8000 }, env: { 'admin-api': { CORS_ORIGINS: 'http://localhost:4321' } } },
    prod: PROXY,
  },
  pliers: {
    dev: { ports: { api: 3000 }, build: { api: { context: '../../api', watch: ['src'] } } },
    staging: STACK,
    prod: STACK,
  },
  ephitup: { dev: { ports: { ephitup: 8502 } }, staging: PROXY, prod: PROXY },
  'three-tier': { dev: { proxy: {} }, staging: STACK, prod: STACK },
  boutique: { prod: STACK },
  invoices: { prod: PROXY },
};

/** The folder of the validator of the Compose Specification's own schema. */
const VALIDATOR = join(ROOT, '.build/compose/check-jsonschema');
const installed =
  spawnSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', VALIDATOR, 'check-jsonschema==0.39.0'])
    .status === 0;

const root = projectWithSources();
for (const name of ['boutique.yaml', 'invoices.yaml'])
  cpSync(join(ROOT, 'test/fixtures/applications', name), join(root, 'environments/prod', name));
const DIST = join(root, 'dist');
const files = [...composeFiles(root, ALL)];
const composeFile = files.flatMap(([path]) => (path.endsWith('/compose.yaml') ? [path] : []));

test('there is a compose file for each of them', () => {
  expect(composeFile).toHaveLength(Object.values(ALL).flatMap((one) => Object.keys(one)).length);
});

test.each(composeFile)('docker compose accepts %s', async (path) => {
  const folder = dirname(join(DIST, path));
  const args = ['compose', '--profile', '*', 'config', '--quiet'];
  const isNeeded = readFileSync(join(DIST, path), 'utf8').includes(':?see .env.example');
  const { code, stderr } = await docker(testEngine(), args, folder);
  expect([code !== 0, stderr.includes('see .env.example')]).toEqual([isNeeded, isNeeded]);
  if (isNeeded) {
    const example = readFileSync(join(folder, '.env.example'), 'utf8');
    writeFileSync(join(folder, '.env'), example.replace(/=$/gm, '=value'));
  }
  expect(await docker(testEngine(), args, folder)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.each(files.flatMap(([path]) => (path.endsWith('/stack.yaml') ? [path] : [])))(
  'docker stack accepts %s',
  async (path) => {
    const folder = dirname(join(DIST, path));
    const args = ['stack', 'config', '--compose-file', 'stack.yaml'];
    const isNeeded = readFileSync(join(DIST, path), 'utf8').includes(':?see .env.example');
    const { code, stderr } = await docker(testEngine(), args, folder);
    expect([code !== 0, stderr.includes('see .env.example')]).toEqual([isNeeded, isNeeded]);
    const example = isNeeded ? readFileSync(join(folder, '.env.example'), 'utf8') : '';
    const variables = example.matchAll(/^(\w+)=$/gm);
    const env = Object.fromEntries([...variables].map(([, name]) => [name, 'value']));
    expect((await docker({ ...testEngine(), env: { ...testEngine().env, ...env } }, args, folder)).stderr).toBe('');
  },
);

(installed ? test : test.skip)("the Compose Specification's schema accepts all of them", () => {
  const args = ['-m', 'check_jsonschema', '--builtin-schema', 'vendor.compose-spec'];
  const paths = composeFile.map((path) => join(DIST, path));
  const env = { ...process.env, PYTHONPATH: VALIDATOR };
  const { status, stdout, stderr } = spawnSync('python3', [...args, ...paths], { env, encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('ok'), '']);
});
