// Before all tests: a project with the fixtures' environments, whose dist/ the program itself has written, and the same as a git
// repository. Tests copy them; nothing of the user's own environments/ and dist/ is read.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

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
  writeFileSync(join(folder, 'objects.json'), JSON.stringify(objectsIn(join(project, 'dist'))));
  process.env.BERTH_TEST_FIXTURES = folder;
}

/** The objects of each folder of dist/, `prod/salient`: reading them as JSON takes a hundredth of the time. */
function objectsIn(dist) {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const objects = {};
  for (const file of files.sort()) {
    const object = parse(readFileSync(join(dist, file), 'utf8'));
    objects[dirname(file)] = [...(objects[dirname(file)] ?? []), object];
  }
  return objects;
}
