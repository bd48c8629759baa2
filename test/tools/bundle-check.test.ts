import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import check from '../../commands/check';
import { folderWith, ROOT, runHere } from '../support';

const FILE = 'berth-check.mjs';
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 70000 }]
`;

const folder = folderWith({
  'manifests/service.yaml': SERVICE,
  'main.js': `const { ApiObject, App, Chart } = require('cdk8s');
const app = new App();
const spec = { selector: { app: 'web' }, ports: [{ port: 70000 }] };
new ApiObject(new Chart(app, 'shop'), 'service', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec });
app.synth();
`,
});

/** Runs node in a folder that has only the file and the libraries of a cdk8s app. */
function node(args: readonly string[]) {
  const { PATH = '' } = process.env;
  return spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH, CDK8S_CHECK_UPGRADE: 'false' },
  });
}

/** Runs the real cdk8s CLI with the validation. */
function synth(properties: object) {
  const validation = { package: `./${FILE}`, version: '0.2.0', class: 'BerthValidation', properties };
  const config = { language: 'typescript', app: 'node main.js', output: 'out', validations: [validation] };
  writeFileSync(join(folder, 'cdk8s.yaml'), stringify(config));
  return node(['node_modules/cdk8s-cli/bin/cdk8s', 'synth']);
}

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['cdk8s', 'cdk8s-cli', 'constructs'])
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  const { status, stderr } = node([join(ROOT, 'tools/bundle-check.mjs'), FILE]);
  expect([status, stderr]).toEqual([0, '']);
});

test('the file finds what npm run check finds, needs nothing beside it, and is no link to this checkout', async () => {
  const own = await runHere(check, folder, [join(folder, 'manifests')]);
  expect(own.stdout).toContain('broken');
  expect(node([FILE, join(folder, 'manifests')])).toMatchObject({ ...own });
  expect(readFileSync(join(folder, FILE), 'utf8')).not.toContain(ROOT);
});

test('where there are no environments, --env is told to need them, and is not in the help', () => {
  expect(node([FILE, '--env', 'prod', 'manifests'])).toMatchObject({
    status: 2,
    stderr: '--env: needs a project with environments: run npm run check -- --env there\n',
  });
  expect(node([FILE, '--system', 'shop', 'manifests'])).toMatchObject({
    status: 2,
    stderr: '--system: needs a project with environments: run npm run check -- --system there\n',
  });
  const { stdout } = node([FILE, '--help']);
  expect(stdout).toContain('node berth-check.mjs --explain RULE');
  expect(stdout).not.toMatch(/npm run|--env prod --system/);
});

test('an import starts nothing, whatever the arguments of its importer', () => {
  const imported = ['--input-type=module', '-e', `import './${FILE}'`, '--', 'no-file'];
  expect(node(imported)).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('the cdk8s CLI fails where a rule does, and names rule, construct, field and line', () => {
  const { status, stdout } = synth({ given: ['Pod/default/web?app=web'] });
  expect(status).toBe(2);
  expect(stdout).toMatch(/Construct Path: shop\/service\n.*Manifest Path: out\/shop.k8s.yaml\n.*Resource Name: web/);
  expect(stdout).toMatch(/> spec\.ports\[0\]\.port \(line \d+\)/);
  expect(stdout).toMatch(/How to fix: it will not work; node berth-check.mjs --explain \S+ says why/);
});

test('the cdk8s CLI succeeds where no rule of the properties fails', () => {
  expect(synth({ rules: ['secrets'] }).status).toBe(0);
});
