// Writes the documents of all systems, and the diagrams in their READMEs: `npm run docs [-- --check]`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { registry } from '../charts';
import { environmentNames } from '../lib/config/environment-folders';
import { buildEnvironments, isSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { checksPage } from './docs/checks';
import { commandsPage, type Described } from './docs/commands';
import { documentsOf } from './docs/documents';
import { MARK } from './docs/mark';
import { picturesOf } from './docs/pictures';
import { FOLDER } from './docs/platforms';
import { readmesOf } from './docs/readmes';
import { SETTINGS, settingsPages } from './docs/settings';

const HELP = `Writes docs/systems/<system>/<environment>.md, the document of each system in each environment, with an index;
docs/systems/<system>/application.md, what its programs have to do; platforms.md beside it, where the system also has a
Blueprint of Render: which platform to choose, and how to move; a diagram of each system into charts/<system>/README.md; and
docs/<system>-<environment>.svg, where README.md shows that picture. From the code alone it writes docs/settings/<file>.md,
all settings of each kind of file; docs/checks.md, all rules; and docs/commands.md, the help of all programs.

  npm run docs               writes what differs, and deletes documents of what is gone
  npm run docs -- --check    writes nothing; exits with 1 if something is not up to date`;

/** Pages of systems and environments that are gone: only what this command wrote. */
function goneIn(root: string, files: ReadonlyMap<string, string>): string[] {
  const there = [FOLDER, SETTINGS].flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
          (file) => `${folder}/${file.replaceAll('\\', '/')}`,
        )
      : [],
  );
  return there
    .filter(
      (file) => file.endsWith('.md') && !files.has(file) && readFileSync(join(root, file), 'utf8').startsWith(MARK),
    )
    .sort();
}

/** The pages that follow from the code alone, by file. */
function reference(own: Described): Map<string, string> {
  return new Map([
    ...settingsPages(registry),
    ['docs/checks.md', checksPage()],
    ['docs/commands.md', commandsPage(own)],
  ]);
}

const program = new Program({
  name: 'docs',
  help: HELP,
  options: { check: { type: 'boolean', default: false } },
  run: ({ check }, { root, say, complain }) => {
    const built = buildEnvironments(registry, root, environmentNames(root));
    const systems = built.filter(isSystem);
    const files = new Map([
      ...picturesOf(root, systems),
      ...readmesOf(root, systems),
      ...documentsOf(registry.in(root), root, built),
      ...reference(program),
    ]);
    const stale = [...files].filter(([file, text]) => {
      const path = join(root, file);
      return !existsSync(path) || readFileSync(path, 'utf8') !== text;
    });
    const gone = goneIn(root, files);
    if (stale.length + gone.length === 0) {
      say('every document is up to date');
      return 0;
    }
    if (check) {
      for (const [file] of stale) complain(`${file}: not up to date; run npm run docs and commit it`);
      for (const file of gone)
        complain(`${file}: of a system or environment that is gone; run npm run docs and commit it`);
      return 1;
    }
    for (const [file, text] of stale) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    for (const file of gone) rmSync(join(root, file));
    if (stale.length > 0) say(`written: ${stale.map(([file]) => file).join(', ')}`);
    if (gone.length > 0) say(`deleted: ${gone.join(', ')}`);
    return 0;
  },
});

export default program;
