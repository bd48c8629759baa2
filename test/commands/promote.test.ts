import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../charts';
import program from '../../commands/promote';
import { promote } from '../../commands/promote/promotion';
import { postgresTag } from '../../lib/base/versions';
import type { ImageVersion } from '../../lib/config/image-edit';
import { Dist } from '../../lib/output/dist';
import { DistError } from '../../lib/output/tree';
import { Repository, repository, smallRepository } from '../repository';
import { distOf, edit, project, runHere } from '../support';
import { synth } from '../synth';

/** The clients of managed servers. */
const CLIENT = postgresTag(16) as string;

const STAGING = 'environments/staging/salient.yaml';
const PROD = 'environments/prod/salient.yaml';
const DIGEST = `sha256:${'0'.repeat(64)}`;

const read = (root: string, file: string) => readFileSync(join(root, file), 'utf8');

function put(
  root: string,
  environment: string,
  component = 'backend',
  version: ImageVersion | string = 'v1.2.4',
  force = false,
) {
  const system = component.startsWith('services') || component === 'api' ? 'pliers' : 'salient';
  return promote(root, {
    system,
    component,
    environment,
    force,
    version: typeof version === 'string' ? { tag: version } : version,
  });
}

/** Expects an action to throw, with nothing written. */
function refused(repo: Repository, act: () => unknown, why: RegExp | string) {
  const before = [repo.status, distOf(repo.root), read(repo.root, PROD), read(repo.root, STAGING)];
  expect(act).toThrow(why);
  expect([repo.status, distOf(repo.root), read(repo.root, PROD), read(repo.root, STAGING)]).toEqual(before);
}

describe('a release, through staging to prod and back', () => {
  const repo = smallRepository();
  const { root } = repo;

  test('prod refuses a version that staging never had, and the message names what was searched', () => {
    refused(
      repo,
      () => put(root, 'prod'),
      /^staging never had v1\.2\.4 of backend: searched the one version of environments\/staging\/salient\.yaml in the history of HEAD\nnpm run promote -- salient backend v1\.2\.4 --to staging promotes it there; --force promotes it without staging$/,
    );
  });

  test('in staging it changes one line of the file, and the objects that depend on it', () => {
    const before = read(root, STAGING);
    const { notes, report, commit } = put(root, 'staging');
    expect(notes).toEqual([`${STAGING}:3:57: backend: v1.2.3 → v1.2.4`]);
    expect(read(root, STAGING)).toBe(before.replace('salient-backend, tag: v1.2.3', 'salient-backend, tag: v1.2.4'));
    const risks = report?.changes.map(({ after, marks }) => [after?.kind, marks.map(({ risk }) => risk)]);
    expect(risks).toEqual([
      ['Deployment', ['rolls']],
      ['Deployment', ['rolls']],
      ['Job', ['runs']],
    ]);
    expect(commit).toBe(
      'npm run docs && git add environments/staging dist docs && git commit -m "salient staging: backend v1.2.4"',
    );
    expect(repo.status.map((line) => line.replace(/-[0-9a-f]{10}/, ''))).toEqual([
      ' D dist/staging/salient/62-job-salient-staging-admin-migrations.yaml',
      ' M dist/index.json',
      ' M dist/staging/salient/65-deployment-salient-staging-admin-api.yaml',
      ' M dist/staging/salient/65-deployment-salient-staging-chat-api.yaml',
      ` M ${STAGING}`,
      '?? dist/staging/salient/62-job-salient-staging-admin-migrations.yaml',
    ]);
  });

  test('an uncommitted version does not count as in staging', () => {
    refused(repo, () => put(root, 'prod'), /; the file has it now, but that is not committed\n/);
  });

  test('committed by the printed command, it can be promoted to prod', async () => {
    const [, add = '', commit = ''] = (put(root, 'staging', 'adminUi').commit ?? '').split(' && ');
    mkdirSync(join(root, 'docs')); // where npm run docs, the first of them, writes
    writeFileSync(join(root, 'docs/systems.md'), '# Systems\n');
    expect(repo.status).not.toEqual([]);
    repo.git(...add.split(' ').slice(1));
    repo.git('commit', '-qm', (/"(.*)"/.exec(commit) as RegExpExecArray)[1] as string);
    expect(repo.status).toEqual([]);
    expect(put(root, 'prod').notes).toEqual([`${STAGING} had it`, `${PROD}:3:57: backend: v1.2.3 → v1.2.4`]);
    expect((await synth(root, ['--check'])).status).toBe(0);
    repo.commit('prod');
  });

  test('nothing is written where the environment has the version already', () => {
    expect(put(root, 'prod')).toEqual({ notes: [`${PROD}:3:57: backend is already v1.2.4; nothing is written`] });
    expect(put(root, 'prod', 'postgresClient', CLIENT).notes).toEqual([
      `postgresClient (by default) is already ${CLIENT}; nothing is written`,
    ]);
    expect(repo.status).toEqual([]);
  });

  test('git revert undoes all of it', async () => {
    const before = repo.git('rev-parse', 'HEAD~1:dist', 'HEAD~1:environments');
    repo.git('revert', '--no-edit', 'HEAD');
    expect(repo.git('rev-parse', 'HEAD:dist', 'HEAD:environments')).toBe(before);
    expect((await synth(root, ['--check'])).status).toBe(0);
  });

  test('an older version that staging once had can be promoted again', () => {
    expect(put(root, 'prod', 'backend', 'v1.2.4').report).toBeDefined();
    repo.commit();
    put(root, 'staging', 'backend', 'v1.2.5');
    repo.commit();
    expect(put(root, 'prod', 'backend', 'v1.2.3').report).toBeDefined();
    repo.commit();
  });
});

test('every environment of the tier production wants it, and every one of the tier staging counts', () => {
  const repo = repository();
  const { root } = repo;
  for (const gone of ['dev', 'compose.yaml', 'render.yaml'])
    rmSync(join(root, 'environments', gone), { recursive: true });
  renameSync(join(root, 'environments/prod'), join(root, 'environments/eu'));
  renameSync(join(root, 'environments/staging'), join(root, 'environments/qa'));
  writeFileSync(join(root, 'environments/eu/environment.yaml'), 'tier: production\n');
  writeFileSync(join(root, 'environments/qa/environment.yaml'), 'tier: staging\n');
  repo.commit();
  expect(() => put(root, 'eu')).toThrow(/^qa never had v1\.2\.4 of backend/);
  put(root, 'qa');
  repo.commit();
  expect(put(root, 'eu').notes[0]).toBe('environments/qa/salient.yaml had it');
});

describe('the history of staging', () => {
  test('includes merged branches, even where the merge discarded their change', () => {
    const repo = smallRepository();
    repo.git('checkout', '-qb', 'release');
    put(repo.root, 'staging');
    repo.commit();
    refused(repo, () => put(repo.root, 'prod', 'backend', 'v7.7.7'), /searched the 2 versions of/);
    repo.git('checkout', '-q', 'main');
    refused(repo, () => put(repo.root, 'prod'), /searched the one version of/);
    repo.git('merge', '-q', '--no-ff', '-s', 'ours', '-m', 'merge', 'release');
    expect(put(repo.root, 'prod').notes[0]).toBe(`${STAGING} had it, and now has v1.2.3`);
  });

  test('is searched for the same component and digest', () => {
    const repo = smallRepository();
    put(repo.root, 'staging', 'adminUi');
    repo.commit();
    refused(repo, () => put(repo.root, 'prod'), /never had v1\.2\.4 of backend/);
    const pinned = { tag: 'v1.2.4', digest: DIGEST };
    refused(repo, () => put(repo.root, 'prod', 'adminUi', pinned), /; it had v1\.2\.4 with no digest\n/);
    put(repo.root, 'staging', 'adminUi', pinned);
    repo.commit();
    expect(put(repo.root, 'prod', 'adminUi', pinned).notes.at(-1)).toMatch(
      /adminUi: v1\.2\.3 → v1\.2\.4 \(sha256:0{64}\)$/,
    );
    expect(distOf(repo.root)).toContain(`salient-admin-ui:v1.2.4@${DIGEST}`);
    repo.git('checkout', '-q', '.');
    // Without --digest, prod gets the digest that staging had, even if the tag has moved.
    expect(put(repo.root, 'prod', 'adminUi').notes).toContain(`${STAGING} had it, with ${DIGEST}`);
    expect(read(repo.root, PROD)).toContain(`salient-admin-ui, tag: v1.2.4, digest: ${DIGEST}`);
    repo.commit();
    put(repo.root, 'staging', 'adminUi', 'v1.2.5');
    repo.commit();
    // The old digest would pin the old image.
    put(repo.root, 'prod', 'adminUi', 'v1.2.5');
    expect(read(repo.root, PROD)).toContain('salient-admin-ui, tag: v1.2.5, scale:');
  });

  test('includes default tags', () => {
    const repo = smallRepository();
    put(repo.root, 'prod', 'postgresClient', '17.2-alpine', true);
    repo.commit();
    expect(put(repo.root, 'prod', 'postgresClient', CLIENT).notes[0]).toBe(`${STAGING} had it`);
  });

  test('is incomplete in a shallow clone, and missing without a repository', () => {
    const repo = smallRepository();
    put(repo.root, 'staging');
    repo.commit();
    put(repo.root, 'staging', 'backend', 'v1.2.5');
    repo.commit();
    const clone = Repository.empty();
    clone.git('fetch', '-q', '--depth=1', `file://${repo.root}`, 'main');
    clone.git('checkout', '-q', 'FETCH_HEAD');
    refused(clone, () => put(clone.root, 'prod'), /this clone is shallow, git fetch --unshallow/);
    const alone = project();
    expect(() => put(alone, 'prod')).toThrow(/this project is in no git repository/);
    expect(put(alone, 'prod', 'backend', 'v1.2.4', true).notes[0]).toMatch(/; promoted because of --force$/);
    expect(distOf(alone)).toContain('salient-backend:v1.2.4');
  });
});

describe('a refused promotion leaves the file and dist/ unchanged', () => {
  const repo = smallRepository();
  const { root } = repo;

  test('by an invalid tag or digest', () => {
    refused(
      repo,
      () => put(root, 'staging', 'backend', 'latest'),
      `${STAGING}:3:57: backend.tag: given "latest", expected an immutable tag`,
    );
    refused(repo, () => put(root, 'staging', 'backend', 'v1 # x'), `${STAGING}:3:57: backend.tag: given "v1 # x"`);
    refused(
      repo,
      () => put(root, 'staging', 'backend', { tag: 'v2.0.0', digest: 'sha256:1' }),
      'backend.digest: given "sha256:1", expected a digest',
    );
  });

  test('by an unknown component', () => {
    refused(
      repo,
      () => put(root, 'prod', 'backned'),
      /given the component "backned", expected one of backend, adminUi, .*postgresClient; did you mean backend\?$/,
    );
    expect(() =>
      promote(root, {
        system: 'pliers',
        component: 'web',
        environment: 'qa',
        force: false,
        version: { tag: 'v2.0.0' },
      }),
    ).toThrow();
  });

  test('by violations of the environment', () => {
    const other = smallRepository();
    edit(other.root, PROD, 'max: 20', 'max: 60');
    refused(
      other,
      () => put(other.root, 'prod', 'backend', 'v1.2.4', true),
      /^prod: connections: [\s\S]*violations?; environments\/prod\/salient\.yaml and dist\/ are unchanged$/,
    );
  });

  test('by a dist/ that cannot be replaced', () => {
    const other = smallRepository();
    const before = [read(other.root, STAGING), distOf(other.root)];
    jest.spyOn(Dist.prototype, 'replace').mockImplementationOnce(() => {
      throw new DistError('the disk is full');
    });
    expect(() => put(other.root, 'staging')).toThrow('the disk is full');
    expect([read(other.root, STAGING), distOf(other.root)]).toEqual(before);
    expect(other.status).toEqual([]);
  });
});

test('earlier uncommitted changes are noted, and their effect is in the report', async () => {
  const repo = smallRepository();
  edit(repo.root, STAGING, 'max: 10', 'max: 11');
  const { notes, report } = put(repo.root, 'staging');
  expect(notes).toEqual([
    `had uncommitted changes, which become part of this commit: ${STAGING}`,
    `${STAGING}:3:57: backend: v1.2.3 → v1.2.4`,
  ]);
  expect(report?.changes.map(({ after }) => after?.kind).sort()).toEqual([
    'Deployment',
    'Deployment',
    'HorizontalPodAutoscaler',
    'Job',
  ]);
  expect((await synth(repo.root, ['--check', '--env', 'staging'])).status).toBe(0);
});

test('a component by its last key, in another system and any environment', () => {
  const repo = repository();
  expect(put(repo.root, 'dev', 'api', 'dev-7').notes).toEqual([
    'environments/dev/pliers.yaml:5:50: services.api: latest → dev-7',
  ]);
  expect(put(repo.root, 'staging', 'services.api', 'v1.5.0').report?.changes.map(({ after }) => after?.kind)).toEqual([
    'Deployment',
    'Job',
  ]);
});

describe('as a program', () => {
  const systems = Object.keys(registry.systems);
  const repo = smallRepository();
  const run = (...args: string[]) => runHere(program, repo.root, args);

  test('it prints the new version, what changes, and how to commit it', async () => {
    const { status, stdout, stderr } = await run('salient', 'backend', 'v1.2.4', '--to', 'staging');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^environments\/staging\/salient\.yaml:3:57: backend: v1\.2\.3 → v1\.2\.4\n\nstaging, against dist\/ before: 3 changed; rolls pods: 2, runs a Job: 1\n/,
    );
    expect(stdout).toMatch(
      /\nTo commit it:\n {2}npm run docs && git add environments\/staging dist docs && git commit -m "salient staging: backend v1\.2\.4"\n$/,
    );
  });

  test('it exits with 1 when it refuses, and with 2 and all problems for invalid arguments', async () => {
    expect(await run('salient', 'backend', 'v9.9.9', '--to', 'prod')).toMatchObject({ status: 1, stdout: '' });
    expect(await run('salint', 'backend')).toMatchObject({
      status: 2,
      stderr: `promote: given the system "salint", expected one of ${systems.join(', ')}; did you mean salient?
promote: expected a system, a component and a tag, as in: salient backend v1.2.4
promote: --to is missing: the environment
`,
    });
  });
});
