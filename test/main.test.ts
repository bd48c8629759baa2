import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Document, parseAllDocuments } from 'yaml';
import { distOf, edit, PROJECT, project, ROOT } from './support';
import { synth } from './synth';

const PROD = 'environments/prod/salient.yaml';
const committed = distOf(PROJECT);

test('the committed dist is what synth writes, and a second synth changes nothing', async () => {
  const root = project();
  rmSync(join(root, 'dist'), { recursive: true });
  const first = await synth(root);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(distOf(root)).toBe(committed);
  expect(first.stdout).toMatch(
    new RegExp(
      [
        '^prod: note: .*',
        'staging: note: .*',
        'ENVIRONMENT +SYSTEM +OBJECTS +WRITTEN +CHANGED +REMOVED +TIME',
        'dev +salient +45 +45 +0 +0 +\\d+ ms',
        'dev +pliers +47 +47 +0 +0 +\\d+ ms',
        'dev +ephitup +13 +13 +0 +0 +\\d+ ms',
        'dev +three-tier +50 +50 +0 +0 +\\d+ ms',
        'prod +platform +4 +4 +0 +0 +\\d+ ms',
        'prod +salient +65 +65 +0 +0 +\\d+ ms',
        'prod +pliers +62 +62 +0 +0 +\\d+ ms',
        'prod +ephitup +47 +47 +0 +0 +\\d+ ms',
        'prod +three-tier +67 +67 +0 +0 +\\d+ ms',
        'staging +platform +4 +4 +0 +0 +\\d+ ms',
        'staging +salient +97 +97 +0 +0 +\\d+ ms',
        'staging +pliers +84 +84 +0 +0 +\\d+ ms',
        'staging +ephitup +49 +49 +0 +0 +\\d+ ms',
        'staging +three-tier +68 +68 +0 +0 +\\d+ ms',
        'all +argocd +17 +17 +0 +0 +\\d+ ms',
        'all +compose +(\\d+) +\\1 +0 +0 +\\d+ ms',
        'all +render +8 +8 +0 +0 +\\d+ ms\n$',
      ].join('\\n'),
    ),
  );
  expect((await synth(root)).stdout).toMatch(/prod +salient +65 +0 +0 +0 +\d+ ms/);
});

test('--check passes on a fresh dist, fails on a stale one with the files named, and writes nothing', async () => {
  const root = project();
  expect(await synth(root, ['--check'])).toMatchObject({ status: 0, stdout: 'dist/ is up to date\n' });
  edit(root, PROD, 'cpu: 200m..500m', 'cpu: 250m..500m');
  writeFileSync(join(root, 'dist/prod/salient/99-widget.yaml'), '');
  const stale = await synth(root, ['--check']);
  expect(stale.status).toBe(1);
  expect(stale.stderr).toBe(
    `differs: dist/prod/salient/65-deployment-salient-prod-chat-api.yaml
left over: dist/prod/salient/99-widget.yaml
dist/ is stale in 2 files; run npm run synth and commit dist/
`,
  );
  rmSync(join(root, 'dist/prod/salient/99-widget.yaml'));
  expect(distOf(root)).toBe(committed);
});

test('one system of one environment can be written alone', async () => {
  const root = project();
  edit(root, PROD, 'tag: v1.2.3', 'tag: v1.2.4');
  edit(root, 'environments/dev/salient.yaml', 'tag: latest', 'tag: v9.0.0');
  const result = await synth(root, ['--env', 'prod', '--system', 'salient']);
  expect(result.stdout.trimEnd().split('\n').slice(1)).toHaveLength(4); // after the note on images without digests
  expect(distOf(root)).toContain('salient-backend:v1.2.4');
  expect(distOf(root)).not.toContain('salient-backend:v9');
  expect(distOf(root)).toContain('# /staging/');
});

test('the index for Argo CD matches dist/, also when only a part of it is written', async () => {
  const root = project();
  const index = () => JSON.parse(readFileSync(join(root, 'dist/index.json'), 'utf8'));
  const before = index();
  edit(root, PROD, 'tag: v1.2.3', 'tag: v1.2.4');
  edit(root, 'environments/staging/salient.yaml', 'tag: v1.2.3', 'tag: v1.2.5');
  edit(root, 'environments/prod/platform.yaml', 'sync: manual', 'sync: automatic, cluster: in-cluster');
  await synth(root, ['--env', 'prod', '--system', 'salient']);
  const changed = index().filter((entry: object, place: number) => !isDeepStrictEqual(entry, before[place]));
  expect(changed).toMatchObject([{ environment: 'prod', system: 'salient', cluster: 'in-cluster' }]);
  expect(JSON.stringify(changed)).toContain('salient-backend:v1.2.4');
  const ofSalient = readFileSync(join(root, 'dist/argocd/all/94-appproject-argocd-salient.yaml'), 'utf8');
  expect(ofSalient).toMatch(/- name: in-cluster\n +namespace: salient-prod\n/);
  expect((await synth(root, ['--env', 'prod', '--system', 'salient', '--check'])).status).toBe(0);
  rmSync(join(root, 'environments/argocd.yaml'));
  await synth(root);
  expect(readdirSync(join(root, 'dist')).sort()).toEqual(['compose', 'dev', 'prod', 'render', 'staging']);
});

describe('bad input', () => {
  test('is reported without a stack trace, exits with 2 and leaves dist/ unchanged', async () => {
    const root = project();
    edit(root, PROD, 'tag: v1.2.3', 'tag: latest');
    const result = await synth(root);
    expect(result).toMatchObject({
      status: 2,
      stdout: '',
      stderr: `environments/prod/salient.yaml:3:57: backend.tag: given "latest", expected an immutable tag such as v1.2.3 (mutable tags such as latest only in dev)\n`,
    });
    expect(distOf(root)).toBe(committed);
  });

  test('an unknown environment is reported with the nearest one', async () => {
    expect(await synth(project(), ['--env', 'prdo'])).toMatchObject({
      status: 2,
      stderr: '--env: given "prdo", expected one of dev, prod, staging; did you mean prod?\n',
    });
  });

  test('--help prints the options', async () => {
    const result = await synth(project(), ['--help']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/npm run synth -- --check/);
  });

  test('the folder of a removed environment is deleted, and its files are counted', async () => {
    const root = project();
    for (const gone of ['staging', 'compose.yaml', 'render.yaml'])
      rmSync(join(root, 'environments', gone), { recursive: true });
    const { stdout } = await synth(root);
    expect(stdout).toMatch(/and \d+ files removed, which no environment file generates any more/);
    expect(stdout).toMatch(/^staging\/salient is removed: environments\/staging\/salient\.yaml no longer exists$/m);
    expect(stdout).toMatch(/^staging\/salient: data at risk: Cluster salient-staging-admin\/postgres: /m);
    expect(stdout).toMatch(
      /^staging\/salient: tenant disabled: ConfigMap .*: tenant acme is no longer in tenants\.yaml/m,
    );
    expect(existsSync(join(root, 'dist/staging'))).toBe(false);
  });
});

test('files of dist/ with conflicts of a merge are replaced', async () => {
  const root = project();
  const file = join(root, 'dist/prod/salient/65-deployment-salient-prod-chat-api.yaml');
  writeFileSync(file, `<<<<<<< HEAD\n${readFileSync(file, 'utf8')}=======\n>>>>>>> berth/main\n`);
  expect(await synth(root)).toMatchObject({ status: 0, stderr: '' });
  expect(distOf(root)).toBe(committed);
});

test('limits that are hardly meant are noted, with their setting', async () => {
  const root = project();
  edit(root, PROD, 'cpu: 200m..500m', 'cpu: 1m');
  edit(root, PROD, 'memory: 256Mi..512Mi', 'memory: 8Mi');
  const { status, stdout } = await synth(root, ['--env', 'prod', '--system', 'salient']);
  expect(status).toBe(0);
  expect(stdout.split('\n').filter((line) => line.includes(': note: '))).toEqual([
    'prod/salient: note: environments/prod/salient.yaml:8: chatApi.cpu: a limit of 1m is very small; 1m is a thousandth of a core, 1 is a core',
    'prod/salient: note: environments/prod/salient.yaml:9: chatApi.memory: a limit of 8Mi is very small; few programs start with less than 16Mi',
    expect.stringMatching(/^prod: note: images that administer databases or backups have no digest: /),
  ]);
});

test('all violations are reported, and dist/ is unchanged', async () => {
  const root = project();
  edit(root, PROD, 'max: 20', 'max: 60');
  const result = await synth(root, ['--env', 'prod']);
  expect(result).toMatchObject({ status: 1, stdout: '' });
  expect(result.stderr).toMatch(
    /^prod: connections: Deployment salient-prod\/chat-api: spec: .* expected at most 5000, which each replica of PgBouncer accepts; .*\n1 violation; dist\/ is as it was\n$/,
  );
  expect(distOf(root)).toBe(committed);
});

test('the commands for Secrets that are created by hand are printed before the table', async () => {
  const root = project();
  edit(root, PROD, /secrets:[\s\S]*$/, 'secrets: { kind: manual }\n');
  const { stdout } = await synth(root, ['--env', 'prod', '--system', 'salient']);
  expect(stdout).toMatch(
    /^# dist\/prod\/salient needs these Secrets, made by hand:\n: .* &&\nkubectl create secret generic backup-credentials --namespace salient-admin \\\n/,
  );
  expect(stdout).toMatch(/REMOVED +TIME\nprod .*\nall +argocd .*\nall +render .*\n$/);
});

describe('the cdk8s CLI', () => {
  const cli = (root: string, ...more: readonly string[]) => {
    // The configuration of this repository, with the absolute path of the program.
    const config = readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8').replace('tools/run.mjs', join(ROOT, 'tools/run.mjs'));
    writeFileSync(join(root, 'cdk8s.yaml'), config);
    cpSync(join(ROOT, '.npmrc'), join(root, '.npmrc'));
    if (!existsSync(join(root, 'node_modules'))) symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    // An empty home, since the CLI keeps there what it learned of newer versions.
    const env = { ...process.env, HOME: root, NODE_OPTIONS: '' };
    return spawnSync('npx', ['cdk8s', 'synth', ...more], { cwd: root, env, encoding: 'utf8', maxBuffer: 2 ** 26 });
  };

  test('writes the same bytes to dist/, and with --stdout prints one stream of all objects', () => {
    const root = project();
    rmSync(join(root, 'dist'), { recursive: true });
    const result = cli(root, '--stdout');
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(/^ENVIRONMENT/m);
    expect(result.stderr).not.toMatch(/^ +at |new version/m);
    expect(distOf(root)).toBe(committed);
    const documents = parseAllDocuments(result.stdout) as Document.Parsed[];
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' });
    const objects = files.filter((file) => file.endsWith('.yaml') && !/^(compose|render)\//.test(file));
    expect(documents.map((document) => document.get('kind')).filter(Boolean)).toHaveLength(objects.length);
    expect(documents).toHaveLength(objects.length);
  });

  test('fails when the program does, and dist/ is unchanged', () => {
    const root = project();
    edit(root, PROD, 'max: 20', 'max: 60');
    for (const other of ['dev', 'staging', 'compose.yaml', 'render.yaml'])
      rmSync(join(root, 'environments', other), { recursive: true });
    const result = cli(root);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toMatch(/^prod: connections: Deployment salient-prod\/chat-api: /m);
    expect(distOf(root)).toBe(committed);
  });
});
