import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { earlierRun } from '../../tools/unchanged.cjs';
import { folderWith } from '../support';

const INPUT = 'environments/dev/shop.yaml';
const OUTPUT = 'dist/dev/shop/00-a.yaml';
const CODE = 'code/lib/a.ts';

/** A project and its code, whose files are older than a tick of the clock. */
async function settledProject() {
  const folder = folderWith({
    [INPUT]: 'replicas: 2',
    [OUTPUT]: 'a: 1',
    'dist/dev/shop/01-b.yaml': 'b: 1',
    [CODE]: 'one',
    'code/bundle': '',
    'code/bundle.stamp': 'lib/a.ts\thash\nlib\thash\nlib/missing.json\tabsent',
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  return folder;
}

const earlier = (folder: string, ...args: string[]) =>
  earlierRun(folder, join(folder, 'code'), join(folder, 'code/bundle'), args);

/** A project in which a run is kept. */
async function keptProject() {
  const folder = await settledProject();
  earlier(folder)?.keep('the report\n');
  return folder;
}

/** Writes a text of the same length, and gives the file its former time. */
function writeInSecret(file: string, text: string) {
  const { atime, mtime, size } = statSync(file);
  writeFileSync(file, text);
  utimesSync(file, atime, mtime);
  expect(statSync(file).size).toBe(size);
}

test('a run that changed nothing is known again', async () => {
  const folder = await settledProject();
  const first = earlier(folder);
  expect(first?.printed).toBeUndefined();
  first?.keep('the report\n');
  expect(earlier(folder)?.printed).toBe('the report\n');
  expect(earlier(folder)?.printed).toBe('the report\n');
});

test('the bundle is known to be that of the code, unless either has changed', async () => {
  const folder = await keptProject();
  writeFileSync(join(folder, INPUT), 'replicas: 3');
  expect(earlier(folder)?.isBuilt).toBe(true);
  writeInSecret(join(folder, CODE), 'two');
  expect(earlier(folder)?.isBuilt).toBe(false);
  const other = await keptProject();
  writeFileSync(join(other, 'code/bundle'), '// cut off');
  expect(earlier(other)?.isBuilt).toBe(false);
  rmSync(join(other, 'code/bundle'));
  expect(earlier(other)).toBeUndefined();
});

test('a run that changes the output keeps that its bundle is that of the code', async () => {
  const folder = await settledProject();
  const run = earlier(folder);
  expect(run?.isBuilt).toBe(false);
  cpSync(join(folder, 'dist'), join(folder, 'new'), { recursive: true });
  rmSync(join(folder, 'dist'), { recursive: true });
  renameSync(join(folder, 'new'), join(folder, 'dist'));
  run?.keep('the report\n');
  expect(earlier(folder)?.isBuilt).toBe(true);
  expect(earlier(folder)?.printed).toBeUndefined();
});

test('a further file is kept with what is printed, apart from runs without it', async () => {
  const folder = await settledProject();
  const copy = join(folder, 'copy.yaml');
  const copying = () => earlierRun(folder, join(folder, 'code'), join(folder, 'code/bundle'), [], copy);
  copying()?.keep('nothing is kept without the file\n');
  expect(copying()?.printed).toBeUndefined();
  writeFileSync(copy, 'a: 1\n');
  copying()?.keep('the report\n');
  expect(copying()).toMatchObject({ printed: 'the report\n', copied: 'a: 1\n' });
  expect(earlier(folder)?.printed).toBeUndefined();
});

test('an input file that was saved again without a change is no change', async () => {
  const folder = await keptProject();
  writeFileSync(join(folder, INPUT), readFileSync(join(folder, INPUT)));
  expect(earlier(folder)?.printed).toBe('the report\n');
});

const CHANGES: [string, (folder: string) => void][] = [
  ['an input file, with size and time as before', (folder) => writeInSecret(join(folder, INPUT), 'replicas: 3')],
  ['a new input file', (folder) => writeFileSync(join(folder, 'environments/dev/tenants.yaml'), '')],
  ['a new folder of input', (folder) => mkdirSync(join(folder, 'environments/staging'))],
  ['a removed input file', (folder) => rmSync(join(folder, INPUT))],
  ['an output file, with size and time as before', (folder) => writeInSecret(join(folder, OUTPUT), 'a: 2')],
  ['a removed output file', (folder) => rmSync(join(folder, OUTPUT))],
  ['a new output file', (folder) => writeFileSync(join(folder, 'dist/dev/shop/02-c.yaml'), '')],
  ['a new folder of output', (folder) => mkdirSync(join(folder, 'dist/prod'))],
  ['no output', (folder) => rmSync(join(folder, 'dist'), { recursive: true })],
  [
    'the output replaced by a copy',
    (folder) => {
      cpSync(join(folder, 'dist'), join(folder, 'copy'), { recursive: true, preserveTimestamps: true });
      rmSync(join(folder, 'dist'), { recursive: true });
      renameSync(join(folder, 'copy'), join(folder, 'dist'));
    },
  ],
  [
    'a link to the output in its place',
    (folder) => {
      renameSync(join(folder, 'dist'), join(folder, 'moved'));
      symlinkSync('moved', join(folder, 'dist'));
    },
  ],
  ['what an interrupted run left', (folder) => mkdirSync(join(folder, '.dist.1.old'))],
  ['a source, with size and time as before', (folder) => writeInSecret(join(folder, CODE), 'two')],
  ['a new source, which an import may mean', (folder) => writeFileSync(join(folder, 'code/lib/b.ts'), '')],
  ['a source that was missing', (folder) => writeFileSync(join(folder, 'code/lib/missing.json'), '')],
  ['another bundle', (folder) => appendFileSync(join(folder, 'code/bundle.stamp'), '\nlib/a.ts\tother')],
  ['what was kept is cut off', (folder) => writeFileSync(join(folder, 'code/bundle.unchanged.json'), '{"key":')],
];

test.each(CHANGES)('the program runs after a change: %s', async (_, change) => {
  const folder = await keptProject();
  change(folder);
  expect(earlier(folder)?.printed).toBeUndefined();
});

test('the program runs for other arguments, and where npm took an option as its own', async () => {
  const folder = await keptProject();
  expect(earlier(folder, '--check')?.printed).toBeUndefined();
  process.env.npm_config_check = 'true';
  expect(earlier(folder)?.printed).toBeUndefined();
  delete process.env.npm_config_check;
});

test('a run is not kept that changed its output, or whose input or code changed meanwhile', async () => {
  for (const file of [INPUT, OUTPUT, CODE]) {
    const folder = await settledProject();
    const run = earlier(folder);
    appendFileSync(join(folder, file), '#');
    run?.keep('the report\n');
    expect([file, earlier(folder)?.printed]).toEqual([file, undefined]);
  }
});

test('a run is not kept whose input was changed and changed back meanwhile', async () => {
  const folder = await settledProject();
  const run = earlier(folder);
  await new Promise((resolve) => setTimeout(resolve, 30));
  writeFileSync(join(folder, INPUT), 'replicas: 2');
  run?.keep('the report\n');
  expect(earlier(folder)?.printed).toBeUndefined();
});

test('a run is not kept after which the output has another file', async () => {
  const folder = await settledProject();
  const run = earlier(folder);
  writeFileSync(join(folder, 'dist/README'), '');
  run?.keep('the report\n');
  expect(earlier(folder)?.printed).toBeUndefined();
});

test('a run is not kept within a tick of the clock after a change of the output, whose time would not show another one', async () => {
  const folder = await settledProject();
  writeFileSync(join(folder, OUTPUT), 'a: 2');
  earlier(folder)?.keep('the report\n');
  expect(earlier(folder)?.printed).toBeUndefined();
});

test('a run is not kept where an environment file names a file outside of environments/', async () => {
  const folder = await settledProject();
  writeFileSync(join(folder, INPUT), '# see ../../charts\nfiles: { /a: { source: b.conf } }');
  earlier(folder)?.keep('the report\n');
  expect(earlier(folder)?.printed).toBe('the report\n');
  writeFileSync(join(folder, INPUT), 'files: { /a: { source: ../../config/b.conf } }');
  earlier(folder)?.keep('the report\n');
  expect(earlier(folder)?.printed).toBeUndefined();
});

test('nothing is said where input is no file: a pipe, or a link to a folder', async () => {
  const folder = await settledProject();
  symlinkSync('..', join(folder, 'environments/all'));
  expect(earlier(folder)).toBeUndefined();
});

test('nothing is said where the output cannot be read, and nothing is kept where nothing can be written', async () => {
  const folder = await settledProject();
  const run = earlier(folder);
  mkdirSync(join(folder, 'code/bundle.unchanged.json'));
  run?.keep('the report\n');
  expect(earlier(folder)?.printed).toBeUndefined();
  rmSync(join(folder, 'environments'), { recursive: true });
  expect(earlier(folder)).toBeUndefined();
});
