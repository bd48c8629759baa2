import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { registry } from '../../charts';
import { sitesOf } from '../../charts/salient/system';
import check from '../../commands/check';
import reach from '../../commands/reach';
import secrets from '../../commands/secrets';
import { loadEnvironments } from '../../lib/config/load';
import { distOf, edit, find, folderWith, type Outcome, PROJECT, project, runHere } from '../support';
import { synth } from '../synth';
import { objectsOf, salientRouters, salientSettings, salientSystem } from '../systems';
import { blocksOf, PAGES } from './pages';

const PROD = 'environments/prod/salient.yaml';

/** The one block of all pages that begins so. */
function block(start: string): string {
  const found = blocksOf(PAGES).filter(({ language, text }) => language !== '' && text.startsWith(start));
  expect(found).toHaveLength(1);
  return found[0]?.text as string;
}

/** The text of a page. */
const textOf = (file: string) => PAGES.find((page) => page.file === file)?.text ?? '';

/** The files of dist/ that change when a line of prod's file becomes what a page shows. */
async function changedBy(from: RegExp, to: string): Promise<string[]> {
  const root = project();
  edit(root, PROD, from, to);
  const { stderr, status } = await synth(root, ['--check', '--env', 'prod']);
  expect(status).toBe(1);
  return (
    stderr
      .split('\n')
      .filter((line) => /^(differs|missing|left over): /.test(line))
      // A changed Job has a new name, so that its old file is left over.
      .filter((line) => !/^left over: .*-job-/.test(line))
      // The Blueprint of Render says the same of the same workloads; the index for Argo CD has the images too.
      .filter((line) => !/dist\/render\//.test(line))
      .filter((line) => !/dist\/index\.json$/.test(line))
      .map((line) => line.replace(/^.*salient\/\d\d-/, '').replace(/(-[0-9a-f]{10})?\.yaml$/, ''))
  );
}

test('the script for removed files deletes their objects, except those that hold data', async () => {
  const root = project();
  const bin = folderWith({ kubectl: '#!/bin/sh\necho "kubectl $*"; grep -E "^(kind|  name):"\n' });
  chmodSync(join(bin, 'kubectl'), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, GIT_CONFIG_GLOBAL: '/dev/null' };
  const sh = (script: string) => spawnSync('bash', ['-euc', script], { cwd: root, encoding: 'utf8', env });
  const commit = 'git add -A && git -c user.name=t -c user.email=t@example.com commit -qm x';
  const gone = {
    '99-configmap-old.yaml': 'ConfigMap',
    '40-persistentvolumeclaim-salient-admin-data.yaml': 'PersistentVolumeClaim',
  };
  for (const [file, kind] of Object.entries(gone)) {
    writeFileSync(join(root, 'dist/prod/salient', file), `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: gone\n`);
  }
  expect(sh(`git init -q && ${commit}`).status).toBe(0);
  edit(root, PROD, 'scale: { min: 3, max: 20, cpu: 70, memory: 80 }', 'scale: { replicas: 6 }');
  // A file that git detects as renamed is removed as well; the file of a volume is removed, but the volume is not deleted.
  const dist = join(root, 'dist/prod/salient');
  renameSync(join(dist, '99-configmap-old.yaml'), join(root, 'new.yaml'));
  rmSync(join(dist, '40-persistentvolumeclaim-salient-admin-data.yaml'));
  expect((await synth(root)).status).toBe(0);
  expect(sh(commit).status).toBe(0);
  expect(sh(block('git diff --name-only')).stdout).toBe(
    'kubectl delete -f -\nkind: HorizontalPodAutoscaler\n  name: chat-api-hpa\nkubectl delete -f -\nkind: ConfigMap\n  name: gone\n',
  );
});

test('the Deployment whose replicas are handed over exists, with the same replicas', () => {
  const [manifest = ''] = block('kubectl apply --server-side --field-manager=handover').match(/^\{.*\}$/m) ?? [];
  const { kind, metadata, spec } = parse(manifest);
  const deployment = find(objectsOf(salientSystem('prod')), kind, metadata.name);
  expect(deployment.metadata.namespace).toBe(metadata.namespace);
  expect(deployment.spec.replicas).toBe(spec.replicas);
});

test('the commands for rules work', async () => {
  const programs = { check, reach };
  const run = (program: keyof typeof programs, ...args: string[]) => runHere(programs[program], PROJECT, args);
  const lines = block('npm run check -- --env prod').trimEnd().split('\n');
  const chart = folderWith({
    'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: a, namespace: default }\nstringData: { a: b }\n',
  });
  const shown: Outcome[] = [];
  for (const line of lines) {
    const [, program = '', rest = ''] = line.replace(/ +#.*$/, '').match(/^npm run (\w+) -- (.*)$/) ?? [];
    const given = rest.replace('../rendered-chart', chart).replace(/ dist\//, ` ${PROJECT}/dist/`);
    shown.push(await run(program as keyof typeof programs, ...given.split(' ')));
  }
  expect(shown.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
  expect((await run('check', 'nowhere')).status).toBe(2);
  expect(shown[3]?.stdout).toMatch(/^FROM +TO +PORT +BY\nthe Internet +salient-prod\/chat-api/);
});

test('a new image rolls the two APIs, runs the migrations, and nothing else', async () => {
  expect(await changedBy(/^backend:.*$/m, block('backend:').trimEnd())).toEqual([
    'job-salient-admin-migrations',
    'deployment-salient-prod-admin-api',
    'deployment-salient-prod-chat-api',
  ]);
});

test('a new host reaches the edge, its certificates and the CORS origin', async () => {
  expect(await changedBy(/^hosts:.*$/m, block('hosts:').trimEnd())).toEqual([
    'configmap-salient-prod-salient-config',
    'deployment-salient-prod-admin-api',
    'ingress-salient-prod-salient-admin-ingress',
    'ingress-salient-prod-salient-ingress',
  ]);
});

test('a new size reaches the Deployment and the autoscaler of one component', async () => {
  expect(await changedBy(/^chatApi:\n( .*\n)+/m, block('chatApi:'))).toEqual([
    'deployment-salient-prod-chat-api',
    'horizontalpodautoscaler-salient-prod-chat-api-hpa',
  ]);
});

test("a secret's new revision changes its ExternalSecrets and rolls the workloads that read it", async () => {
  expect(await changedBy(/revision: 1/, 'revision: 2')).toEqual([
    'job-salient-admin-migrations',
    'job-salient-admin-provisioning',
    'externalsecret-salient-admin-backup-external-secret',
    'externalsecret-salient-admin-database-roles-external-secret',
    'externalsecret-salient-admin-pgbouncer-exporter-external-secret',
    'externalsecret-salient-admin-postgres-external-secret',
    'externalsecret-salient-admin-tenant-passwords-external-secret',
    'externalsecret-salient-prod-tenant-db-external-secret',
    'cronjob-salient-admin-backup',
    'cronjob-salient-admin-restore-drill',
    'cronjob-salient-admin-restore',
    'deployment-salient-admin-pgbouncer',
    'deployment-salient-prod-admin-api',
    'deployment-salient-prod-chat-api',
  ]);
});

test('synth prints the error message that README shows', async () => {
  const root = project();
  edit(root, PROD, 'tag: v1.2.3', 'tag: latest');
  const [shown] = textOf('README.md').match(/^environments\/prod\/salient\.yaml:.*$/m) ?? [];
  expect((await synth(root)).stderr.trimEnd()).toBe(shown);
});

test('synth prints the table that README shows', async () => {
  const root = project();
  edit(root, PROD, /^backend:.*$/m, block('backend:').trimEnd());
  const [shown] = textOf('README.md').match(/^ENVIRONMENT[\s\S]*?(?=\n```)/m) ?? [];
  const digits = (text: string | undefined) => text?.replace(/ +\d+ ms/g, ' … ms').replace(/ +TIME/, ' TIME');
  const { stdout } = await synth(root, ['--env', 'prod']);
  // Notes come before it.
  expect(digits(stdout.slice(stdout.indexOf('ENVIRONMENT ')).trimEnd())).toBe(digits(shown));
});

test('the third router is a component with the same image', () => {
  const { publicSite } = sitesOf(salientSettings('prod'));
  const system = salientSystem('prod');
  const [databases] = system.components.find(({ name }) => name === 'admin-api')?.connectsTo ?? [];
  // The block is an element of an array, and is valid JavaScript.
  const read = new Function('app', 'publicSite', 'databases', `return [${block("app.routed('webhooks'")}]`);
  const [webhooks] = read({ routed: salientRouters('prod') }, publicSite, databases);
  const objects = objectsOf({ ...system, components: [...system.components, webhooks] });
  const imageOf = (name: string) => find(objects, 'Deployment', name).spec.template.spec.containers[0].image;
  expect(imageOf('webhooks-api')).toBe(imageOf('chat-api'));
});

test('the commands for secrets work', async () => {
  const shown: Outcome[] = [];
  for (const line of block('npm run secrets -- --env prod').trimEnd().split('\n')) {
    const [, pipe, args = ''] = /^(aws .* \| )?npm run (?:-s )?secrets -- ([^>]*)/.exec(line) ?? [];
    const input = pipe === undefined ? '' : '{"SecretList":[{"Name":"salient/roles"}]}';
    shown.push(await runHere(secrets, PROJECT, args.trim().split(/\s+/), { input }));
  }
  expect(shown.map(({ status }) => status)).toEqual([0, 1, 0]);
  expect(shown[0]?.stdout).toContain('"secretsmanager:GetSecretValue"');
  expect(shown[1]?.stdout).toMatch(/^missing +salient\/jwt\/secret/m);
  expect(shown[2]?.stdout).toMatch(/^#!.*bash/);
});

test('the platform of the page is valid, and has issuers for the hosts of prod', async () => {
  const root = project();
  const file = join(root, 'environments/prod/platform.yaml');
  writeFileSync(file, `${block('issuers:\n')}priorityClasses: true\n`);
  expect(await synth(root, ['--env', 'prod'])).toMatchObject({ status: 0, stderr: '' });
});

test('the table of environments matches the settings', () => {
  const [, ...cells] = textOf('docs/environments.md').match(/^\| namespaces \|(.*)\|(.*)\|(.*)\|$/m) ?? [];
  for (const [index, name] of ['dev', 'staging', 'prod'].entries()) {
    const shown = [...(cells[index] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, namespace]) => namespace);
    expect(shown).toEqual(salientSystem(name).namespaces);
  }
  expect(salientSettings('dev')).toMatchObject({
    secrets: { kind: 'development' },
    database: { kind: 'statefulset' },
  });
  expect(salientSettings('dev').edge.issuer).toBeUndefined();
  for (const name of ['staging', 'prod']) {
    expect(salientSettings(name)).toMatchObject({
      secrets: { kind: 'external' },
      database: { kind: name === 'prod' ? 'external' : 'cloudnative-pg' },
      backups: { keep: { daily: 7, weekly: 4, monthly: 12 } },
      edge: { issuer: expect.any(String) },
    });
  }
});

test('a new environment is a new folder', async () => {
  const root = folderWith({
    'environments/qa/environment.yaml': block('tier:'),
    'environments/qa/salient.yaml': readFileSync(join(PROJECT, 'environments/staging/salient.yaml')),
    'environments/qa/tenants.yaml': '[]\n',
  });
  expect((await synth(root)).status).toBe(0);
  expect(distOf(root)).toContain('namespace: salient-qa-admin');
  expect(loadEnvironments(root, ['qa'], registry.schemas)).toHaveLength(1);
});

test('the files that are applied for Argo CD exist', () => {
  const commands = block('kubectl patch configmap argocd-cm');
  const paths = [...commands.matchAll(/dist\/\S+/g)].map(([path]) => path);
  expect(paths).toHaveLength(2);
  for (const path of paths) expect(existsSync(join(PROJECT, path))).toBe(true);
});

test('Argo CD does not delete objects that hold data', () => {
  const kept = objectsOf(salientSystem('dev')).filter(
    ({ metadata }) => metadata.annotations?.['argocd.argoproj.io/sync-options'] === 'Prune=false,Delete=false',
  );
  expect(kept.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Namespace salient-dev',
    'Namespace salient-dev-admin',
    'PersistentVolumeClaim postgres-data',
  ]);
});
