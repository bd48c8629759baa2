// Promotes an image version to an environment: `npm run promote -- SYSTEM COMPONENT TAG --to ENVIRONMENT [--digest sha256:…] [--force]`.
import { registry } from '../charts';
import { expectedOneOf } from '../lib/base/nearest';
import { InputError, type Problem } from '../lib/base/problem';
import { environmentNames } from '../lib/config/environment-folders';
import { formatText } from '../lib/diff/format/text';
import { Program } from '../lib/pipeline/program';
import { type Promotion, promote } from './promote/promotion';

const HELP = `Promotes an image version to an environment: edits one line of its file, writes dist/, and prints what changes. It does not commit.

  npm run promote -- salient backend v1.2.4 --to staging
  npm run promote -- salient backend v1.2.4 --to prod      refused unless a commit had it in an environment of the tier staging
  npm run promote -- pliers api v1.5.0 --to prod --digest sha256:…    pinned; without it, an old digest is removed
  npm run promote -- salient backend v1.2.4 --to prod --force         even if staging never had it

  npm run promote -- three-tier api v1.0.1 --to staging               an application: its own file of that environment, no other

A component is any setting with an image and a tag: backend, adminUi, services.api, postgresClient, …`;

/**
 * The promotion that the arguments describe.
 *
 * @throws InputError with all problems of the arguments
 */
function promotionOf(
  root: string,
  [system, component, tag, ...more]: readonly string[],
  {
    to,
    digest,
    force,
  }: { readonly to?: string | undefined; readonly digest?: string | undefined; readonly force: boolean },
): Promotion {
  const problems: Problem[] = [];
  const report = (message: string) => problems.push({ file: 'promote', message });
  const systems = Object.keys(registry.in(root).systems);
  if (system !== undefined && !systems.includes(system)) {
    report(`given the system "${system}", ${expectedOneOf(systems, system)}`);
  }
  if (tag === undefined) report('expected a system, a component and a tag, as in: salient backend v1.2.4');
  if (more.length > 0) report(`given "${more.join(' ')}" as well, expected a system, a component and a tag`);
  if (to === undefined) report('--to is missing: the environment');
  if (problems.length > 0 || !system || !component || !tag || !to) throw new InputError(problems);
  return { system, component, version: { tag, digest }, environment: to, force };
}

export default new Program({
  name: 'promote',
  help: HELP,
  options: { to: { type: 'string' }, digest: { type: 'string' }, force: { type: 'boolean', default: false } },
  positionals: true,
  choices: { to: environmentNames },
  run: ({ positionals, ...options }, io) => {
    const { notes, report, commit } = promote(io.root, promotionOf(io.root, positionals, options));
    io.say(notes.join('\n'));
    if (report !== undefined) io.say(`\n${formatText(report)}\n\nTo commit it:\n  ${commit}`);
    return 0;
  },
});
