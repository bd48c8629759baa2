// Puts a release into an environment: `npm run promote -- SYSTEM COMPONENT TAG --to ENVIRONMENT [--digest sha256:…] [--force]`.
import { systems } from '../charts/systems';
import { environmentNames } from '../config/load';
import { expectedOneOf } from '../config/nearest';
import { parseOptions } from '../config/options';
import { InputError, type Problem } from '../config/problem';
import { formatText } from '../diff/format/text';
import { DistError } from '../output/dist';
import { type Promotion, promote } from './promotion';

const HELP = `Puts a version of an image into an environment: edits the one line, synthesizes, and prints what changes. It commits nothing.

  npm run promote -- salient backend v1.2.4 --to staging
  npm run promote -- salient backend v1.2.4 --to prod      refused unless staging had it in a commit
  npm run promote -- pliers api v1.5.0 --to prod --digest sha256:…    pinned; without it, an old digest goes
  npm run promote -- salient backend v1.2.4 --to prod --force         whatever staging had

A component is any setting with an image and a tag: backend, adminUi, services.api, postgresClient, …
Exits with 0 when it is done or was there already, 1 when it is refused, 2 when it was asked wrongly.`;

function request(root: string): Promotion | undefined {
  const options = {
    to: { type: 'string' },
    digest: { type: 'string' },
    force: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = parseOptions(
    'promote',
    HELP,
    { options, allowPositionals: true },
    { to: () => environmentNames(root) },
  );
  if (values.help) return undefined;
  const [system, component, tag, ...more] = positionals;
  const problems: Problem[] = [];
  const wrong = (message: string) => problems.push({ file: 'promote', message });
  if (system !== undefined && !Object.hasOwn(systems, system)) {
    wrong(`given the system "${system}", ${expectedOneOf(Object.keys(systems), system)}`);
  }
  if (tag === undefined) wrong('expected a system, a component and a tag, as in: salient backend v1.2.4');
  if (more.length > 0) wrong(`given "${more.join(' ')}" besides, expected a system, a component and a tag`);
  if (values.to === undefined) wrong('--to is missing: the environment');
  const { to: environment, digest, force } = values;
  if (problems.length > 0 || !system || !component || !tag || !environment) throw new InputError(problems);
  return { system, component, version: { tag, digest }, environment, force };
}

function main(): number {
  const root = process.cwd();
  let promotion: Promotion | undefined;
  try {
    promotion = request(root);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(error.message);
    return 2;
  }
  if (promotion === undefined) {
    console.log(HELP);
    return 0;
  }
  const { said, report, commit } = promote(root, promotion);
  console.log(said.join('\n'));
  if (report !== undefined) console.log(`\n${formatText(report)}\n\nTo commit it:\n  ${commit}`);
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  const expected =
    error instanceof InputError || error instanceof DistError || (error as NodeJS.ErrnoException).syscall;
  if (!expected) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
