import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../charts';
import program from '../../commands/diff';
import { conflictsIn } from '../../commands/diff/conflicts';
import { reportOnRevision } from '../../commands/diff/difference';
import { Git } from '../../commands/shared/git';
import { buildEnvironments } from '../../lib/pipeline/build';
import { Repository, repository, smallRepository } from '../repository';
import { copyOf, distOf, edit, project, runHere } from '../support';
import { synth } from '../synth';

const PROD = 'environments/prod/salient.yaml';

function diff(root: string, ...args: string[]) {
  return runHere(program, root, args, { env: { KUBECONFIG: join(root, 'no-kubeconfig') } });
}

function report(root: string, revision = 'HEAD', environment = 'prod', system?: string) {
  return reportOnRevision(
    new Git(root),
    revision,
    buildEnvironments(registry, root, [environment]),
    environment,
    system,
  );
}

const titles = ({ changes }: ReturnType<typeof report>) =>
  changes.map(({ before, after }) => (after ?? before)?.metadata.name.replace(/-[0-9a-f]{10}$/, ''));

describe('against git', () => {
  const repo = repository();
  const first = repo.git('rev-parse', 'HEAD').trim();
  edit(repo.root, PROD, 'tag: v1.2.3', 'tag: v1.2.4');
  edit(repo.root, 'environments/prod/pliers.yaml', 'pliers-web, tag: v1.4.0', 'pliers-web, tag: v1.4.1');
  repo.git('tag', 'before');

  beforeAll(async () => {
    await synth(repo.root);
    repo.commit('second');
  });

  test('nothing changed since the last commit', () => {
    for (const environment of ['dev', 'staging', 'prod']) {
      expect(report(repo.root, 'HEAD', environment)).toMatchObject({ changes: [], leftOver: [], notes: [] });
    }
  });

  test.each([['HEAD~1'], ['before'], [first.slice(0, 9)]])('against %s', (revision) => {
    expect(titles(report(repo.root, revision))).toEqual(['web', 'admin-api', 'chat-api', 'migrations']);
  });

  test('one system alone', () => {
    expect(titles(report(repo.root, 'before', 'prod', 'pliers'))).toEqual(['web']);
  });

  test('uncommitted changes count, and dist/ is neither read nor written', () => {
    const dist = distOf(repo.root);
    edit(repo.root, PROD, 'replicas: 2', 'replicas: 3');
    try {
      const { changes } = report(repo.root);
      expect(changes.map(({ fields }) => fields)).toEqual([
        [{ path: 'spec.replicas', before: 2, after: 3, means: undefined }],
      ]);
      expect(distOf(repo.root)).toBe(dist);
    } finally {
      repo.git('checkout', '-q', '--', PROD);
    }
  });

  test('all objects of a new system are new', () => {
    const files = ['dist/prod/pliers', 'environments/prod/pliers.yaml'];
    const other = repository();
    other.git('rm', '-rq', ...files);
    const without = other.commit();
    other.git('checkout', '-q', 'HEAD~1', '--', ...files);
    const { changes } = report(other.root, without);
    expect(changes).toHaveLength(62);
    expect(changes.every(({ before }) => before === undefined)).toBe(true);
    expect(() => report(other.root, without, 'prod', 'pliers')).toThrow(
      `--against: given "${without}", which has no dist/prod/pliers, expected a revision that has it`,
    );
  });

  test('a removed tenant is marked by its system', () => {
    edit(
      repo.root,
      'environments/prod/tenants.yaml',
      '- slug: acme',
      '- { slug: acme, state: removed, confirm: drop acme }',
    );
    try {
      const { changes } = report(repo.root);
      expect(changes[0]?.marks[0]).toMatchObject({
        risk: 'data',
        message: expect.stringMatching(/^tenant acme is removed/),
      });
    } finally {
      repo.git('checkout', '-q', '--', 'environments');
    }
  });

  test('violations for which synth would refuse it are reported beside the changes', () => {
    edit(repo.root, PROD, 'max: 20', 'max: 60');
    try {
      const { changes, notes, refused } = report(repo.root);
      expect(refused).toBe(true);
      expect(changes).toHaveLength(1);
      expect(notes[0]).toMatch(/^npm run synth refuses it: prod: connections: /);
    } finally {
      repo.git('checkout', '-q', '--', PROD);
    }
  });

  test.each([
    ['nowhere', /given "nowhere", expected a commit, branch or tag of this repository, or cluster$/],
    ['--output=x', /given "--output=x", expected a commit/],
    ['HEAD:dist', /given "HEAD:dist", expected a commit/],
  ])('an invalid revision: %s', (revision, message) => {
    expect(() => report(repo.root, revision)).toThrow(message);
  });

  test('a project in no repository, and a shallow clone', () => {
    const alone = project();
    expect(() => report(alone)).toThrow('--against: needs a git repository, which this project is not in');
    const clone = Repository.empty();
    clone.git('fetch', '-q', '--depth=1', `file://${repo.root}`, 'main');
    clone.git('checkout', '-q', 'FETCH_HEAD');
    expect(() => report(clone.root, first)).toThrow('this clone is shallow, git fetch --unshallow fetches the rest');
    expect(report(clone.root).changes).toEqual([]);
  });

  test('the project may be a folder of its repository', () => {
    const outer = Repository.empty();
    const inner = join(outer.root, 'deploy');
    spawnSync('cp', ['-r', copyOf('small-project'), inner]);
    outer.commit();
    edit(inner, PROD, 'tag: v1.2.3', 'tag: v1.2.4');
    expect(titles(report(inner))).toEqual(['admin-api', 'chat-api', 'migrations']);
  });

  test('a file in dist/ that is not an object is named', () => {
    const other = smallRepository();
    writeFileSync(join(other.root, 'dist/prod/salient/99-x.yaml'), 'a: 1\n');
    other.commit();
    expect(() => report(other.root)).toThrow('HEAD:dist/prod/salient/99-x.yaml: is not a Kubernetes object');
  });
});

describe('as a program', () => {
  const { root } = smallRepository();
  edit(root, PROD, 'tag: v1.2.3', 'tag: v1.2.4');

  test('it prints text, and exits with 0 whatever changes', async () => {
    const { status, stdout, stderr } = await diff(root, '--env', 'prod');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^prod, against HEAD: 3 changed; rolls pods: 2, runs a Job: 1\n/);
    expect(stdout).toContain(
      '    spec.template.spec.containers[chat-api].image: ghcr.io/yourorg/salient-backend:v1.2.3 → ghcr.io/yourorg/salient-backend:v1.2.4\n',
    );
  });

  test('it exits with 1 only by --exit-code and --fail-on', async () => {
    const { status, stdout } = await diff(root, '--env', 'prod', '--format', 'json', '--exit-code');
    expect({ status, risks: JSON.parse(stdout).summary.risks }).toEqual({ status: 1, risks: { rolls: 2, runs: 1 } });
    expect((await diff(root, '--env', 'prod', '--fail-on', 'data', '--fail-on', 'rolls')).status).toBe(1);
    expect((await diff(root, '--env', 'prod', '--fail-on', 'data')).status).toBe(0);
    expect((await diff(root, '--env', 'staging', '--exit-code')).status).toBe(0);
  });

  test('invalid options are reported with suggestions', async () => {
    expect(await diff(root)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('--env: is missing'),
    });
    expect(await diff(root, '--env', 'prdo', '--format', 'markdwn', '--fail-on', 'dat')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /did you mean prod\?[\s\S]*did you mean data\?|did you mean data\?[\s\S]*did you mean prod\?/,
      ),
    });
    expect(await diff(root, '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('--against cluster'),
    });
  });

  test('it exits with 1 where synth would refuse the environment', async () => {
    const own = smallRepository().root;
    edit(own, PROD, 'max: 20', 'max: 60');
    const { status, stdout } = await diff(own, '--env', 'prod');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^npm run synth refuses it: prod: connections: /m);
  });

  test('an environment that is gone is compared with the commit that has it', async () => {
    const own = smallRepository().root;
    rmSync(join(own, 'environments/prod'), { recursive: true });
    const { status, stdout } = await diff(own, '--env', 'prod', '--fail-on', 'tenantDisabled');
    expect(status).toBe(1);
    expect(stdout).toMatch(/tenant acme is no longer in tenants\.yaml/);
    expect(await diff(own, '--env', 'prod', '--against', 'cluster')).toMatchObject({
      status: 2,
      stderr:
        '--env: given "prod", which environments/ no longer has, expected an environment; compare it with a revision\n',
    });
  });

  test('without a cluster it exits with 3', async () => {
    const { status, stderr } = await diff(root, '--env', 'prod', '--against', 'cluster');
    expect(status).toBe(3);
    expect(stderr).toMatch(/no-kubeconfig has no current context|kubectl is not installed/);
  });
});

test("conflicts are read from kubectl's error", () => {
  const one =
    'error: Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas\nPlease review';
  expect(conflictsIn(one)).toEqual([{ manager: 'kubectl (scale)', paths: ['.spec.replicas'] }]);
  const more = `error: Apply failed with 3 conflicts: conflicts with "kubectl-set" using apps/v1:
- .spec.template.spec.containers[name="a b"].image
- .spec.template.spec.containers[name="a b"].env[name="X"].value
conflicts with "other" using v1:
- .metadata.labels.example.com/tier
Please review the fields above--they currently have other managers. Here`;
  expect(conflictsIn(more)).toEqual([
    {
      manager: 'kubectl-set',
      paths: [
        '.spec.template.spec.containers[name="a b"].image',
        '.spec.template.spec.containers[name="a b"].env[name="X"].value',
      ],
    },
    { manager: 'other', paths: ['.metadata.labels.example.com/tier'] },
  ]);
});
