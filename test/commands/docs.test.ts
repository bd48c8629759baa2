import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import docs from '../../commands/docs';
import { edit, project, runHere } from '../support';

const README = 'charts/salient/README.md';

/** A project whose Salient has a README. */
function projectWith(text: string): string {
  const root = project();
  mkdirSync(join(root, 'charts/salient'), { recursive: true });
  writeFileSync(join(root, README), text);
  return root;
}

const PLACE = '# Salient\n\n<!-- picture: written by npm run docs -->\n<!-- end of picture -->\n\nThe rest.\n';

test('the diagram is written between its markers, and the rest stays', async () => {
  const root = projectWith(PLACE);
  const before = await runHere(docs, root, ['--check']);
  expect(before.status).toBe(1);
  expect(before.stderr).toContain(`${README}: not up to date; run npm run docs and commit it\n`);
  expect(readFileSync(join(root, README), 'utf8')).toBe(PLACE);
  const written = await runHere(docs, root, []);
  expect(written.status).toBe(0);
  expect(written.stdout).toMatch(/^written: charts\/salient\/README\.md, /);
  const text = readFileSync(join(root, README), 'utf8');
  expect(text).toMatch(/^# Salient\n\n<!-- picture[^\n]*-->\n\n[^\n]*In prod:\n\n```mermaid\nflowchart LR\n/);
  expect(text).toMatch(/```\n\n<!-- end of picture -->\n\nThe rest\.\n$/);
  const page = readFileSync(join(root, 'docs/systems/pliers/application.md'), 'utf8');
  expect(page).toMatch(/^<!-- .* -->\n\n# pliers: what your application has to do\n/);
  expect(await runHere(docs, root, ['--check'])).toMatchObject({ status: 0, stdout: 'every document is up to date\n' });
});

test('it depends on connections, and not on values such as hosts', async () => {
  const root = projectWith(PLACE);
  await runHere(docs, root, []);
  edit(root, 'environments/prod/salient.yaml', 'api: api.salient.ai', 'api: chat.salient.ai');
  expect((await runHere(docs, root, ['--check'])).stderr).not.toContain(README);
  edit(root, 'environments/prod/salient.yaml', 'logfire: false', 'logfire: true');
  expect((await runHere(docs, root, ['--check'])).stderr).toContain(README);
});

test('a README without the markers is refused', async () => {
  expect(await runHere(docs, projectWith('# Salient\n'), [])).toMatchObject({
    status: 2,
    stderr: `${README}: has no place for the diagram, expected a line <!-- picture: written by npm run docs --> and a line <!-- end of picture -->\n`,
  });
});
