import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../charts';
import program from '../../commands/promote';
import { promote } from '../../commands/promote/promotion';
import type { ImageVersion } from '../../lib/config/image-edit';
import { Dist, DistError } from '../../lib/output/dist';
import { Repository, repository, smallRepository } from '../repository';
import { distOf, edit, project, runHere } from '../support';
import { synth } from '../synth';

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

/** That something is refused, with nothing written. */
function refused(repo: Repository, act: () => unknown, why: RegExp | string) {
  const before = [repo.status, distOf(repo.root), read(repo.root, PROD), read(repo.root, STAGING)];
  expect(act).toThrow(why);
  expect([repo.status, distOf(repo.root), read(repo.root, PROD), read(repo.root, STAGING)]).toEqual(before);
}

describe('a release, through staging to prod and back', () => {
  const repo = smallRepository();
  const { root } = repo;

  test('prod refuses what staging never had, and says what was looked at', () => {
    refused(
      repo,
      () => put(root, 'prod'),
      /^staging never had v1\.2\.4 of backend: looked at the one version of environments\/staging\/salient\.yaml in the history of HEAD\nnpm run promote -- salient backend v1\.2\.4 --to staging puts it there; --force goes on without$/,
    );
  });

  test('staging takes it: one line of its file, and the objects that follow from it', () => {
    const before = read(root, STAGING);
    const { said, report, commit } = put(root, 'staging');
    expect(said).toEqual([`${STAGING}:3:57: backend: v1.2.3 → v1.2.4`]);
    expect(read(root, STAGING)).toBe(before.replace('salient-backend, tag: v1.2.3', 'salient-backend, tag: v1.2.4'));
    const risks = report?.changes.map(({ after, marks }) => [after?.kind, marks.map(({ risk }) => risk)]);
    expect(risks).toEqual([
      ['Deployment', ['rolls']],
      ['Deployment', ['rolls']],
      ['Job', ['runs']],
    ]);
    expect(commit).toBe('git add environments/staging dist && git commit -m "salient staging: backend v1.2.4"');
    expect(repo.status.map((line) => line.replace(/-[0-9a-f]{10}/, ''))).toEqual([
      ' D dist/staging/salient/62-job-salient-staging-admin-migrations.yaml',
      ' M dist/index.json',
      ' M dist/staging/salient/65-deployment-salient-staging-admin-api.yaml',
      ' M dist/staging/salient/65-deployment-salient-staging-chat-api.yaml',
      ` M ${STAGING}`,
      '?? dist/staging/salient/62-job-salient-staging-admin-migrations.yaml',
    ]);
  });

  test('what is not committed is not in staging', () => {
    refused(repo, () => put(root, 'prod'), /; it stands there now, but is not committed\n/);
  });

  test('committed by the command that it says, it may go to prod', async () => {
    const [add = '', commit = ''] = (put(root, 'staging', 'adminUi').commit ?? '').split(' && ');
    expect(repo.status).not.toEqual([]);
    repo.git(...add.split(' ').slice(1));
    repo.git('commit', '-qm', (/"(.*)"/.exec(commit) as RegExpExecArray)[1] as string);
    expect(repo.status).toEqual([]);
    expect(put(root, 'prod').said).toEqual([`${STAGING} had it`, `${PROD}:3:57: backend: v1.2.3 → v1.2.4`]);
    expect((await synth(root, ['--check'])).status).toBe(0);
    repo.commit('prod');
  });

  test('it is there already: said, and nothing is written', () => {
    expect(put(root, 'prod')).toEqual({ said: [`${PROD}:3:57: backend is v1.2.4 already; nothing is written`] });
    expect(put(root, 'prod', 'postgresClient', '16-alpine').said).toEqual([
      'postgresClient (by default) is 16-alpine already; nothing is written',
    ]);
    expect(repo.status).toEqual([]);
  });

  test('git revert takes it back, as a whole', async () => {
    const before = repo.git('rev-parse', 'HEAD~1:dist', 'HEAD~1:environments');
    repo.git('revert', '--no-edit', 'HEAD');
    expect(repo.git('rev-parse', 'HEAD:dist', 'HEAD:environments')).toBe(before);
    expect((await synth(root, ['--check'])).status).toBe(0);
  });

  test('what staging had once, it had: the way back to an older release is free', () => {
    expect(put(root, 'prod', 'backend', 'v1.2.4').report).toBeDefined();
    repo.commit();
    put(root, 'staging', 'backend', 'v1.2.5');
    repo.commit();
    expect(put(root, 'prod', 'backend', 'v1.2.3').report).toBeDefined();
    repo.commit();
  });
});

describe('what staging had', () => {
  test('on a branch that was merged, even where its change was not taken', () => {
    const repo = smallRepository();
    repo.git('checkout', '-qb', 'release');
    put(repo.root, 'staging');
    repo.commit();
    refused(repo, () => put(repo.root, 'prod', 'backend', 'v7.7.7'), /looked at the 2 versions of/);
    repo.git('checkout', '-q', 'main');
    refused(repo, () => put(repo.root, 'prod'), /looked at the one version of/);
    repo.git('merge', '-q', '--no-ff', '-s', 'ours', '-m', 'merge', 'release');
    expect(put(repo.root, 'prod').said[0]).toBe(`${STAGING} had it, and has v1.2.3 now`);
  });

  test('is of the component, and with a digest of that digest', () => {
    const repo = smallRepository();
    put(repo.root, 'staging', 'adminUi');
    repo.commit();
    refused(repo, () => put(repo.root, 'prod'), /never had v1\.2\.4 of backend/);
    const pinned = { tag: 'v1.2.4', digest: DIGEST };
    refused(repo, () => put(repo.root, 'prod', 'adminUi', pinned), /; with no digest it had v1\.2\.4\n/);
    put(repo.root, 'staging', 'adminUi', pinned);
    repo.commit();
    expect(put(repo.root, 'prod', 'adminUi', pinned).said.at(-1)).toMatch(
      /adminUi: v1\.2\.3 → v1\.2\.4 \(sha256:0{64}\)$/,
    );
    expect(distOf(repo.root)).toContain(`salient-admin-ui:v1.2.4@${DIGEST}`);
    repo.git('checkout', '-q', '.');
    // Without one, what staging had is what prod gets, and not what the tag means by now.
    expect(put(repo.root, 'prod', 'adminUi').said).toContain(`${STAGING} had it, as ${DIGEST}`);
    expect(read(repo.root, PROD)).toContain(`salient-admin-ui, tag: v1.2.4, digest: ${DIGEST}`);
    repo.commit();
    put(repo.root, 'staging', 'adminUi', 'v1.2.5');
    repo.commit();
    // The digest before would pin the image before.
    put(repo.root, 'prod', 'adminUi', 'v1.2.5');
    expect(read(repo.root, PROD)).toContain('salient-admin-ui, tag: v1.2.5, scale:');
  });

  test('by default counts as well', () => {
    const repo = smallRepository();
    put(repo.root, 'prod', 'postgresClient', '17-alpine', true);
    repo.commit();
    expect(put(repo.root, 'prod', 'postgresClient', '16-alpine').said[0]).toBe(`${STAGING} had it`);
  });

  test('cannot be told without its history, and is not taken for granted', () => {
    const repo = smallRepository();
    put(repo.root, 'staging');
    repo.commit();
    put(repo.root, 'staging', 'backend', 'v1.2.5');
    repo.commit();
    const clone = Repository.empty();
    clone.git('fetch', '-q', '--depth=1', `file://${repo.root}`, 'main');
    clone.git('checkout', '-q', 'FETCH_HEAD');
    refused(clone, () => put(clone.root, 'prod'), /history ends early in this clone, git fetch --unshallow/);
    const alone = project();
    expect(() => put(alone, 'prod')).toThrow(/this project is in no git repository/);
    expect(put(alone, 'prod', 'backend', 'v1.2.4', true).said[0]).toMatch(/; going on, as --force says$/);
    expect(distOf(alone)).toContain('salient-backend:v1.2.4');
  });
});

describe('what is refused leaves both as they were', () => {
  const repo = smallRepository();
  const { root } = repo;

  test('a tag or digest that is none, at its place', () => {
    refused(
      repo,
      () => put(root, 'staging', 'backend', 'latest'),
      `${STAGING}:3:57: backend.tag: given "latest", expected an immutable tag`,
    );
    refused(repo, () => put(root, 'staging', 'backend', 'v1 # x'), `${STAGING}:3:57: backend.tag: given "v1 # x"`);
    refused(
      repo,
      () => put(root, 'staging', 'backend', { tag: 'v2', digest: 'sha256:1' }),
      'backend.digest: given "sha256:1", expected a digest',
    );
  });

  test('a component that there is not, with those that there are', () => {
    refused(
      repo,
      () => put(root, 'prod', 'backned'),
      /given the component "backned", expected one of backend, adminUi, .*postgresClient; did you mean backend\?$/,
    );
    expect(() =>
      promote(root, { system: 'pliers', component: 'web', environment: 'qa', force: false, version: { tag: 'v2' } }),
    ).toThrow();
  });

  test('an environment that does not hold', () => {
    const other = smallRepository();
    edit(other.root, PROD, 'max: 20', 'max: 60');
    refused(
      other,
      () => put(other.root, 'prod', 'backend', 'v1.2.4', true),
      /^prod: connections: [\s\S]*violations?; environments\/prod\/salient\.yaml and dist\/ are as they were$/,
    );
  });

  test('a dist/ that cannot be replaced', () => {
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

test('what was not committed before is said, and what was stale is in the report', async () => {
  const repo = smallRepository();
  edit(repo.root, STAGING, 'max: 10', 'max: 11');
  const { said, report } = put(repo.root, 'staging');
  expect(said).toEqual([
    `not committed before, and part of the same commit now: ${STAGING}`,
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

test('a component by its last word, in another system and any environment', () => {
  const repo = repository();
  expect(put(repo.root, 'dev', 'api', 'dev-7').said).toEqual([
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

  test('it says what it did, what changes, and how to commit it', async () => {
    const { status, stdout, stderr } = await run('salient', 'backend', 'v1.2.4', '--to', 'staging');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^environments\/staging\/salient\.yaml:3:57: backend: v1\.2\.3 → v1\.2\.4\n\nstaging, against what it was: 3 changed; rolls pods: 2, runs a Job: 1\n/,
    );
    expect(stdout).toMatch(
      /\nTo commit it:\n {2}git add environments\/staging dist && git commit -m "salient staging: backend v1\.2\.4"\n$/,
    );
  });

  test('refused is 1, asked wrongly is 2 and told at once', async () => {
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
