import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { InputError } from '../../../lib/base/problem';
import { withSmoke } from '../../../lib/parts/smoke/smoke';
import { buildCompose } from '../../../lib/pipeline/compose';
import { describeEnvironments } from '../../../lib/pipeline/environments';
import synth from '../../../main';
import { folderWith, PROJECT, project, runHere } from '../../support';

const FILE = 'environments/compose.yaml';
const ENVIRONMENTS = ['dev', 'staging', 'prod'];

const described = describeEnvironments(registry, PROJECT, ENVIRONMENTS);

/** What is said of this file. */
function says(text: string): string[] {
  const folders = ENVIRONMENTS.map((name) => [`environments/${name}/environment.yaml`, '']);
  const root = folderWith({ [FILE]: text, ...Object.fromEntries(folders) });
  try {
    buildCompose(registry, root, described, { environments: ENVIRONMENTS });
  } catch (error) {
    if (error instanceof InputError) return error.message.trim().split('\n');
    throw error;
  }
  return [];
}

test.each([
  ['a system that there is not', 'kisk: { dev: {} }', '1:1: kisk: given kisk, expected one of salient, pliers, '],
  [
    'an environment that the system is not in',
    'pliers: { qa: {} }',
    '1:11: pliers.qa: given qa, expected one of dev, prod, staging',
  ],
  [
    'a component that the system has not',
    'pliers: { dev: { ports: { apii: 3000 } } }',
    '1:27: pliers.dev.ports.apii: given apii, expected one of web, api, ai-service, postgres, redis; did you mean api?',
  ],
  [
    'a port of a component that listens at none',
    'ephitup: { staging: { ports: { worker: 3000 } } }',
    '1:32: ephitup.staging.ports.worker: given a port for worker, which listens at none',
  ],
  [
    'one port for several replicas',
    'pliers: { staging: { ports: { api: 3000 } } }',
    '1:31: pliers.staging.ports.api: given one port for 2 replicas of api, expected one replica, or a proxy, which balances',
  ],
  [
    'databases that an operator runs',
    'salient: { staging: {} }',
    '1:12: salient.staging: given an environment whose database postgres an operator runs (cloudnative-pg), which compose has not; expected one with kind statefulset or external',
  ],
  [
    'an unknown setting',
    'pliers: { dev: { port: {} } }',
    '1:18: pliers.dev.port: given an unknown key, expected one of ports, env, build, proxy, stack; did you mean ports?',
  ],
])('%s is refused', (_, text, expected) => {
  expect(says(text)).toEqual([expect.stringContaining(`${FILE}:${expected}`)]);
});

test.each([
  [
    'for development',
    'pliers: { dev: { stack: true } }',
    '18: pliers.dev.stack: given a stack for development, whose secrets are known to everyone; expected another environment',
  ],
  [
    'with a port of the machine',
    'pliers: { staging: { ports: { redis: 6379 }, stack: true } }',
    '46: pliers.staging.stack: given a stack and a port for redis, which every machine could reach; expected a proxy instead of ports',
  ],
  [
    'of a component with several containers',
    'salient: { prod: { stack: true } }',
    '20: salient.prod.stack: given a stack, in which the containers of pgbouncer cannot share a network; expected one container, or no stack',
  ],
  [
    'of a task with a container before the others',
    'ephitup: { prod: { stack: true } }',
    '20: ephitup.prod.stack: given a stack, which has no container that ends before others start, such as check-key of migrations; expected no stack',
  ],
])('a stack %s is refused', (_, text, expected) => {
  expect(says(text)).toEqual([expect.stringContaining(`${FILE}:1:${expected}`)]);
});

test('a stack is written beside the compose file where it is asked for', () => {
  const environments = Object.fromEntries(ENVIRONMENTS.map((name) => [`environments/${name}/environment.yaml`, '']));
  const root = folderWith({ [FILE]: 'pliers: { dev: {}, prod: { stack: true } }', ...environments });
  const paths = [...(buildCompose(registry, root, described, { environments: ENVIRONMENTS })?.files.keys() ?? [])];
  expect(paths.filter((path) => /stack\.yaml$|deploy\.sh$/.test(path))).toEqual([
    'compose/pliers/prod/stack.yaml',
    'compose/pliers/prod/deploy.sh',
  ]);
});

test('all mistakes of a kind are told at once', () => {
  expect(says('pliers: { dev: { ports: { a: 1, b: 2 } } }')).toHaveLength(2);
});

test('a system that no environment has any more is named, with what to do', () => {
  const others = described.filter(({ system }) => system !== 'pliers');
  const root = folderWith({ [FILE]: 'pliers: { dev: {} }', 'environments/dev/environment.yaml': '' });
  expect(() => buildCompose(registry, root, others, { environments: ENVIRONMENTS })).toThrow(
    'environments/compose.yaml:1:11: pliers.dev: given pliers, which no environment has; delete these lines',
  );
});

test('a system that is not named any more has no compose file, and without the file no system has', async () => {
  const root = project();
  writeFileSync(join(root, FILE), 'pliers: { dev: {} }\n');
  expect((await runHere(synth, root)).status).toBe(0);
  expect(existsSync(join(root, 'dist/compose/pliers/compose.yaml'))).toBe(true);
  expect(existsSync(join(root, 'dist/compose/salient'))).toBe(false);
  rmSync(join(root, FILE));
  expect((await runHere(synth, root)).status).toBe(0);
  expect(existsSync(join(root, 'dist/compose'))).toBe(false);
});

test('a synth of one environment writes the compose files of its systems, and leaves the others', async () => {
  const root = project();
  const files = ['pliers', 'three-tier'].map((system) => join(root, `dist/compose/${system}/compose.yaml`)) as [
    string,
    string,
  ];
  const before = readFileSync(files[0], 'utf8');
  for (const file of files) writeFileSync(file, 'changed by hand\n');
  expect((await runHere(synth, root, ['--env', 'prod', '--system', 'pliers'])).status).toBe(0);
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual([before, 'changed by hand\n']);
});

test('a stale compose file fails the check', async () => {
  const root = project();
  writeFileSync(join(root, 'dist/compose/pliers/compose.yaml'), 'changed by hand\n');
  const { status, stderr } = await runHere(synth, root, ['--check']);
  expect(status).toBe(1);
  expect(stderr).toContain('compose/pliers/compose.yaml');
});

test('what verifies a sync of Argo CD is left out', () => {
  const root = folderWith({ [FILE]: 'pliers: { dev: {} }', 'environments/dev/environment.yaml': '' });
  const filesFor = (own: typeof described) => buildCompose(registry, root, own, { environments: ['dev'] })?.files;
  const image = { image: 'busybox', tag: '1' };
  const verified = described.map((one) => (one.model ? { ...one, model: withSmoke(one.model, image) } : one));
  expect(verified).not.toEqual(described);
  expect(filesFor(verified)).toEqual(filesFor(described));
});
