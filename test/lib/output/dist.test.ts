import { spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { Dist } from '../../../lib/output/dist';
import type { Files } from '../../../lib/output/files';
import { folderWith, ROOT } from '../../support';

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
  return new Dist(root).replace(produced, scope);
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
  const { ino } = statSync(join(root, 'dist'));
  expect(replace(root, files({ 'a/1.yaml': 'one' })).isEmpty).toBe(true);
  expect(statSync(join(root, 'dist')).ino).toBe(ino);
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

  test('between the renames, the old tree is put back', () => {
    const root = folderWith({ [`.dist.${dead}.old/a/1.yaml`]: 'old', [`.dist.${dead}.new/a/1.yaml`]: 'new' });
    expect(() => new Dist(root).compare(files({}), 'all')).toThrow(/run npm run synth, which puts the old one back/);
    new Dist(root).recover();
    expect(tree(root)).toEqual({ 'a/1.yaml': 'old' });
    expect(readdirSync(root)).toEqual(['dist']);
  });

  test('what was left beside a whole dist is removed', () => {
    const root = folderWith({
      'dist/a/1.yaml': 'now',
      [`.dist.${dead}.old/a/1.yaml`]: 'old',
      [`.dist.${dead}.new/a/1.yaml`]: 'half',
    });
    new Dist(root).recover();
    expect(tree(root)).toEqual({ 'a/1.yaml': 'now' });
    expect(readdirSync(root)).toEqual(['dist']);
  });
});

describe('two at once', () => {
  test('what another process is at is left alone', () => {
    const beside = [`.dist.${process.ppid}.new`, `.dist.${process.ppid}.old`];
    const root = folderWith(Object.fromEntries(['dist', ...beside].map((name) => [`${name}/a/1.yaml`, name])));
    replace(root, files({ 'a/1.yaml': 'new' }));
    expect(readdirSync(root).sort()).toEqual([...beside, 'dist']);
    expect(tree(root)).toEqual({ 'a/1.yaml': 'new' });
  });

  test('a dist that is not what was read any more stays, and that is told', () => {
    const root = folderWith({ 'dist/a/1.yaml': 'old' });
    const fresh: [string, string][] = [['a/1.yaml', 'new']];
    // Another one is faster, while this one writes.
    const slow = new Map(fresh);
    slow[Symbol.iterator] = () => {
      rmSync(join(root, 'dist'), { recursive: true });
      mkdirSync(join(root, 'other/a'), { recursive: true });
      writeFileSync(join(root, 'other/a/1.yaml'), 'faster');
      renameSync(join(root, 'other'), join(root, 'dist'));
      return fresh[Symbol.iterator]();
    };
    const dist = new Dist(root);
    const compare = dist.compare.bind(dist);
    jest.spyOn(dist, 'compare').mockImplementation((...args) => {
      const plan = compare(...args);
      return Object.defineProperty(plan, 'next', { value: slow });
    });
    expect(() => dist.replace(files({ 'a/1.yaml': 'new' }), 'all')).toThrow(
      'dist/ cannot be replaced and is as it was: another synth has replaced it meanwhile; run it again',
    );
    expect(tree(root)).toEqual({ 'a/1.yaml': 'faster' });
    expect(readdirSync(root)).toEqual(['dist']);
  });

  test('each part that was written is there, and a process that could not write its part says so', async () => {
    const bundled = buildSync({
      entryPoints: [join(ROOT, 'lib/output/dist.ts')],
      bundle: true,
      platform: 'node',
      write: false,
    });
    const script = `new (require('./dist.cjs').Dist)('.').replace(new Map([[process.argv[1] + '/x', 'new']]), [process.argv[1]])`;
    for (let round = 0; round < 5; round++) {
      const root = folderWith({ 'dist/a/x': 'old', 'dist/b/x': 'old', 'dist.cjs': bundled.outputFiles[0]?.text ?? '' });
      const children = ['a', 'b'].map((name) => spawn(process.execPath, ['-e', script, name], { cwd: root }));
      const codes = await Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve))));
      expect(codes).toContain(0);
      const wrote = (index: number) => (codes[index] === 0 ? 'new' : 'old');
      expect(tree(root)).toEqual({ 'a/x': wrote(0), 'b/x': wrote(1) });
      expect(readdirSync(root).filter((name) => name.startsWith('.dist'))).toEqual([]);
    }
  });
});

test('other files beside dist are nobody’s business', () => {
  const root = folderWith({ 'dist/a/1.yaml': 'now', '.dist.notes': 'mine' });
  writeFileSync(join(root, 'README.md'), 'mine');
  new Dist(root).recover();
  expect(readdirSync(root).sort()).toEqual(['.dist.notes', 'README.md', 'dist']);
});
