import { InputError } from '../../lib/base/problem';
import { check, RULES } from '../../lib/checks/check';
import type { Prerequisite } from '../../lib/checks/cluster/prerequisite';
import { type JudgedViolation, LEVELS, type Level } from '../../lib/checks/cluster/violation';
import type { Rule } from '../../lib/checks/rule';
import type { ManifestObject } from '../../lib/manifests/object';
import { type ReadResult, readWhatIsThere } from '../../lib/manifests/read';
import { type Io, Program } from '../../lib/pipeline/program';
import { type Asked, prerequisiteFrom, RULE_NAMES, rulesFor } from './asked';
import { FORMATS } from './formats';
import { emptyResult, isFailure, type Result, resultOf, withoutRepetitions } from './result';

/** What manifests are judged by. */
interface Standard {
  readonly env: string | undefined;
  readonly system: string | undefined;
  readonly prerequisites: readonly Prerequisite[];
  readonly rules: readonly Rule[];
  readonly root: string;
}

/** A project with environments, by whose descriptions manifests are judged. */
export interface Described {
  environments(root: string): readonly string[];
  systems(root: string): readonly string[];
  violationsOf(objects: readonly ManifestObject[], standard: Standard & { readonly env: string }): JudgedViolation[];
}

/** The examples of the help: what follows the command, and what it means. */
const USES: readonly (readonly [string, ...string[]])[] = [
  ['PATH…', 'files or folders, by all rules that need no settings'],
  [
    '--env prod --system salient PATH…',
    'as the objects of that system, by all rules: what differs from its',
    'description, which setting changes that, and what it leads to',
  ],
  [
    '--given IngressClass/nginx PATH…',
    'with what else the cluster has already (may be repeated):',
    'Kind/name or Kind/namespace/name, Pod/namespace/name?label=value',
  ],
  ['--namespace shop PATH…', 'where objects go that state no namespace (else: default)'],
  [
    '--level broken PATH…',
    'what fails: broken (it will not work), risk (and what will hurt),',
    'policy (and the style of this project); else risk, with --env policy',
  ],
  ['--rules schema,references PATH…', 'only by these rules; --skip leaves rules out'],
  ['--format json PATH…', 'for programs; sarif and github for continuous integration'],
  ['--explain RULE', 'why the rule exists, with a wrong and a right example'],
];

function helpOf(command: string, described: Described | undefined): string {
  const width = command.length + 37;
  const lines = USES.filter(([use]) => described !== undefined || !use.startsWith('--env')).flatMap(
    ([use, ...meaning]) =>
      meaning.map((text, index) => `  ${(index === 0 ? `${command} ${use}` : '').padEnd(width)}${text}`),
  );
  const piped = `  ${`helm template … | ${command} -`.padEnd(width)}standard input`;
  return `Checks manifests by Berth's rules, whatever tool made them.

${[lines[0], piped, ...lines.slice(1)].join('\n')}

Rules: ${RULE_NAMES.join(', ')}`;
}

/** The text of `--explain`. */
function explain(name: string): string {
  const rule = RULES.find((one) => one.name === name) as Rule;
  const example = (text: string) => text.trimEnd().replace(/^/gm, '    ');
  const intent = rule.needsIntent
    ? '\nIt compares objects with the settings of an environment, so it needs --env.\n'
    : '';
  return `${rule.name}\n\n${rule.rationale}\n\nLevel: ${rule.level}, where a violation says no other.\n${intent}\nWrong:\n\n${example(rule.wrong)}\n\nRight:\n\n${example(rule.right)}`;
}

/** What kustomize makes, in the namespaces of the objects that may refer to it. */
function generatedIn({ objects, generated }: ReadResult): Prerequisite[] {
  const namespaces = new Set(objects.map(({ object }) => object.metadata.namespace ?? 'default'));
  return generated.flatMap((one) =>
    one.namespace === undefined ? [...namespaces].map((namespace) => ({ ...one, namespace })) : [one],
  );
}

function violationsOf(read: ReadResult, standard: Standard, described?: Described): JudgedViolation[] {
  const { env, rules } = standard;
  const objects = read.objects.map(({ object }) => object);
  const prerequisites = [...standard.prerequisites, ...generatedIn(read)];
  return env === undefined || described === undefined
    ? withoutRepetitions(check(objects, prerequisites, undefined, rules))
    : described.violationsOf(objects, { ...standard, prerequisites, env });
}

/** Manifests to judge, and how. */
interface Task {
  readonly paths: readonly string[];
  readonly namespace: string | undefined;
  readonly failing: Level;
  readonly standard: Standard;
  readonly input: () => string;
}

/** Reads and judges. With nothing to judge, the exit code is 2. */
function judge({ paths, namespace, failing, standard, input }: Task, described?: Described) {
  const read = readWhatIsThere(paths, { namespace, input });
  if (read.objects.length > 0) {
    const result = resultOf(read, violationsOf(read, standard, described), failing, paths[0]);
    return { result, code: isFailure(result) ? 1 : 0 };
  }
  const nothing = paths.map((file) => ({ file, message: 'contains no manifest' }));
  const problems = read.problems.length > 0 ? read.problems : nothing;
  return { result: { ...emptyResult(problems, failing), leftOut: read.leftOut }, code: 2 };
}

/** @throws InputError for options that cannot be used together, or not here */
function requireUsable(env: string | undefined, system: string | undefined, isDescribed: boolean) {
  const option = env === undefined ? '--system' : '--env';
  if (!isDescribed && (env ?? system) !== undefined)
    throw new InputError([
      { file: option, message: `needs a project with environments: run npm run check -- ${option} there` },
    ]);
  if (system !== undefined && env === undefined)
    throw new InputError([{ file: '--system', message: 'needs --env as well' }]);
}

/**
 * The program that checks manifests.
 *
 * @param command how it is started
 * @param described the project by whose descriptions manifests can be judged. @default - by none
 */
export function checkProgram(command: string, described?: Described) {
  const help = helpOf(command, described);
  return new Program({
    name: 'check',
    help,
    options: {
      env: { type: 'string' },
      system: { type: 'string' },
      given: { type: 'string', multiple: true },
      namespace: { type: 'string' },
      level: { type: 'string' },
      rules: { type: 'string', multiple: true },
      skip: { type: 'string', multiple: true },
      format: { type: 'string', default: 'text' },
      explain: { type: 'string' },
    },
    positionals: true,
    choices: {
      ...(described && { env: described.environments, system: described.systems }),
      level: () => LEVELS,
      format: () => Object.keys(FORMATS),
      explain: () => RULE_NAMES,
    },
    run: ({ env, system, given = [], format, explain: rule, positionals: paths, ...asked }, io: Io) => {
      if (rule !== undefined) {
        io.say(explain(rule));
        return 0;
      }
      const failing = (asked.level as Level | undefined) ?? (env === undefined ? 'risk' : 'policy');
      const say = (result: Result) => io.say((FORMATS[format] as (typeof FORMATS)[string])(result));
      try {
        requireUsable(env, system, described !== undefined);
        const prerequisites = given.map(prerequisiteFrom);
        const standard = {
          env,
          system,
          prerequisites,
          rules: rulesFor(asked as Asked, env !== undefined),
          root: io.root,
        };
        if (paths.length === 0) {
          throw new InputError([{ file: 'check', message: `expected files or folders to check\n\n${help}` }]);
        }
        const task = { paths, namespace: asked.namespace, failing, standard, input: () => io.input() };
        const { result, code } = judge(task, described);
        say(result);
        return code;
      } catch (error) {
        if (error instanceof InputError && format !== 'text') say(emptyResult(error.problems, failing));
        throw error;
      }
    },
  });
}
