// Writes the files of a new application: `npm run new -- NAME [--pattern 3-tier]`.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../charts';
import { Failure } from '../lib/base/errors';
import { formatProblem, InputError, type Problem } from '../lib/base/problem';
import { applicationNameProblem } from '../lib/config/application-name';
import { environmentNames, FOLDER } from '../lib/config/environment-folders';
import { buildEnvironments } from '../lib/pipeline/build';
import { judge } from '../lib/pipeline/judge';
import { Program } from '../lib/pipeline/program';
import { baseText, PATTERNS } from './new/base';
import { environmentText } from './new/environment-file';
import { referenceOf } from './new/reference';
import { withCopy } from './shared/project-copy';

const HELP = `Writes the files of a new application, with values that pass every check, and what to change said in comments.

  npm run new -- shop                          a web page, an API and a database
  npm run new -- shop --pattern api-only       ${Object.keys(PATTERNS).join(', ')}

environments/<name>.yaml says what it is; environments/<environment>/<name>.yaml, for each environment, what that gives it: hosts, tags,
sizes, and edge, monitoring, backups and secrets as other systems there have them. Existing files are not changed.`;

/** Where images are if no system tells. */
const REGISTRY = 'ghcr.io/yourorg';

/** The images of others. */
const PUBLIC = /^(docker\.io|quay\.io|registry\.k8s\.io|ghcr\.io\/cloudnative-pg)\//;

/** The texts of the new files, by their paths. */
function filesOf(root: string, name: string, pattern: string): Map<string, string> {
  const systems = Object.keys(registry.in(root).systems);
  const references = environmentNames(root).map((one) => referenceOf(root, one, systems));
  const plain =
    references.find(({ environment }) => environment.name === 'prod') ??
    references.find(({ environment }) => environment.production);
  const hosts = references.flatMap((one) => one.hosts);
  const own = references.flatMap((one) => one.images).find((image) => image.includes('/') && !PUBLIC.test(image));
  const images = own?.slice(0, own.lastIndexOf('/')) ?? REGISTRY;
  return new Map([
    [`${FOLDER}/${name}.yaml`, baseText(name, pattern, images)],
    ...references.map((reference): [string, string] => [
      `${FOLDER}/${reference.environment.name}/${name}.yaml`,
      environmentText({ name, pattern }, reference, plain?.environment.name ?? '', hosts),
    ]),
  ]);
}

/** @throws InputError with all problems of the arguments, and each file that exists already */
function nameOf(root: string, [name, ...more]: readonly string[]): string {
  const taken = Object.values(registry.systems).flatMap((one) => [one.name, ...Object.keys(one.collections ?? {})]);
  const wrong =
    name === undefined
      ? 'expected a name, as in: npm run new -- shop'
      : more.length > 0
        ? `given "${more.join(' ')}" as well, expected one name`
        : applicationNameProblem(name, taken);
  if (wrong !== undefined || name === undefined) throw new InputError([{ file: 'new', message: String(wrong) }]);
  const files = [`${FOLDER}/${name}.yaml`, ...environmentNames(root).map((one) => `${FOLDER}/${one}/${name}.yaml`)];
  const problems = files
    .filter((file) => existsSync(join(root, file)))
    .map((file): Problem => ({ file, message: 'exists already, expected a name without files; nothing is changed' }));
  if (problems.length > 0) throw new InputError(problems);
  return name;
}

/**
 * Writes files and builds everything with them.
 *
 * @throws Failure where one of them is wrong. Other files may be wrong: that is none of this program's business
 */
function tryOut(root: string, name: string, files: ReadonlyMap<string, string>) {
  const found = withCopy(root, (copy): string[] => {
    for (const [file, text] of files) writeFileSync(join(copy, file), text);
    try {
      const violations = judge(buildEnvironments(registry, copy, environmentNames(copy)));
      return violations.filter((one) => one.includes(`/${name}.yaml`) || one.includes(` ${name}-`));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.problems
        .filter(({ file, message }) => `${file} ${message}`.includes(`/${name}.yaml`))
        .map(formatProblem);
    }
  });
  if (found.length === 0) return;
  throw new Failure(
    `${found.join('\n')}\nnothing is written; mend that in the files of other systems, or take another name`,
  );
}

export default new Program({
  name: 'new',
  help: HELP,
  options: { pattern: { type: 'string', default: '3-tier' } },
  positionals: true,
  choices: { pattern: () => Object.keys(PATTERNS) },
  run: ({ positionals, pattern }, { root, say }) => {
    const name = nameOf(root, positionals);
    const files = filesOf(root, name, pattern);
    tryOut(root, name, files);
    for (const [file, text] of files) {
      writeFileSync(join(root, file), text, { flag: 'wx' });
      say(file);
    }
    const [first = ''] = environmentNames(root);
    const commands = [
      `put your images, ports, variables and secrets into ${FOLDER}/${name}.yaml, and hosts and servers into the other files`,
      `npm run synth -- --system ${name}: checks everything, and writes dist/`,
      `npm run settings -- --env ${first} --system ${name}: prints every value with the place that it comes from`,
    ];
    say(['', 'next:', ...commands.map((one, index) => `${index + 1}. ${one}`)].join('\n'));
    return 0;
  },
});
