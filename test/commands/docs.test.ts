import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  expect(before.stderr).toMatch(/^charts\/salient\/README\.md, .*: not up to date; run npm run docs and commit it\n$/);
  expect(readFileSync(join(root, README), 'utf8')).toBe(PLACE);
  const written = await runHere(docs, root, []);
  expect(written.status).toBe(0);
  expect(written.stdout).toMatch(/^written: charts\/salient\/README\.md, /);
  const text = readFileSync(join(root, README), 'utf8');
  expect(text).toMatch(/^# Salient\n\n<!-- picture[^\n]*-->\n\nIn prod:\n\n```mermaid\nflowchart LR\n/);
  expect(text).toMatch(/```\n\n<!-- end of picture -->\n\nThe rest\.\n$/);
  expect(await runHere(docs, root, ['--check'])).toMatchObject({
    status: 0,
    stdout: 'every generated document is up to date\n',
  });
});

test('a page of each system says what its programs have to do, and goes with its system', async () => {
  const root = project();
  expect((await runHere(docs, root, [])).stdout).toContain('docs/systems/three-tier/application.md');
  const page = join(root, 'docs/systems/pliers/application.md');
  expect(readFileSync(page, 'utf8')).toMatch(/^# pliers: what your application has to do\n/);
  edit(root, 'environments/prod/pliers.yaml', 'poolSize: 10', 'poolSize: 11');
  expect(await runHere(docs, root, ['--check'])).toMatchObject({
    status: 1,
    stderr: 'docs/systems/pliers/application.md: not up to date; run npm run docs and commit it\n',
  });
  for (const name of ['dev', 'staging', 'prod']) rmSync(join(root, `environments/${name}/pliers.yaml`));
  expect(await runHere(docs, root, [])).toMatchObject({
    status: 0,
    stdout: 'deleted: docs/systems/pliers/application.md\n',
  });
  expect(existsSync(page)).toBe(false);
});

test('it depends on connections, and not on values such as hosts', async () => {
  const root = projectWith(PLACE);
  await runHere(docs, root, []);
  edit(root, 'environments/prod/salient.yaml', 'api: api.salient.ai', 'api: chat.salient.ai');
  expect((await runHere(docs, root, ['--check'])).stderr).not.toContain(README);
  edit(root, 'environments/prod/salient.yaml', 'tenantPool:', 'logfire: true\ntenantPool:');
  expect((await runHere(docs, root, ['--check'])).stderr).toContain(README);
});

test('a README without the markers is refused', async () => {
  expect(await runHere(docs, projectWith('# Salient\n'), [])).toMatchObject({
    status: 2,
    stderr: `${README}: has no place for the diagram, expected a line <!-- picture: written by npm run docs --> and a line <!-- end of picture -->\n`,
  });
});
