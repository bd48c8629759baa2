// Before all tests: a project with the fixtures' environments, whose dist/ the program itself has written, and the same as a git
// repository. Tests copy them; nothing of the user's own environments/ and dist/ is read.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export default function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'berth-fixtures-'));
  const [project, repository] = ['project', 'repository'].map((name) => join(folder, name));
  mkdirSync(project);
  cpSync(join(root, 'test/fixtures/environments'), join(project, 'environments'), { recursive: true });
  const { CDK8S_OUTDIR: _, ...env } = process.env;
  execFileSync(process.execPath, [join(root, 'tools/run.mjs'), 'main.ts'], { cwd: project, env });

  cpSync(project, repository, { recursive: true });
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: repository,
      env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'first');
  process.env.BERTH_TEST_FIXTURES = folder;
}
