import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { distOf, edit, project, RUN, synth } from './project';
import { folderWith, ROOT } from './support';

const PROD = 'environments/prod/salient.yaml';
const DEV = 'environments/dev/salient.yaml';
const committed = distOf(ROOT);

test('the committed dist is what synth writes, and a second synth changes nothing', () => {
  const root = project();
  rmSync(join(root, 'dist'), { recursive: true });
  const first = synth(root);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(distOf(root)).toBe(committed);
  expect(first.stdout).toMatch(
    new RegExp(
      [
        '^ENVIRONMENT +SYSTEM +OBJECTS +WRITTEN +CHANGED +REMOVED +TIME',
        'dev +platform +3 +3 +0 +0 +\\d+ ms',
        'dev +salient +43 +43 +0 +0 +\\d+ ms',
        'dev +pliers +45 +45 +0 +0 +\\d+ ms',
        'prod +platform +4 +4 +0 +0 +\\d+ ms',
        'prod +salient +64 +64 +0 +0 +\\d+ ms',
        'prod +pliers +62 +62 +0 +0 +\\d+ ms',
        'staging +platform +4 +4 +0 +0 +\\d+ ms',
        'staging +salient +91 +91 +0 +0 +\\d+ ms',
        'staging +pliers +82 +82 +0 +0 +\\d+ ms',
        'all +argocd +15 +15 +0 +0 +\\d+ ms\n$',
      ].join('\\n'),
    ),
  );
  expect(synth(root).stdout).toMatch(/prod +salient +64 +0 +0 +0 +\d+ ms/);
});

test('--check passes on a fresh dist, fails on a stale one with the files named, and writes nothing', () => {
  const root = project();
  expect(synth(root, ['--check'])).toMatchObject({ status: 0, stdout: 'dist/ is up to date\n' });
  edit(root, PROD, 'cpu: 200m..500m', 'cpu: 250m..500m');
  writeFileSync(join(root, 'dist/prod/salient/99-widget.yaml'), '');
  const stale = synth(root, ['--check']);
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

test('a part of dist is made alone', () => {
  const root = project();
  edit(root, PROD, 'tag: v1.2.3', 'tag: v1.2.4');
  edit(root, 'environments/dev/salient.yaml', 'tag: latest', 'tag: v9');
  const result = synth(root, ['--env', 'prod', '--system', 'salient']);
  expect(result.stdout.trimEnd().split('\n')).toHaveLength(3);
  expect(distOf(root)).toContain('salient-backend:v1.2.4');
  expect(distOf(root)).not.toContain('salient-backend:v9');
  expect(distOf(root)).toContain('# /staging/');
});

test('what Argo CD is told of is what dist holds, whatever part of it was made', () => {
  const root = project();
  const index = () => JSON.parse(readFileSync(join(root, 'dist/index.json'), 'utf8'));
  const before = index();
  edit(root, PROD, 'tag: v1.2.3', 'tag: v1.2.4');
  edit(root, 'environments/staging/salient.yaml', 'tag: v1.2.3', 'tag: v1.2.5');
  edit(root, 'environments/prod/platform.yaml', 'sync: manual', 'sync: automatic, cluster: in-cluster');
  synth(root, ['--env', 'prod', '--system', 'salient']);
  const changed = index().filter((entry: object, place: number) => !isDeepStrictEqual(entry, before[place]));
  expect(changed).toMatchObject([{ environment: 'prod', system: 'salient', cluster: 'in-cluster' }]);
  expect(JSON.stringify(changed)).toContain('salient-backend:v1.2.4');
  const ofSalient = readFileSync(join(root, 'dist/argocd/all/94-appproject-argocd-salient.yaml'), 'utf8');
  expect(ofSalient).toMatch(/- name: in-cluster\n +namespace: salient-prod\n/);
  expect(synth(root, ['--env', 'prod', '--system', 'salient', '--check']).status).toBe(0);
  rmSync(join(root, 'environments/argocd.yaml'));
  synth(root);
  expect(readdirSync(join(root, 'dist')).sort()).toEqual(['dev', 'prod', 'staging']);
});

describe('bad input', () => {
  test('is told without a stack trace, exits with 2 and leaves dist as it was', () => {
    const root = project();
    edit(root, PROD, 'tag: v1.2.3', 'tag: latest');
    const result = synth(root);
    expect(result).toMatchObject({
      status: 2,
      stdout: '',
      stderr: `environments/prod/salient.yaml:3:57: backend.tag: given "latest", expected a tag that never moves, such as v1.2.3 (one like latest only in dev)\n`,
    });
    expect(distOf(root)).toBe(committed);
  });

  test('an unknown environment is told with the nearest one', () => {
    expect(synth(project(), ['--env', 'prdo'])).toMatchObject({
      status: 2,
      stderr: '--env: given "prdo", expected one of dev, prod, staging; did you mean prod?\n',
    });
  });

  test('--help shows what can be asked for', () => {
    const result = synth(project(), ['--help']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/npm run synth -- --check/);
  });

  test('the folder of an environment that is gone goes away, and is counted', () => {
    const root = project();
    rmSync(join(root, 'environments/staging'), { recursive: true });
    expect(synth(root).stdout).toMatch(/and 177 files removed that no environment file makes any more/);
    expect(existsSync(join(root, 'dist/staging'))).toBe(false);
  });
});

test('what does not hold together is told, all of it, and dist is as it was', () => {
  const root = project();
  edit(root, PROD, 'max: 20', 'max: 60');
  const result = synth(root);
  expect(result).toMatchObject({ status: 1, stdout: '' });
  expect(result.stderr).toMatch(
    /^prod: connections: Deployment salient-prod\/chat-api: spec: .* but each replica of PgBouncer takes 5000; .*\n1 violation; dist\/ is as it was\n$/,
  );
  expect(distOf(root)).toBe(committed);
});

test('secrets made by hand come with their commands, before the table', () => {
  const root = project();
  edit(root, PROD, /secrets:[\s\S]*$/, 'secrets: { kind: manual }\n');
  const { stdout } = synth(root, ['--env', 'prod', '--system', 'salient']);
  expect(stdout).toMatch(
    /^# dist\/prod\/salient needs these Secrets, made by hand:\n: .* &&\nkubectl create secret generic tenant-db-credentials --namespace salient-prod \\\n/,
  );
  expect(stdout).toMatch(/REMOVED +TIME\nprod .*\nall +argocd .*\n$/);
});

describe('the cdk8s CLI', () => {
  const cli = (root: string) => {
    // Its own configuration, with the program named by its place.
    const config = readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8').replace('tools/run.mjs', RUN[0] as string);
    writeFileSync(join(root, 'cdk8s.yaml'), config);
    return spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/cdk8s-cli/bin/cdk8s'), 'synth', '--no-check-upgrade'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
  };

  test('leaves the same bytes in dist, and shows the table', () => {
    const root = project();
    rmSync(join(root, 'dist'), { recursive: true });
    const result = cli(root);
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(/^ENVIRONMENT/m);
    expect(result.stdout).toMatch(/- \.cdk8s\/prod\/salient\/65-deployment-salient-prod-chat-api\.yaml/);
    expect(distOf(root)).toBe(committed);
  });

  test.each([
    ['bad input', 'tag: v1.2.3', 'tag: latest', /backend\.tag: given "latest"/],
    ['a violation', 'max: 20', 'max: 60', /^prod: connections: Deployment salient-prod\/chat-api: /m],
  ])('fails on %s, and dist is as it was', (_, from, to, message) => {
    const root = project();
    edit(root, PROD, from, to);
    const result = cli(root);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toMatch(message);
    expect(distOf(root)).toBe(committed);
  });
});

describe('a synth that is killed', () => {
  /** A project of one environment, so that each of many runs is short, with a change that is not in its dist. */
  const changed = () => {
    const root = project();
    for (const other of ['staging', 'prod']) rmSync(join(root, 'environments', other), { recursive: true });
    edit(root, DEV, 'tag: latest', 'tag: v1.2.4');
    return root;
  };

  const filesIn = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

  const files = () => {
    const root = changed();
    expect(synth(root).status).toBe(0);
    return filesIn(join(root, 'dist'));
  };

  /** A program to load first, which ends the process (or signals it) before or after a call of the file system. */
  const saboteur = (call: string, nth: number, signal: string, when: 'before' | 'after') =>
    folderWith({
      'saboteur.cjs': `const fs = require('node:fs');
const original = fs.${call};
let count = 0;
fs.${call} = function (...args) {
  const hit = String(args[0]).includes('dist') && ++count === ${nth};
  if (hit && '${when}' === 'before') process.kill(process.pid, '${signal}');
  const result = original.apply(fs, args);
  if (hit && '${when}' === 'after') process.kill(process.pid, '${signal}');
  return result;
};`,
    });

  const killed = (root: string, ...how: Parameters<typeof saboteur>) =>
    synth(root, [], { NODE_OPTIONS: `--require ${join(saboteur(...how), 'saboteur.cjs')}` });

  test.each([
    ['at its first file', 'writeFileSync', 1, 'before'],
    ['amid its files', 'writeFileSync', 40, 'after'],
    ['after its last file', 'writeFileSync', 'last', 'after'],
  ] as const)('%s leaves dist as it was', (_, call, which, when) => {
    const root = changed();
    const nth = which === 'last' ? files() : which;
    expect(killed(root, call, nth, 'SIGKILL', when).signal).toBe('SIGKILL');
    expect(distOf(root)).toBe(committed);
    expect(readdirSync(root).filter((name) => /^\.dist\.\d+\.new$/.test(name))).toHaveLength(1);
    expect(synth(root).status).toBe(0);
    expect(readdirSync(root).sort()).toEqual(['dist', 'environments']);
    expect(distOf(root)).toContain('salient-backend:v1.2.4');
  });

  test.each([
    ['before the first rename', 1, 'before', false],
    ['after the second rename', 2, 'after', true],
    ['before the old tree is no longer called whole', 3, 'before', true],
    ['before the old tree is removed', 3, 'after', true],
  ] as const)('%s leaves the old tree or the new one', (_, nth, when, isNew) => {
    const root = changed();
    expect(killed(root, 'renameSync', nth, 'SIGKILL', when).signal).toBe('SIGKILL');
    expect(distOf(root) === committed).toBe(!isNew);
    expect(distOf(root).includes('salient-backend:v1.2.4')).toBe(isNew);
    expect(synth(root).status).toBe(0);
    expect(readdirSync(root).sort()).toEqual(['dist', 'environments']);
  });

  test('between the two renames is told by --check, which writes nothing', () => {
    const root = changed();
    killed(root, 'renameSync', 1, 'SIGKILL', 'after');
    expect(synth(root, ['--check'])).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/run npm run synth, which puts the old one back/),
    });
    expect(distOf(root)).toBe('missing');
  });

  test('between the two renames is put back by the next run, even one that fails', () => {
    const root = changed();
    expect(killed(root, 'renameSync', 1, 'SIGKILL', 'after').signal).toBe('SIGKILL');
    expect(distOf(root)).toBe('missing');
    edit(root, DEV, 'tag: v1.2.4', 'tag: of the day');
    expect(synth(root).status).toBe(2);
    expect(distOf(root)).toBe(committed);
    expect(readdirSync(root).sort()).toEqual(['dist', 'environments']);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('between the two renames by %s finishes first', (signal) => {
    const root = changed();
    expect(killed(root, 'renameSync', 1, signal, 'after').status).toBe(0);
    expect(distOf(root)).toContain('salient-backend:v1.2.4');
    expect(readdirSync(root).sort()).toEqual(['dist', 'environments']);
  });
});
