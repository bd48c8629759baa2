// Puts a release into an environment: `npm run promote -- SYSTEM COMPONENT TAG --to ENVIRONMENT [--digest sha256:…] [--force]`.
import { registry } from '../charts';
import { expectedOneOf } from '../lib/base/nearest';
import { InputError, type Problem } from '../lib/base/problem';
import { environmentNames } from '../lib/config/load';
import { formatText } from '../lib/diff/format/text';
import { Program } from '../lib/pipeline/program';
import { type Promotion, promote } from './promote/promotion';

const HELP = `Puts a version of an image into an environment: edits the one line, synthesizes, and prints what changes. It commits nothing.

  npm run promote -- salient backend v1.2.4 --to staging
  npm run promote -- salient backend v1.2.4 --to prod      refused unless staging had it in a commit
  npm run promote -- pliers api v1.5.0 --to prod --digest sha256:…    pinned; without it, an old digest goes
  npm run promote -- salient backend v1.2.4 --to prod --force         whatever staging had

A component is any setting with an image and a tag: backend, adminUi, services.api, postgresClient, …`;

/** @throws InputError with everything that is wrong with it */
function promotionOf(
  [system, component, tag, ...more]: readonly string[],
  {
    to,
    digest,
    force,
  }: { readonly to?: string | undefined; readonly digest?: string | undefined; readonly force: boolean },
): Promotion {
  const problems: Problem[] = [];
  const wrong = (message: string) => problems.push({ file: 'promote', message });
  const systems = Object.keys(registry.systems);
  if (system !== undefined && !systems.includes(system)) {
    wrong(`given the system "${system}", ${expectedOneOf(systems, system)}`);
  }
  if (tag === undefined) wrong('expected a system, a component and a tag, as in: salient backend v1.2.4');
  if (more.length > 0) wrong(`given "${more.join(' ')}" besides, expected a system, a component and a tag`);
  if (to === undefined) wrong('--to is missing: the environment');
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
    const { said, report, commit } = promote(io.root, promotionOf(positionals, options));
    io.say(said.join('\n'));
    if (report !== undefined) io.say(`\n${formatText(report)}\n\nTo commit it:\n  ${commit}`);
    return 0;
  },
});
