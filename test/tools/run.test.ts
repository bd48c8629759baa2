import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderWith, ROOT } from '../support';

/** A project with the runner, one entry and one module. */
function project(): string {
  const root = folderWith({
    'entry.ts': "import { word } from './word';\n\nconsole.log(word, ...process.argv.slice(2));\n",
    'word.ts': "export const word: string = 'one';\n",
    'tsconfig.json': '{}',
  });
  mkdirSync(join(root, 'tools'));
  cpSync(join(ROOT, 'tools/run.mjs'), join(root, 'tools/run.mjs'));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

const run = (root: string, ...args: string[]) =>
  spawnSync(process.execPath, ['tools/run.mjs', 'entry.ts', ...args], { cwd: root, encoding: 'utf8' });

const built = (root: string) => statSync(join(root, '.build/entry.cjs')).mtimeMs;

test('an entry runs with its arguments, and is bundled again only when a source changed', () => {
  const root = project();
  expect(run(root, 'a', '--b')).toMatchObject({ status: 0, stdout: 'one a --b\n', stderr: '' });
  const first = built(root);
  expect(run(root).stdout).toBe('one\n');
  expect(built(root)).toBe(first);
  writeFileSync(join(root, 'word.ts'), "export const word: string = 'two';\n");
  expect(run(root).stdout).toBe('two\n');
  expect(built(root)).toBeGreaterThan(first);
});

test('a source with other text is built again, whatever its time says', () => {
  const root = project();
  run(root);
  const { atime, mtime } = statSync(join(root, 'word.ts'));
  writeFileSync(join(root, 'word.ts'), "export const word: string = 'two';\n");
  utimesSync(join(root, 'word.ts'), atime, mtime);
  expect(run(root).stdout).toBe('two\n');
});

test.each(['tsconfig.json', 'node_modules/.package-lock.json'])('so it is after a change of %s', (file) => {
  const root = project();
  run(root);
  const first = built(root);
  rmSync(join(root, 'node_modules'));
  cpSync(join(ROOT, 'node_modules/esbuild'), join(root, 'node_modules/esbuild'), { recursive: true });
  cpSync(join(ROOT, 'node_modules/@esbuild'), join(root, 'node_modules/@esbuild'), { recursive: true });
  writeFileSync(join(root, file), '{ "compilerOptions": {} }');
  expect(run(root).stdout).toBe('one\n');
  expect(built(root)).toBeGreaterThan(first);
});

test('a new file that an import now means is noticed', () => {
  const root = project();
  rmSync(join(root, 'word.ts'));
  mkdirSync(join(root, 'word'));
  writeFileSync(join(root, 'word/index.ts'), "export const word: string = 'folder';\n");
  expect(run(root).stdout).toBe('folder\n');
  writeFileSync(join(root, 'word.ts'), "export const word: string = 'file';\n");
  expect(run(root).stdout).toBe('file\n');
});

test('what is saved during the build is in the next run', async () => {
  for (const delay of [20, 60, 100, 140, 180]) {
    const root = project();
    const child = spawn(process.execPath, ['tools/run.mjs', 'entry.ts'], { cwd: root, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await sleep(delay);
    writeFileSync(join(root, 'word.ts'), "export const word: string = 'two';\n");
    await ended;
    expect(run(root).stdout).toBe('two\n');
  }
});

test('a source that is gone is an error', () => {
  const root = project();
  run(root);
  rmSync(join(root, 'word.ts'));
  const result = run(root);
  expect(result.status).toBe(2);
  expect(result.stderr).toMatch(/Could not resolve "\.\/word"/);
});

test('without an entry it says how it is used', () => {
  const result = spawnSync(process.execPath, [join(ROOT, 'tools/run.mjs')], { encoding: 'utf8' });
  expect(result).toMatchObject({ status: 2, stderr: 'usage: node tools/run.mjs ENTRY.ts [ARGUMENT…]\n' });
});

test('what does not compile is told with its place, and nothing that looks fresh is left', () => {
  const root = project();
  writeFileSync(join(root, 'word.ts'), 'export const word = ;\n');
  const result = run(root);
  expect(result.status).toBe(2);
  expect(result.stderr).toMatch(/word\.ts:1:20/);
  expect(result.stderr).not.toMatch(/at .*esbuild/);
  expect(existsSync(join(root, '.build')) ? readdirSync(join(root, '.build')) : []).toEqual([]);
});

test('an error of the program is shown with the lines of its sources', () => {
  const root = project();
  writeFileSync(join(root, 'word.ts'), "export const word: string = 'x';\n\nthrow new Error('broken');\n");
  const result = run(root);
  expect(result.status).not.toBe(0);
  expect(result.stderr).toMatch(/word\.ts:3/);
});

test('where the packages are missing it says how to get them', () => {
  const root = folderWith({ 'entry.ts': "console.log('never');\n" });
  mkdirSync(join(root, 'tools'));
  cpSync(join(ROOT, 'tools/run.mjs'), join(root, 'tools/run.mjs'));
  const result = run(root);
  expect(result).toMatchObject({
    status: 3,
    stdout: '',
    stderr: `the packages of ${root} are not there; run: npm ci\n`,
  });
});

test('a reader that has seen enough closes the pipe: that is no error, and changes no verdict', () => {
  const text = `import { Program } from '${ROOT}/lib/pipeline/program';
export default new Program({ name: 'main', help: '', options: {}, run: (_, io) => {
  for (let line = 0; line < 100_000; line++) io.say('y');
  return 1;
} });
`;
  const root = project();
  writeFileSync(join(root, 'entry.ts'), text);
  const command = `"${process.execPath}" tools/run.mjs entry.ts | head -n 1`;
  const result = spawnSync('bash', ['-c', `${command}; echo "\${PIPESTATUS[0]}"`], { cwd: root, encoding: 'utf8' });
  expect(result).toMatchObject({ stdout: 'y\n1\n', stderr: '' });
});
