// Writes what is generated for readers: the diagrams in the READMEs of systems, and docs/systems: `npm run docs [-- --check]`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { registry } from '../charts';
import { groupBy } from '../lib/base/group';
import { InputError } from '../lib/base/problem';
import { environmentsOfTier } from '../lib/config/environment-folders';
import type { System } from '../lib/model/system';
import { describeEnvironments } from '../lib/pipeline/environments';
import { Program } from '../lib/pipeline/program';
import { applicationPage, type InEnvironment } from '../lib/targets/application-page/application-page';
import { mermaidOf } from '../lib/targets/mermaid';

const HELP = `Writes what is generated for readers:
  charts/<system>/README.md               a diagram of its components, tasks, routes and connections in production
  docs/systems/<system>/application.md    what its programs have to do: variables, ports, probes, signals, files, requests, migrations

  npm run docs               writes what differs, and deletes the pages of systems that are gone
  npm run docs -- --check    writes nothing; exits with 1 if something is not up to date`;

/** The folder of the generated pages. */
const PAGES = 'docs/systems';

/** The markers before and after the diagram. */
const [BEGIN, END] = ['<!-- picture: written by npm run docs -->', '<!-- end of picture -->'];

/** The model of each system in its environments, from development to production. */
function systemsIn(root: string): Map<string, InEnvironment[]> {
  const names = (['development', 'staging', 'production'] as const).flatMap((tier) => environmentsOfTier(root, tier));
  const models = describeEnvironments(registry, root, names).flatMap(({ environment, system, model }) =>
    model === undefined ? [] : [{ environment, system, model }],
  );
  return groupBy(models, ({ system }) => system);
}

/** The text of a README with the current diagram. */
function withDiagram(file: string, text: string, name: string, model: System): string {
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (start < 0 || end < start)
    throw new InputError([
      { file, message: `has no place for the diagram, expected a line ${BEGIN} and a line ${END}` },
    ]);
  const diagram = `${BEGIN}\n\nIn ${name}:\n\n\`\`\`mermaid\n${mermaidOf(model)}\n\`\`\`\n\n`;
  return text.slice(0, start) + diagram + text.slice(end);
}

/** The text of each generated file, by its path. */
function filesIn(root: string): Map<string, string> {
  return new Map(
    [...systemsIn(root)].flatMap(([system, environments]): [string, string][] => {
      const page: [string, string] = [`${PAGES}/${system}/application.md`, applicationPage(system, environments)];
      const readme = `charts/${system}/README.md`;
      const shown = environments.find(({ model }) => model.tier === 'production') ?? environments[0];
      if (shown === undefined || !existsSync(join(root, readme))) return [page];
      const text = readFileSync(join(root, readme), 'utf8');
      return [[readme, withDiagram(readme, text, shown.environment, shown.model)], page];
    }),
  );
}

/** The generated pages that are there. */
function pagesIn(root: string): string[] {
  const folder = join(root, PAGES);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.map((one) => `${PAGES}${join(one.parentPath, one.name).slice(folder.length)}`);
}

export default new Program({
  name: 'docs',
  help: HELP,
  options: { check: { type: 'boolean', default: false } },
  run: ({ check }, { root, say, complain }) => {
    const files = filesIn(root);
    const differ = [...files].filter(([file, text]) => {
      const path = join(root, file);
      return !existsSync(path) || readFileSync(path, 'utf8') !== text;
    });
    const gone = pagesIn(root).filter((file) => !files.has(file));
    if (!check) {
      for (const [file, text] of differ) {
        mkdirSync(dirname(join(root, file)), { recursive: true });
        writeFileSync(join(root, file), text);
      }
      for (const file of gone) rmSync(join(root, file));
    }
    const written = differ.map(([file]) => file);
    const stale = [...written, ...gone];
    if (stale.length === 0) say('every generated document is up to date');
    else if (check) complain(`${stale.join(', ')}: not up to date; run npm run docs and commit it`);
    else {
      if (written.length > 0) say(`written: ${written.join(', ')}`);
      if (gone.length > 0) say(`deleted: ${gone.join(', ')}`);
    }
    return check && stale.length > 0 ? 1 : 0;
  },
});
