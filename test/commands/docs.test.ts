import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import docs from '../../commands/docs';
import { edit, folderWith, PROJECT, ROOT, runHere } from '../support';

const README = 'charts/salient/README.md';
const DOCUMENT = 'docs/systems/salient/dev.md';
const PAGE = 'docs/systems/salient/application.md';
const INDEX = 'docs/systems/README.md';
const PLACE = '# Salient\n\n<!-- picture: written by npm run docs -->\n<!-- end of picture -->\n\nThe rest.\n';

const fixture = (file: string) => readFileSync(join(PROJECT, 'environments/dev', file), 'utf8');

/** A project with Salient in dev, whose README is the one given. */
function projectWith(readme: string): string {
  const names = ['salient.yaml', 'tenants.yaml'];
  return folderWith({
    [README]: readme,
    ...Object.fromEntries(names.map((name) => [`environments/dev/${name}`, fixture(name)])),
  });
}

test('documents, their index and the diagram between its markers are written, and checked', async () => {
  const root = projectWith(PLACE);
  const { status, stderr } = await runHere(docs, root, ['--check']);
  const files = stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.split(': not up to date; run npm run docs and commit it')[0]);
  expect(status).toBe(1);
  expect(files.slice(0, 4)).toEqual([README, DOCUMENT, PAGE, INDEX]);
  expect(files.slice(4)).toEqual(
    expect.arrayContaining(['docs/settings/salient.md', 'docs/checks.md', 'docs/commands.md']),
  );
  expect(existsSync(join(root, DOCUMENT))).toBe(false);
  expect(await runHere(docs, root, [])).toMatchObject({ status: 0, stdout: `written: ${files.join(', ')}\n` });
  const text = readFileSync(join(root, README), 'utf8');
  expect(text).toMatch(
    /^# Salient\n\n<!-- picture[^\n]*-->\n\nIts documents: \[dev\]\(\.\.\/\.\.\/docs\/systems\/salient\/dev\.md\)\. In dev:\n\n```mermaid\nflowchart LR\n/,
  );
  expect(text).toMatch(/```\n\n<!-- end of picture -->\n\nThe rest\.\n$/);
  expect(readFileSync(join(root, INDEX), 'utf8')).toContain('| `salient` | [dev](salient/dev.md) |');
  expect(await runHere(docs, root, ['--check'])).toMatchObject({ status: 0, stdout: 'every document is up to date\n' });
});

test('a document follows values, the diagram of the README follows the structure alone', async () => {
  const root = projectWith(PLACE);
  await runHere(docs, root, []);
  edit(root, 'environments/dev/salient.yaml', 'api: api.salient.localhost', 'api: chat.salient.localhost');
  expect((await runHere(docs, root, ['--check'])).stderr).toMatch(
    /^docs\/systems\/salient\/dev\.md: not [^\n]*\ndocs\/systems\/salient\/application\.md: not [^\n]*\n$/,
  );
  edit(root, 'environments/dev/salient.yaml', 'tenantPool:', 'logfire: true\ntenantPool:');
  expect((await runHere(docs, root, ['--check'])).stderr).toContain(README);
});

test('documents of what is gone are told, and deleted; what people wrote stays', async () => {
  const root = projectWith(PLACE);
  await runHere(docs, root, []);
  mkdirSync(join(root, 'environments/test'));
  writeFileSync(join(root, 'environments/test/environment.yaml'), 'tier: development\n');
  writeFileSync(
    join(root, 'environments/test/salient.yaml'),
    fixture('salient.yaml').replaceAll('salient.localhost', 'test.localhost'),
  );
  writeFileSync(join(root, 'environments/test/tenants.yaml'), '[]\n');
  writeFileSync(join(root, 'docs/systems/salient/notes.md'), '# Notes\n');
  expect(await runHere(docs, root, [])).toMatchObject({ stderr: '' });
  const gone = 'docs/systems/salient/test.md';
  expect(readFileSync(join(root, DOCUMENT), 'utf8')).toContain('Other environments: [test](test.md).');
  rmSync(join(root, 'environments/test'), { recursive: true });
  const { status, stderr } = await runHere(docs, root, ['--check']);
  expect([status, stderr]).toEqual([1, expect.stringContaining(`${gone}: of a system or environment that is gone`)]);
  expect((await runHere(docs, root, [])).stdout).toContain(`deleted: ${gone}\n`);
  expect(existsSync(join(root, gone))).toBe(false);
  expect(existsSync(join(root, 'docs/systems/salient/notes.md'))).toBe(true);
});

test('a README without the markers is refused, and nothing is written', async () => {
  const root = projectWith('# Salient\n');
  expect(await runHere(docs, root, [])).toMatchObject({
    status: 2,
    stderr: `${README}: has no place for the diagram, expected a line <!-- picture: written by npm run docs --> and a line <!-- end of picture -->\n`,
  });
  expect(existsSync(join(root, 'docs'))).toBe(false);
});

describe('what follows from the code alone', () => {
  const root = projectWith(PLACE);
  const pages = runHere(docs, root, []);
  const read = async (file: string) => {
    await pages;
    return readFileSync(join(root, file), 'utf8');
  };

  test.each(['docs/checks.md', 'docs/commands.md'])('%s of this repository is up to date', async (file) => {
    expect(readFileSync(join(ROOT, file), 'utf8')).toBe(await read(file));
  });

  test('every program has its section', async () => {
    const programs = readdirSync(join(ROOT, 'commands')).filter((file) => file.endsWith('.ts'));
    const sections = [...(await read('docs/commands.md')).matchAll(/^## npm run (.*)$/gm)].map(
      ([, name]) => `${name}.ts`,
    );
    expect([...sections].sort()).toEqual([...programs, 'synth.ts'].sort());
  });

  test('every setting has a meaning and an example', async () => {
    for (const name of [
      'salient',
      'tenants',
      'pliers',
      'ephitup',
      'application',
      'platform',
      'environment',
      'argocd',
      'compose',
      'render',
    ]) {
      const rows = (await read(`docs/settings/${name}.md`)).split('\n').filter((line) => line.startsWith('| `'));
      const columns = rows.map((row) => row.split(/(?<!\\) \| /));
      expect(columns.length).toBeGreaterThan(3);
      // The keys of a mapping have their own.
      const texts = columns.filter(([, what = '']) => !/mapping|any value|PEM/.test(what));
      expect(texts.filter(([, , , example]) => example === '–')).toEqual([]);
      expect(columns.filter((cells) => /^(– \|)?$|: –/.test(cells[4] as string))).toEqual([]);
    }
  });
});
