import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, ROOT } from '../support';

/** A project with the runner and one entry. */
function project(entry = "console.log('one', ...process.argv.slice(2));\n"): string {
  const root = folderWith({ 'entry.ts': entry, 'tsconfig.json': '{}' });
  mkdirSync(join(root, 'tools'));
  for (const file of ['tools/run.mjs', 'tools/bundle.cjs', 'tools/compiled.cjs', 'tools/unchanged.cjs'])
    cpSync(join(ROOT, file), join(root, file));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

const run = (root: string, ...args: string[]) =>
  spawnSync(process.execPath, ['tools/run.mjs', 'entry.ts', ...args], { cwd: root, encoding: 'utf8' });

test('an entry runs with its arguments', () => {
  expect(run(project(), 'a', '--b')).toMatchObject({ status: 0, stdout: 'one a --b\n', stderr: '' });
});

test('main.ts is not run again where it changed nothing, and is where it failed or wrote', () => {
  const root = project();
  writeFileSync(
    join(root, 'main.ts'),
    `import { appendFileSync, readFileSync } from 'node:fs';
appendFileSync('runs', 'x');
const asked = readFileSync('environments/asked', 'utf8');
console.log(asked);
if (asked === 'write') appendFileSync('dist/a', 'x');
if (asked === 'fail') process.exitCode = 1;
if (asked === 'complain') console.error('beware');
`,
  );
  for (const folder of ['environments', 'dist']) mkdirSync(join(root, folder));
  const runs = () => readFileSync(join(root, 'runs'), 'utf8').length;
  const synth = (asked: string) => {
    writeFileSync(join(root, 'environments/asked'), asked);
    return spawnSync(process.execPath, ['tools/run.mjs', 'main.ts'], { cwd: root, encoding: 'utf8' });
  };
  synth('nothing'); // builds the bundle
  for (const asked of ['nothing', 'nothing', 'nothing'])
    expect(synth(asked)).toMatchObject({ status: 0, stdout: `${asked}\n` });
  expect(runs()).toBe(2);
  for (const asked of ['fail', 'fail', 'complain', 'complain', 'write', 'write']) synth(asked);
  expect(runs()).toBe(8);
});

test('the file for the cdk8s CLI is written again where main.ts is not run again', () => {
  const root = project();
  writeFileSync(
    join(root, 'main.ts'),
    `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync('runs', 'x');
mkdirSync(process.env.CDK8S_OUTDIR!, { recursive: true });
writeFileSync(process.env.CDK8S_OUTDIR + '/dist.k8s.yaml', 'a: 1');
console.error('the report');
`,
  );
  for (const folder of ['environments', 'dist']) mkdirSync(join(root, folder));
  const env = { ...process.env, CDK8S_OUTDIR: join(root, '.cdk8s') };
  for (const _ of ['builds the bundle', 'is kept', 'is not run'])
    expect(
      spawnSync(process.execPath, ['tools/run.mjs', 'main.ts'], { cwd: root, encoding: 'utf8', env }),
    ).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'the report\n',
    });
  rmSync(join(root, '.cdk8s'), { recursive: true });
  spawnSync(process.execPath, ['tools/run.mjs', 'main.ts'], { cwd: root, env });
  expect(readFileSync(join(root, '.cdk8s/dist.k8s.yaml'), 'utf8')).toBe('a: 1');
  expect(readFileSync(join(root, 'runs'), 'utf8')).toBe('xx');
});

test('without an entry it prints its usage', () => {
  const result = spawnSync(process.execPath, [join(ROOT, 'tools/run.mjs')], { encoding: 'utf8' });
  expect(result).toMatchObject({ status: 2, stderr: 'usage: node tools/run.mjs ENTRY.ts [ARGUMENT…]\n' });
});

test('a compile error is printed with its place, and leaves no bundle', () => {
  const root = project('export const word = ;\n');
  const result = run(root);
  expect(result.status).toBe(2);
  expect(result.stderr).toMatch(/entry\.ts:1:20/);
  expect(result.stderr).not.toMatch(/at .*esbuild/);
  expect(existsSync(join(root, '.build')) ? readdirSync(join(root, '.build')) : []).toEqual([]);
});

test('an error of the program is shown with the lines of its sources', () => {
  const result = run(project("export const word: string = 'x';\n\nthrow new Error('broken');\n"));
  expect(result.status).not.toBe(0);
  expect(result.stderr).toMatch(/entry\.ts:3/);
});

test('without node_modules it prints how to install them', () => {
  const root = project();
  rmSync(join(root, 'node_modules'));
  const result = run(root);
  expect(result).toMatchObject({
    status: 3,
    stdout: '',
    stderr: `node_modules of ${root} is missing; run: npm ci\n`,
  });
});

test('a reader that closes the pipe early causes no error, and does not change the exit code', () => {
  const text = `import { Program } from '${ROOT}/lib/pipeline/program';
export default new Program({ name: 'main', help: '', options: {}, run: (_, io) => {
  for (let line = 0; line < 100_000; line++) io.say('y');
  return 1;
} });
`;
  const root = project(text);
  const command = `"${process.execPath}" tools/run.mjs entry.ts | head -n 1`;
  const result = spawnSync('bash', ['-c', `${command}; echo "\${PIPESTATUS[0]}"`], { cwd: root, encoding: 'utf8' });
  expect(result).toMatchObject({ stdout: 'y\n1\n', stderr: '' });
});
