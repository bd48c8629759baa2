import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundled } from '../../tools/bundle.cjs';
import { folderWith } from '../support';

/** A project with one entry and one module. */
function project(): string {
  const root = folderWith({
    'entry.ts': "import { word } from './word';\n\nconsole.log(word);\n",
    'word.ts': "export const word: string = 'one';\n",
    'tsconfig.json': '{}',
    'node_modules/.package-lock.json': '{}',
  });
  return root;
}

/** The word that the entry would print. */
async function word(root: string): Promise<string | undefined> {
  return /word = "(.*)"/.exec(readFileSync(await bundled(root, 'entry.ts'), 'utf8'))?.[1];
}

const save = (root: string, text: string) =>
  writeFileSync(join(root, 'word.ts'), `export const word: string = '${text}';\n`);

const builtAt = (root: string) => statSync(join(root, '.build/entry.cjs')).mtimeMs;

test('an entry is bundled again only when a source changed', async () => {
  const root = project();
  expect(await word(root)).toBe('one');
  const first = builtAt(root);
  expect(await word(root)).toBe('one');
  expect(builtAt(root)).toBe(first);
  save(root, 'two');
  expect(await word(root)).toBe('two');
  expect(builtAt(root)).toBeGreaterThan(first);
});

test('a source with a changed text is bundled again, even with an unchanged mtime', async () => {
  const root = project();
  await word(root);
  const { atime, mtime } = statSync(join(root, 'word.ts'));
  save(root, 'two');
  utimesSync(join(root, 'word.ts'), atime, mtime);
  expect(await word(root)).toBe('two');
});

test.each(['tsconfig.json', 'node_modules/.package-lock.json'])(
  'an entry is bundled again after a change of %s',
  async (file) => {
    const root = project();
    await word(root);
    const first = builtAt(root);
    writeFileSync(join(root, file), '{ "compilerOptions": {} }');
    expect(await word(root)).toBe('one');
    expect(builtAt(root)).toBeGreaterThan(first);
  },
);

test('an import that resolves to a new file is bundled again', async () => {
  const root = project();
  rmSync(join(root, 'word.ts'));
  mkdirSync(join(root, 'word'));
  writeFileSync(join(root, 'word/index.ts'), "export const word: string = 'folder';\n");
  expect(await word(root)).toBe('folder');
  save(root, 'file');
  expect(await word(root)).toBe('file');
});

test('a source that is saved during the build is in the next run', async () => {
  for (const delay of [0, 2, 5, 10, 20]) {
    const root = project();
    const building = bundled(root, 'entry.ts');
    await sleep(delay);
    save(root, 'two');
    await building;
    expect(await word(root)).toBe('two');
  }
});

test('a missing source is an error', async () => {
  const root = project();
  await word(root);
  rmSync(join(root, 'word.ts'));
  const complain = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  await expect(word(root)).rejects.toThrow('Could not resolve "./word"');
  complain.mockRestore();
});
