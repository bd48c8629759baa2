import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('a source with another time is built again, one that is gone is an error', () => {
  const root = project();
  run(root);
  const first = built(root);
  utimesSync(join(root, 'word.ts'), 1, 1);
  run(root);
  expect(built(root)).toBeGreaterThan(first);
  spawnSync('rm', [join(root, 'word.ts')]);
  const result = run(root);
  expect(result.status).toBe(1);
  expect(result.stderr).toMatch(/entry\.ts:1:\d+.*Could not resolve "\.\/word"|Could not resolve "\.\/word"/);
});

test('what does not compile is told with its place, and nothing that looks fresh is left', () => {
  const root = project();
  writeFileSync(join(root, 'word.ts'), 'export const word = ;\n');
  const result = run(root);
  expect(result.status).toBe(1);
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
