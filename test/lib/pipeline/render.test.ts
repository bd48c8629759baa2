import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { InputError } from '../../../lib/base/problem';
import { describeEnvironments } from '../../../lib/pipeline/environments';
import { buildRender } from '../../../lib/pipeline/render';
import synth from '../../../main';
import { edit, folderWith, PROJECT, project, runHere } from '../../support';

const FILE = 'environments/render.yaml';
const ENVIRONMENTS = ['dev', 'staging', 'prod'];

const described = describeEnvironments(registry, PROJECT, ENVIRONMENTS);

/** What is said of this file. */
function says(text: string): string[] {
  const folders = ENVIRONMENTS.map((name) => [`environments/${name}/environment.yaml`, '']);
  const root = folderWith({ [FILE]: text, ...Object.fromEntries(folders) });
  try {
    buildRender(registry, root, described, { environments: ENVIRONMENTS });
  } catch (error) {
    if (error instanceof InputError) return error.message.trim().split('\n');
    throw error;
  }
  return [];
}

test.each([
  ['a system that there is not', 'kisk: { dev: {} }', '1:1: kisk: given kisk, expected one of salient, pliers, '],
  [
    'a component that the system has not',
    'ephitup: { dev: { services: { api: {} } } }',
    '1:31: ephitup.dev.services.api: given api, expected one of ephitup',
  ],
  [
    'a region that there is not',
    'ephitup: { dev: { region: paris } }',
    '1:27: ephitup.dev.region: given "paris", expected one of oregon, ohio, virginia, frankfurt, singapore',
  ],
  [
    'data without a disk',
    'ephitup: { dev: {} }',
    '1:17: ephitup.dev.services.ephitup: given ephitup, which keeps data in /mydata, /app/data; expected disk, with each folder below disk.path or in disk.moved',
  ],
  [
    'an environment of CloudNativePG without a database of Render',
    'salient: { staging: {} }',
    '1:12: salient.staging: given an environment with the databases postgres, which an operator runs; expected postgres in database.replaces',
  ],
])('%s is refused', (_, text, expected) => {
  expect(says(text)).toContainEqual(expect.stringContaining(`${FILE}:${expected}`));
});

test('what Render cannot run of Pliers is told at once, each with its place', () => {
  const all = says('pliers: { prod: {} }');
  expect(all.length).toBeGreaterThan(5);
  expect(all.join('\n')).toMatch(/migrations .*preDeploy[\s\S]*the task backup[\s\S]*services\.api: given api at/);
});

test('Pliers can be expressed, with the database of Render and a disk for Redis', () => {
  expect(
    says(`
pliers:
  dev:
    database: { name: pliers, user: pliers, major: 16, plan: basic-256mb, replaces: [postgres] }
    services:
      api: { domain: api.pliers.example.com, preDeploy: npm run migrate }
      ai-service: { domain: ai.pliers.example.com, command: node server.js }
      redis: { disk: { path: /data, size: 1 } }
    without: { provisioning: "Render makes the database" }`),
  ).toEqual([]);
});

test('a change of what Render never changes is refused, and dist/ stays', async () => {
  const root = project();
  const file = join(root, 'dist/render/salient/render.yaml');
  const before = readFileSync(file, 'utf8');
  edit(root, FILE, 'name: salient_production', 'name: salient_other');
  const { status, stderr } = await runHere(synth, root);
  expect(status).toBe(2);
  expect(stderr).toContain(
    'salient.prod: salient-prod-db: databaseName: given salient_other, and Render has salient_production, which never changes',
  );
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('a new version of an image is in the Blueprint of its environment', async () => {
  const root = project();
  edit(root, 'environments/prod/salient.yaml', /(salient-backend, tag: )v1.2.3/, '$1v1.2.4');
  expect((await runHere(synth, root, ['--env', 'prod', '--system', 'salient'])).status).toBe(0);
  const text = readFileSync(join(root, 'dist/render/salient/render.yaml'), 'utf8');
  expect(text.match(/salient-backend:v1\.2\.4/g)).toHaveLength(2);
});

test('a Blueprint that cannot be read is written anew', async () => {
  const root = project();
  const file = join(root, 'dist/render/salient/render.yaml');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, 'services: [\n');
  expect((await runHere(synth, root)).status).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('without the file no system has a Blueprint', async () => {
  const root = project();
  rmSync(join(root, FILE));
  expect((await runHere(synth, root)).status).toBe(0);
  expect(existsSync(join(root, 'dist/render'))).toBe(false);
});
