// Runs before all tests: creates a project with the fixtures' environments and the dist/ that synth writes for them, and the same as
// a git repository. Tests copy them; they never read the user's own environments/ and dist/.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export default function setup() {
  const folder = mkdtempSync(join(scratch(), 'berth-fixtures-'));
  const project = join(folder, 'project');
  make(project, () => true);
  commit(project, join(folder, 'repository'));
  const small = join(folder, 'small-project');
  make(small, (file) => !/(pliers|three-tier|compose|render)\.yaml$|environments\/dev/.test(file));
  commit(small, join(folder, 'small'));
  writeFileSync(join(folder, 'objects.json'), JSON.stringify(objectsIn(join(project, 'dist'))));
  process.env.BERTH_TEST_FIXTURES = folder;
}

/** The folder that tests write to: in memory, if enough is free, since they create tens of thousands of small files. */
function scratch() {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 ** 30 ? memory : tmpdir();
}

const { CDK8S_OUTDIR: _, ...env } = process.env;

/** A project with some of the fixtures' environment files. */
function make(project, filter) {
  mkdirSync(project);
  cpSync(join(root, 'test/fixtures/environments'), join(project, 'environments'), { recursive: true, filter });
  execFileSync(process.execPath, [join(root, 'tools/run.mjs'), 'main.ts'], { cwd: project, env });
}

/** A copy of a project as a git repository. */
function commit(project, repository) {
  cpSync(project, repository, { recursive: true });
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: repository,
      env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'first');
}

/** The objects of each folder of dist/, `prod/salient`: reading them as JSON is a hundred times faster. */
function objectsIn(dist) {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const objects = {};
  for (const file of files.sort()) {
    const object = parse(readFileSync(join(dist, file), 'utf8'));
    objects[dirname(file)] = [...(objects[dirname(file)] ?? []), object];
  }
  return objects;
}
