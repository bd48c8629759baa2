import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, ROOT } from '../support';

/** A bundle of a function that is compiled when it is called, `times` times. */
const program = (word: string) => `
function say(times) { let found = 0; for (let i = 0; i < times; i++) found += Math.sqrt(i); return "${word}" + (found < 0); }
module.exports = { word: say(Number(process.argv[1] ?? 0)), file: __filename };
`;

/** Loads the bundle of a folder in a process of its own. */
function loaded(folder: string, ...args: string[]): string {
  const script = `const { load } = require(${JSON.stringify(join(ROOT, 'tools/compiled.cjs'))});
console.log(load(${JSON.stringify(join(folder, 'a.cjs'))}).word);`;
  const run = spawnSync(process.execPath, ['-e', script, '--', ...args], { encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return run.stdout.trim();
}

const codeOf = (folder: string) => join(folder, 'a.cjs.code');
const inode = (folder: string) => statSync(codeOf(folder)).ino;

test('the code of a bundle is kept, and used by the next run', () => {
  const folder = folderWith({ 'a.cjs': program('one') });
  expect(loaded(folder)).toBe('onefalse');
  const kept = inode(folder);
  expect(loaded(folder)).toBe('onefalse');
  expect(inode(folder)).toBe(kept);
});

test('the code of another bundle of the same length and time is not used', () => {
  const folder = folderWith({ 'a.cjs': program('one') });
  loaded(folder);
  const { atime, mtime } = statSync(join(folder, 'a.cjs'));
  writeFileSync(join(folder, 'a.cjs'), program('two'));
  utimesSync(join(folder, 'a.cjs'), atime, mtime);
  expect(loaded(folder)).toBe('twofalse');
});

test.each([
  ['cut off', (bytes: Buffer) => bytes.subarray(0, 60)],
  ['empty', () => Buffer.alloc(0)],
  [
    'changed in one byte',
    (bytes: Buffer) => bytes.fill((bytes.at(-9) as number) ^ 1, bytes.length - 9, bytes.length - 8),
  ],
])('a kept code that is %s is not used, and made again', (_, spoil) => {
  const folder = folderWith({ 'a.cjs': program('one') });
  loaded(folder);
  writeFileSync(codeOf(folder), spoil(readFileSync(codeOf(folder))));
  const spoiled = readFileSync(codeOf(folder));
  expect(loaded(folder)).toBe('onefalse');
  expect(readFileSync(codeOf(folder)).equals(spoiled)).toBe(false);
});

test('a run that takes much longer has compiled more, so its code is kept instead', () => {
  const folder = folderWith({ 'a.cjs': program('one') });
  loaded(folder);
  const short = inode(folder);
  loaded(folder, '300000000');
  const long = inode(folder);
  expect(long).not.toBe(short);
  loaded(folder);
  expect(inode(folder)).toBe(long);
});

test('a folder that takes no file is no error', () => {
  const folder = folderWith({ 'a.cjs': program('one'), 'a.cjs.code/file': '' });
  expect(loaded(folder)).toBe('onefalse');
  expect(existsSync(join(folder, 'a.cjs.code/file'))).toBe(true);
});
