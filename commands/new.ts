// Writes the files of a new application: `npm run new -- NAME [--pattern 3-tier]`, or `npm run new -- NAME --from compose.yaml`.
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
import { baseText, ofPattern, PATTERNS } from './new/base';
import { applicationOf } from './new/compose/application';
import { readCompose } from './new/compose/document';
import { Notes } from './new/compose/notes';
import { environmentText, type NewApplication } from './new/environment-file';
import { importedText, ofCompose } from './new/imported';
import { type Reference, referenceOf } from './new/reference';
import { withCopy } from './shared/project-copy';

const USUAL = '3-tier';

const HELP = `Writes the files of a new application, with values that pass every check, and what to change said in comments.

  npm run new -- shop                          a web page, an API and a database
  npm run new -- shop --pattern api-only       ${Object.keys(PATTERNS).join(', ')}
  npm run new -- shop --from compose.yaml      what a compose file describes; what it cannot take over is listed, with what to do

environments/<name>.yaml says what it is; environments/<environment>/<name>.yaml, for each environment, what that gives it: hosts, tags,
sizes, and edge, monitoring, backups and secrets as other systems there have them. Existing files are not changed.`;

/** Where images are if no system tells. */
const REGISTRY = 'ghcr.io/yourorg';

/** The images of others. */
const PUBLIC = /^(docker\.io|quay\.io|registry\.k8s\.io|ghcr\.io\/cloudnative-pg)\//;

/** The repository in which the systems of the environments have their images. */
function registryIn(references: readonly Reference[]): string {
  const own = references.flatMap((one) => one.images).find((image) => image.includes('/') && !PUBLIC.test(image));
  return own?.slice(0, own.lastIndexOf('/')) ?? REGISTRY;
}

/** The texts of the new files, by their paths. */
function filesOf(application: NewApplication, base: string, references: readonly Reference[]): Map<string, string> {
  const { name } = application;
  const plain =
    references.find(({ environment }) => environment.name === 'prod') ??
    references.find(({ environment }) => environment.production);
  const hosts = references.flatMap((one) => one.hosts);
  return new Map([
    [`${FOLDER}/${name}.yaml`, base],
    ...references.map((reference): [string, string] => [
      `${FOLDER}/${reference.environment.name}/${name}.yaml`,
      environmentText(application, reference, plain?.environment.name ?? '', hosts),
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

/** What is wrong with files that are not written yet. Other files may be wrong: that is none of this program's business. */
function problemsOf(
  root: string,
  name: string,
  files: ReadonlyMap<string, string>,
  environments: readonly string[],
): string[] {
  return withCopy(root, (copy): string[] => {
    for (const [file, text] of files) writeFileSync(join(copy, file), text);
    try {
      const violations = judge(buildEnvironments(registry, copy, environments));
      return violations.filter((one) => one.includes(`/${name}.yaml`) || one.includes(` ${name}-`));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.problems
        .filter(({ file, message }) => `${file} ${message}`.includes(`/${name}.yaml`))
        .map(formatProblem);
    }
  });
}

/** @throws Failure where files that have to be complete are not */
function refuse(problems: readonly string[], remedy: string): void {
  if (problems.length > 0)
    throw new Failure(`${problems.join('\n')}\nnothing is written; ${remedy}, or take another name`);
}

/** What is printed of a new application, beside the names of its files. */
interface Printed {
  readonly files: ReadonlyMap<string, string>;
  readonly paragraphs: readonly (readonly string[])[];
  readonly first: string;
}

function fromPattern(root: string, name: string, pattern: string, references: readonly Reference[]): Printed {
  const files = filesOf(ofPattern(name, pattern), baseText(name, pattern, registryIn(references)), references);
  refuse(problemsOf(root, name, files, environmentNames(root)), 'mend that in the files of other systems');
  const first = `put your images, ports, variables and secrets into ${FOLDER}/${name}.yaml, and hosts and servers into the other files`;
  return { files, paragraphs: [], first };
}

/** Environments of developers are complete. What others lack is what a compose file does not say: it is asked for. */
function fromCompose(root: string, name: string, file: string, references: readonly Reference[]): Printed {
  const compose = readCompose(file);
  const notes = new Notes(compose.locate);
  const application = applicationOf(compose, name, registryIn(references), notes);
  const files = filesOf(ofCompose(name, application), importedText(name, file, application), references);
  const named = (development: boolean) =>
    references.flatMap(({ environment }) => (environment.development === development ? environment.name : []));
  refuse(problemsOf(root, name, files, named(true)), `change that in ${file}`);
  const missing = problemsOf(root, name, files, environmentNames(root));
  return {
    files,
    paragraphs: [
      ['not taken over:', ...notes.lines],
      [`to complete before ${named(false).join(' and ')} pass synth:`, ...missing],
    ].filter(({ length }) => length > 1),
    first: `read ${FOLDER}/${name}.yaml, and add what is listed above`,
  };
}

export default new Program({
  name: 'new',
  help: HELP,
  options: { pattern: { type: 'string' }, from: { type: 'string' } },
  positionals: true,
  choices: { pattern: () => Object.keys(PATTERNS) },
  run: ({ positionals, pattern, from }, { root, say }) => {
    if (pattern !== undefined && from !== undefined)
      throw new InputError([{ file: '--pattern', message: 'given beside --from, expected one of the two' }]);
    const name = nameOf(root, positionals);
    const systems = Object.keys(registry.in(root).systems);
    const references = environmentNames(root).map((one) => referenceOf(root, one, systems));
    const { files, paragraphs, first } =
      from === undefined
        ? fromPattern(root, name, pattern ?? USUAL, references)
        : fromCompose(root, name, from, references);
    for (const [file, text] of files) {
      writeFileSync(join(root, file), text, { flag: 'wx' });
      say(file);
    }
    for (const lines of paragraphs) say(['', ...lines].join('\n'));
    const [environment = ''] = environmentNames(root);
    const commands = [
      first,
      `npm run synth -- --system ${name}: checks everything, and writes dist/`,
      `npm run settings -- --env ${environment} --system ${name}: prints every value with the place that it comes from`,
    ];
    say(['', 'next:', ...commands.map((one, index) => `${index + 1}. ${one}`)].join('\n'));
    return 0;
  },
});
