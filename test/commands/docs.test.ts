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
  expect(await runHere(docs, root, ['--check'])).toMatchObject({
    status: 1,
    stderr: `${README}: not up to date; run npm run docs and commit it\n`,
  });
  expect(readFileSync(join(root, README), 'utf8')).toBe(PLACE);
  expect(await runHere(docs, root, [])).toMatchObject({ status: 0, stdout: `written: ${README}\n` });
  const text = readFileSync(join(root, README), 'utf8');
  expect(text).toMatch(/^# Salient\n\n<!-- picture[^\n]*-->\n\nIn prod:\n\n```mermaid\nflowchart LR\n/);
  expect(text).toMatch(/```\n\n<!-- end of picture -->\n\nThe rest\.\n$/);
  expect(await runHere(docs, root, ['--check'])).toMatchObject({ status: 0, stdout: 'every README is up to date\n' });
});

test('it depends on connections, and not on values such as hosts', async () => {
  const root = projectWith(PLACE);
  await runHere(docs, root, []);
  edit(root, 'environments/prod/salient.yaml', 'api: api.salient.ai', 'api: chat.salient.ai');
  expect(await runHere(docs, root, ['--check'])).toMatchObject({ status: 0 });
  edit(root, 'environments/prod/salient.yaml', 'logfire: false', 'logfire: true');
  expect(await runHere(docs, root, ['--check'])).toMatchObject({ status: 1 });
});

test('a README without the markers is refused', async () => {
  expect(await runHere(docs, projectWith('# Salient\n'), [])).toMatchObject({
    status: 2,
    stderr: `${README}: has no place for the diagram, expected a line <!-- picture: written by npm run docs --> and a line <!-- end of picture -->\n`,
  });
});
