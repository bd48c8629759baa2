import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
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

let bundled: string | undefined;

/** A folder with what processes of their own use. */
function bundle(): string {
  bundled ??= folderWith({
    'dist.cjs':
      buildSync({
        entryPoints: [join(ROOT, 'lib/output/dist.ts')],
        bundle: true,
        platform: 'node',
        write: false,
      }).outputFiles[0]?.text ?? '',
  });
  return bundled;
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

test('files that are no longer generated are removed, and nothing is left beside dist', () => {
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

test('a file that does not change is the same file afterwards, with its time; one that changes is another', () => {
  const root = folderWith({ 'dist/a/1.yaml': 'one', 'dist/a/2.yaml': 'two', 'dist/b/1.yaml': 'b' });
  const stat = (path: string) => statSync(join(root, 'dist', path));
  const before = ['a/1.yaml', 'a/2.yaml', 'b/1.yaml'].map(stat);
  replace(root, files({ 'a/1.yaml': 'one', 'a/2.yaml': 'TWO' }), ['a']);
  expect(stat('a/1.yaml')).toMatchObject({ ino: before[0]?.ino, mtimeMs: before[0]?.mtimeMs, nlink: 1 });
  expect(stat('a/2.yaml').ino).not.toBe(before[1]?.ino);
  expect(stat('b/1.yaml').ino).toBe(before[2]?.ino);
  expect(tree(root)).toEqual({ 'a/1.yaml': 'one', 'a/2.yaml': 'TWO', 'b/1.yaml': 'b' });
});

test('a link in dist is refused, for it is nothing that synth writes', () => {
  const root = folderWith(old);
  symlinkSync('/etc/hostname', join(root, 'dist/prod/link'));
  expect(() => replace(root, files({}))).toThrow(/dist\/prod\/link is not a regular file/);
});

test('a file called dist is refused', () => {
  const root = folderWith({ dist: 'text' });
  expect(() => replace(root, files({ 'a/1.yaml': 'x' }))).toThrow(/dist is not a folder; remove it/);
  expect(readFileSync(join(root, 'dist'), 'utf8')).toBe('text');
});

describe('after a failure', () => {
  test('to remove the old tree, the new one is in place, and no error is reported', () => {
    const root = folderWith(old);
    const fs = jest.requireActual<typeof import('node:fs')>('node:fs');
    const spy = jest.spyOn(fs, 'rmSync').mockImplementation(() => {
      throw new Error('EACCES');
    });
    expect(() => replace(root, files({ 'x/1.yaml': 'new' }))).not.toThrow();
    spy.mockRestore();
    expect(tree(root)).toEqual({ 'x/1.yaml': 'new' });
  });

  test('to write, dist is unchanged and the reason is reported', () => {
    const root = folderWith(old);
    // A file where a folder is to be: the second write fails.
    const produced = files({ 'x/1': 'file', 'x/1/2.yaml': 'below a file' });
    expect(() => replace(root, produced)).toThrow(/^dist\/ cannot be replaced, and is unchanged: /);
    expect(Object.keys(tree(root))).toHaveLength(4);
    expect(readdirSync(root)).toEqual(['dist']);
  });

  const dead = spawnSync(process.execPath, ['-e', '0']).pid;

  test('between the renames, the old tree is put back', () => {
    const root = folderWith({ [`.dist.${dead}.old/a/1.yaml`]: 'old', [`.dist.${dead}.new/a/1.yaml`]: 'new' });
    expect(() => new Dist(root).compare(files({}), 'all')).toThrow(/run npm run synth, which restores it/);
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

  test('a dist that changed after it was read is kept, and that is reported', () => {
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
      'dist/ cannot be replaced, and is unchanged: another synth replaced it meanwhile; run this one again',
    );
    expect(tree(root)).toEqual({ 'a/1.yaml': 'faster' });
    expect(readdirSync(root)).toEqual(['dist']);
  });

  test('while another process has the old tree in its hands, nothing is taken for empty', () => {
    const root = folderWith({ [`.dist.${process.ppid}.old/a/1.yaml`]: 'old' });
    expect(() => replace(root, files({ 'b/1.yaml': 'new' }), ['b'])).toThrow(
      'another synth is replacing dist/ at this moment; run it again',
    );
    expect(readdirSync(root)).toEqual([`.dist.${process.ppid}.old`]);
  });

  test('what was read before belongs to it: a text that another one has replaced since is not written back', () => {
    const root = folderWith({ 'dist/index.json': 'old', 'dist/a/1.yaml': 'old' });
    const slow = new Dist(root);
    expect(slow.read('index.json')).toBe('old');
    new Dist(root).replace(files({ 'index.json': 'theirs', 'b/1.yaml': 'b' }), ['b']);
    expect(() => slow.replace(files({ 'index.json': 'ours', 'a/1.yaml': 'new' }), ['a'])).toThrow(
      'dist/ changed while it was read: another synth replaced it meanwhile; run this one again',
    );
    expect(tree(root)).toEqual({ 'index.json': 'theirs', 'a/1.yaml': 'old', 'b/1.yaml': 'b' });
  });

  test('a reused process id does not block dist forever', () => {
    const away = `.dist.${process.ppid}.old`;
    const root = folderWith({ [`${away}/a/1.yaml`]: 'old' });
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
    expect(() => new Dist(root).compare(files({}), 'all')).toThrow(
      `which is now ${join(root, away)}; run npm run synth`,
    );
    new Dist(root).recover();
    clock.mockRestore();
    expect(tree(root)).toEqual({ 'a/1.yaml': 'old' });
  });

  test('each written part is in place, and a process that could not write its part fails', async () => {
    const script = `const { Dist } = require(${JSON.stringify(join(bundle(), 'dist.cjs'))});
const [name] = process.argv.slice(1);
process.on('message', (root) => {
  try {
    new Dist(root).replace(new Map([[name + '/x', 'new']]), [name]);
    process.send('written');
  } catch (error) {
    process.send(error.message);
  }
});`;
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const two = ['a', 'b'].map((name) => spawn(process.execPath, ['-e', script, name], { stdio: [...stdio] }));
    for (let round = 0; round < 30; round++) {
      const root = folderWith({ 'dist/a/x': 'old', 'dist/b/x': 'old' });
      const said = two.map((one) => new Promise<string>((resolve) => one.once('message', resolve as () => void)));
      for (const one of two) one.send(root);
      const told = await Promise.all(said);
      expect(told).toContain('written');
      const wrote = (index: number) => (told[index] === 'written' ? 'new' : 'old');
      expect(tree(root)).toEqual({ 'a/x': wrote(0), 'b/x': wrote(1) });
      expect(readdirSync(root).filter((name) => name.startsWith('.dist'))).toEqual([]);
    }
    for (const one of two) one.disconnect();
  });
});

test('other files beside dist are not touched', () => {
  const root = folderWith({ 'dist/a/1.yaml': 'now', '.dist.notes': 'mine' });
  writeFileSync(join(root, 'README.md'), 'mine');
  new Dist(root).recover();
  expect(readdirSync(root).sort()).toEqual(['.dist.notes', 'README.md', 'dist']);
});

describe('a process that is killed', () => {
  const NEW = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`prod/a/${index}.yaml`, `new ${index}`]));
  const OLD = { 'prod/a/0.yaml': 'old', 'prod/b/0.yaml': 'old' };
  const inDist = (content: Record<string, string>) =>
    Object.fromEntries(Object.entries(content).map(([path, text]) => [`dist/${path}`, text]));

  /** Replaces dist in a process that ends (or is signalled) before or after a call of the file system. */
  function killed(call: string, nth: number, signal: string, when: 'before' | 'after') {
    const root = folderWith(inDist(OLD));
    const program = `const fs = require('node:fs');
const original = fs.${call};
let count = 0;
fs.${call} = function (...args) {
  const hit = String(args[0]).includes('dist') && ++count === ${nth};
  if (hit && '${when}' === 'before') process.kill(process.pid, '${signal}');
  const result = original.apply(fs, args);
  if (hit && '${when}' === 'after') process.kill(process.pid, '${signal}');
  return result;
};
const { Dist } = require(${JSON.stringify(join(bundle(), 'dist.cjs'))});
new Dist('.').replace(new Map(Object.entries(${JSON.stringify(NEW)})), 'all');`;
    const result = spawnSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8' });
    return { root, ...result };
  }

  /** The next run, which makes everything new. */
  function goOn(root: string) {
    replace(root, files(NEW));
    expect(tree(root)).toEqual(NEW);
    expect(readdirSync(root)).toEqual(['dist']);
  }

  test.each([
    ['at its first file', 'writeFileSync', 1, 'before'],
    ['amid its files', 'writeFileSync', 40, 'after'],
    ['after its last file', 'writeFileSync', 50, 'after'],
    ['before the first rename', 'renameSync', 1, 'before'],
  ] as const)('%s leaves dist as it was', (_, call, nth, when) => {
    const { root, signal } = killed(call, nth, 'SIGKILL', when);
    expect(signal).toBe('SIGKILL');
    expect(tree(root)).toEqual(OLD);
    expect(readdirSync(root).filter((name) => /^\.dist\.\d+\.new$/.test(name))).toHaveLength(1);
    goOn(root);
  });

  test.each([
    ['after the second rename', 'renameSync', 2, 'after'],
    ['before the old tree is no longer called whole', 'renameSync', 3, 'before'],
    ['before the old tree is removed', 'renameSync', 3, 'after'],
  ] as const)('%s leaves the new one', (_, call, nth, when) => {
    const { root, signal } = killed(call, nth, 'SIGKILL', when);
    expect(signal).toBe('SIGKILL');
    expect(tree(root)).toEqual(NEW);
    new Dist(root).recover();
    expect(readdirSync(root)).toEqual(['dist']);
  });

  test('between the two renames is reported by a comparison, which writes nothing', () => {
    const { root, signal } = killed('renameSync', 1, 'SIGKILL', 'after');
    expect(signal).toBe('SIGKILL');
    const beside = readdirSync(root).sort();
    expect(() => new Dist(root).compare(files(NEW), 'all')).toThrow(/run npm run synth, which restores it/);
    expect(readdirSync(root).sort()).toEqual(beside);
    expect(existsSync(join(root, 'dist'))).toBe(false);
  });

  test('between the two renames is restored by the next run, even if that fails', () => {
    const { root } = killed('renameSync', 1, 'SIGKILL', 'after');
    new Dist(root).recover();
    expect(tree(root)).toEqual(OLD);
    expect(readdirSync(root)).toEqual(['dist']);
    goOn(root);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('between the two renames by %s finishes first', (name) => {
    const { root, status } = killed('renameSync', 1, name, 'after');
    expect(status).toBe(0);
    expect(tree(root)).toEqual(NEW);
    expect(readdirSync(root)).toEqual(['dist']);
  });
});
