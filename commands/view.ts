// Writes a page that shows an environment: `npm run view -- --env NAME [--against REV] [--out FILE]`.
import { mkdirSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { environmentNames } from '../lib/config/environment-folders';
import { loadPrices } from '../lib/config/prices';
import { differenceOf } from '../lib/diff/difference';
import { type Built, buildEnvironments, isSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { committedIn } from './shared/against-revision';
import { blueprintsOf } from './shared/costs';
import { Git } from './shared/git';
import { replaceFile } from './shared/replace-file';
import { givenFor, objectsOf } from './shared/report';
import { type Before, viewDataOf } from './view/data';
import { layoutOf } from './view/layout';
import { pageOf } from './view/page';

const HELP = `Writes a page that shows an environment: its systems, who reaches whom and by which policy, the edge, data, Jobs, connection
budgets, sizes and cost. It is one file, which works offline.

  npm run view -- --env prod                    writes .build/view/prod.html
  npm run view -- --env prod --against REV      colours what differs from dist/ of a commit, branch or tag
  npm run view -- --env prod --out FILE         writes FILE`;

/** The environment in `dist/` of a revision, and what has changed since. */
function beforeOf(root: string, env: string, revision: string, built: readonly Built[]): Before {
  const git = new Git(root);
  // An environment that is new has nothing there.
  const objects = committedIn(git, revision, env) ?? [];
  const parts = git
    .foldersIn(revision, `dist/${env}`)
    .map((system) => ({ system, objects: committedIn(git, revision, `${env}/${system}`) ?? [] }));
  return { revision, parts, changes: differenceOf(objects, objectsOf(built), givenFor(built), registry.marks) };
}

/** @throws InputError when there can be no such file */
function write(file: string, html: string, out: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, html);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `given "${out}", which cannot be written (${code}), expected the name of a file`;
    throw new InputError([{ file: '--out', message }]);
  }
}

export default new Program({
  name: 'view',
  help: HELP,
  options: { env: { type: 'string' }, against: { type: 'string' }, out: { type: 'string' } },
  required: ['env'],
  choices: { env: environmentNames },
  run: async ({ env, against, out = `.build/view/${env}.html` }, { root, say }) => {
    const built = buildEnvironments(registry, root, [env]);
    const prices = loadPrices(root)?.prices;
    const before = against === undefined ? undefined : beforeOf(root, env, against, built);
    const pricing =
      prices === undefined || !built.some(isSystem) ? undefined : { prices, blueprints: blueprintsOf(root, built) };
    const data = viewDataOf(env, built, before, pricing);
    if (!out.endsWith('.html'))
      throw new InputError([
        { file: '--out', message: `given "${out}", expected the name of a file that ends in .html` },
      ]);
    const html = await pageOf({ ...data, boxes: await layoutOf(data) });
    const file = resolve(root, out);
    write(file, html, out);
    say(relative(root, file).startsWith('..') ? file : relative(root, file));
    return 0;
  },
});
