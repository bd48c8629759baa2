import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { smallRepository } from './repository';
import { type Any, edit, folderWith, ROOT } from './support';

const FOLDER = join(ROOT, '.github/workflows');
const WORKFLOWS: Record<string, Any> = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [file, parse(readFileSync(join(FOLDER, file), 'utf8'))]),
);
const GITLAB: Any = parse(/```yml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/gitlab.md'), 'utf8'))?.[1] ?? '');
const SCRIPTS: Record<string, string> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;

const steps = Object.values(WORKFLOWS).flatMap(({ jobs }) => Object.values<Any>(jobs).flatMap((job) => job.steps));
const commands = [
  ...steps.flatMap(({ run }) => run ?? []),
  ...Object.values(GITLAB).flatMap((job: Any) => job.script ?? []),
];

test('workflows use actions by the commit of a version, and tokens with the least rights', () => {
  const used = steps.flatMap(({ uses }) => uses ?? []);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((action: string) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  for (const { permissions } of Object.values(WORKFLOWS)) expect(permissions).toMatchObject({ contents: 'read' });
});

test('every npm command of the workflows, and of their equivalent in GitLab, exists', () => {
  const named = commands.flatMap((text) =>
    [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name),
  );
  expect(named).toEqual(expect.arrayContaining(['verify', 'diff', 'lint']));
  expect(named.filter((name) => SCRIPTS[name as string] === undefined)).toEqual([]);
});

/** Runs a step with the real program, in a repository whose main branch is one change behind. */
function run(script: string, variables: Readonly<Record<string, string>>) {
  const { root } = smallRepository();
  edit(root, 'environments/prod/salient.yaml', 'max: 20', 'max: 19');
  // npm's part is to find the program, which is in this repository.
  const bin = folderWith({
    npm: `#!/usr/bin/env bash\nshift 4\nexec node ${JSON.stringify(join(ROOT, 'tools/run.mjs'))} commands/diff.ts "$@"\n`,
  });
  chmodSync(join(bin, 'npm'), 0o755);
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    GITHUB_STEP_SUMMARY: join(root, 'summary.md'),
    ...variables,
  };
  const { status, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return {
    status,
    stderr,
    root,
    diff: existsSync(join(root, 'diff.md')) ? readFileSync(join(root, 'diff.md'), 'utf8') : '',
  };
}

const stepOf = (text: string) => commands.find((one) => one.includes(text)) as string;

test('a pull request is commented with what it changes in each environment', () => {
  const { status, stderr, diff, root } = run(stepOf('>> "$GITHUB_STEP_SUMMARY"'), { TARGET: 'HEAD' });
  expect([status, stderr]).toEqual([0, '']);
  expect(diff).toMatch(/maxReplicas.*20.*19/);
  expect(readFileSync(join(root, 'summary.md'), 'utf8')).toBe(diff);
});

test('GitLab runs the same commands', () => {
  expect(stepOf('--against FETCH_HEAD')).toBe(
    stepOf('--against "$TARGET"').split('cat diff.md')[0]?.replace('"$TARGET"', 'FETCH_HEAD'),
  );
});

test('GitLab writes the same pages that show each environment', () => {
  const script = (against: string) => commands.find((one) => one.includes('silent view') && one.includes(against));
  expect(script('FETCH_HEAD')).toBe(script('"$TARGET"')?.replace('"$TARGET"', 'FETCH_HEAD'));
});

test('editors know the schema of every environment file that has a fixed name', () => {
  const { 'yaml.schemas': schemas } = JSON.parse(readFileSync(join(ROOT, '.vscode/settings.json'), 'utf8'));
  for (const [schema, files] of Object.entries<string>(schemas)) {
    const title = JSON.parse(readFileSync(join(ROOT, schema), 'utf8')).title;
    expect(files).toBe(title);
  }
});
