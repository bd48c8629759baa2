import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dist, type Files } from '../../output';
import { folderWith } from '../support';

const files = (entries: Record<string, string>): Files => new Map(Object.entries(entries));

/** What is below dist/, by path. */
function tree(root: string): Record<string, string> {
  const folder = join(root, 'dist');
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );
}

function replace(root: string, produced: Files, scope: readonly string[] | 'all' = 'all') {
  const dist = new Dist(root);
  dist.recover();
  const plan = dist.compare(produced, scope);
  dist.replace(plan);
  return plan;
}

const old = {
  'dist/prod/a/1.yaml': 'one',
  'dist/prod/a/2.yaml': 'two',
  'dist/prod/b/1.yaml': 'b',
  'dist/dev/a/1.yaml': 'dev',
};

test('dist is made where there is none', () => {
  const root = folderWith({});
  expect(replace(root, files({ 'prod/a/1.yaml': 'one' })).changeIn()).toEqual({
    written: ['prod/a/1.yaml'],
    changed: [],
    removed: [],
  });
  expect(tree(root)).toEqual({ 'prod/a/1.yaml': 'one' });
});

test('what is no longer produced goes away, and nothing is left beside dist', () => {
  const root = folderWith(old);
  const { changeIn } = {
    changeIn: replace(root, files({ 'prod/a/1.yaml': 'ONE', 'prod/a/3.yaml': 'three' })).changeIn(),
  };
  expect(changeIn).toEqual({
    written: ['prod/a/3.yaml'],
    changed: ['prod/a/1.yaml'],
    removed: ['dev/a/1.yaml', 'prod/a/2.yaml', 'prod/b/1.yaml'],
  });
  expect(tree(root)).toEqual({ 'prod/a/1.yaml': 'ONE', 'prod/a/3.yaml': 'three' });
  expect(readdirSync(root)).toEqual(['dist']);
});

test('a part leaves the rest alone, and prod/a is not prod/ab', () => {
  const root = folderWith({ ...old, 'dist/prod/ab/1.yaml': 'ab' });
  const plan = replace(root, files({ 'prod/a/1.yaml': 'one' }), ['prod/a']);
  expect(plan.changeIn()).toEqual({ written: [], changed: [], removed: ['prod/a/2.yaml'] });
  expect(tree(root)).toEqual({
    'prod/a/1.yaml': 'one',
    'prod/b/1.yaml': 'b',
    'dev/a/1.yaml': 'dev',
    'prod/ab/1.yaml': 'ab',
  });
});

test('bytes that are no text survive beside what is replaced', () => {
  const root = folderWith({ 'dist/other/x.bin': Buffer.from([0xff, 0x00, 0xfe]) });
  replace(root, files({ 'prod/a/1.yaml': 'one' }), ['prod/a']);
  expect(readFileSync(join(root, 'dist/other/x.bin'))).toEqual(Buffer.from([0xff, 0x00, 0xfe]));
});

test('nothing is touched when nothing changes', () => {
  const root = folderWith({ 'dist/a/1.yaml': 'one' });
  const before = join(root, 'dist');
  const { birthtimeMs } = require('node:fs').statSync(before);
  expect(replace(root, files({ 'a/1.yaml': 'one' })).isEmpty).toBe(true);
  expect(require('node:fs').statSync(before).birthtimeMs).toBe(birthtimeMs);
});

test('a link in dist is refused, for it is nothing that synth writes', () => {
  const root = folderWith(old);
  symlinkSync('/etc/hostname', join(root, 'dist/prod/link'));
  expect(() => replace(root, files({}))).toThrow(/dist\/prod\/link is no regular file/);
});

test('a file called dist is refused', () => {
  const root = folderWith({ dist: 'text' });
  expect(() => replace(root, files({ 'a/1.yaml': 'x' }))).toThrow(/dist is no folder; remove it/);
  expect(readFileSync(join(root, 'dist'), 'utf8')).toBe('text');
});

describe('after a failure', () => {
  test('to write, dist is as it was and the reason is told', () => {
    const root = folderWith(old);
    // A file where a folder is to be: the second write fails.
    const produced = files({ 'x/1': 'file', 'x/1/2.yaml': 'below a file' });
    expect(() => replace(root, produced)).toThrow(/^dist\/ cannot be replaced and is as it was: /);
    expect(Object.keys(tree(root))).toHaveLength(4);
    expect(readdirSync(root)).toEqual(['dist']);
  });

  const dead = spawnSync(process.execPath, ['-e', '0']).pid;

  test('between the renames of a process that died, the old tree is put back', () => {
    const root = folderWith({ [`.dist.${dead}.old/a/1.yaml`]: 'old', [`.dist.${dead}.new/a/1.yaml`]: 'new' });
    new Dist(root).recover();
    expect(tree(root)).toEqual({ 'a/1.yaml': 'old' });
    expect(readdirSync(root)).toEqual(['dist']);
  });

  test('what a process that died left beside a whole dist is removed', () => {
    const root = folderWith({
      'dist/a/1.yaml': 'now',
      [`.dist.${dead}.old/a/1.yaml`]: 'old',
      [`.dist.${dead}.new/a/1.yaml`]: 'half',
    });
    new Dist(root).recover();
    expect(tree(root)).toEqual({ 'a/1.yaml': 'now' });
    expect(readdirSync(root)).toEqual(['dist']);
  });

  test('what another process is at work on is left alone', () => {
    const root = folderWith({ 'dist/a/1.yaml': 'now' });
    mkdirSync(join(root, `.dist.${process.ppid}.new`));
    new Dist(root).recover();
    expect(existsSync(join(root, `.dist.${process.ppid}.new`))).toBe(true);
  });

  test('a dist that another process is just replacing is waited for by trying again', () => {
    const root = folderWith({ [`.dist.${process.ppid}.old/a/1.yaml`]: 'old' });
    expect(() => new Dist(root).recover()).toThrow(/is replacing dist\/ right now; try again/);
  });

  test('a folder of ours with the number that is ours now is from an earlier process', () => {
    const root = folderWith({ [`.dist.${process.pid}.old/a/1.yaml`]: 'old' });
    new Dist(root).recover();
    expect(tree(root)).toEqual({ 'a/1.yaml': 'old' });
  });
});

test('other files beside dist are nobody’s business', () => {
  const root = folderWith({ 'dist/a/1.yaml': 'now', '.dist.notes': 'mine', '.dist.1x.old': 'mine' });
  writeFileSync(join(root, 'README.md'), 'mine');
  new Dist(root).recover();
  expect(readdirSync(root).sort()).toEqual(['.dist.1x.old', '.dist.notes', 'README.md', 'dist']);
});
