// Checks manifests: `npm run check -- [--env NAME [--system NAME]] [--format text|json|sarif|github] PATH…`.
import { registry } from '../charts';
import { expectedOneOf } from '../lib/base/nearest';
import { InputError } from '../lib/base/problem';
import { check, RULES } from '../lib/checks/check';
import type { Prerequisite } from '../lib/checks/cluster/prerequisite';
import { type JudgedViolation, LEVELS, type Level } from '../lib/checks/cluster/violation';
import type { Rule } from '../lib/checks/rule';
import { environmentNames } from '../lib/config/environment-folders';
import { PLATFORM } from '../lib/config/platform';
import { type ReadObject, readWhatIsThere } from '../lib/manifests/read';
import { buildEnvironments } from '../lib/pipeline/build';
import { judgeAs, withSettings } from '../lib/pipeline/judge';
import { type Io, Program } from '../lib/pipeline/program';
import { FORMATS } from './check/formats';
import { emptyResult, isFailure, type Result, resultOf, withoutRepetitions } from './check/result';

const RULE_NAMES = RULES.map(({ name }) => name);

const HELP = `Checks manifests by Berth's rules, whatever tool made them.

  npm run check -- PATH…                               files or folders, by all rules that need no settings
  helm template … | npm run check -- -                 standard input
  npm run check -- --env prod --system salient PATH…   as the objects of that system, by all rules: what differs from its
                                                       description, which setting changes that, and what it leads to
  npm run check -- --given IngressClass/nginx PATH…    with what else the cluster has already (may be repeated):
                                                       Kind/name or Kind/namespace/name, Pod/namespace/name?label=value
  npm run check -- --namespace shop PATH…              where objects go that state no namespace (else: default)
  npm run check -- --level broken PATH…                what fails: broken (it will not work), risk (and what will hurt),
                                                       policy (and the style of this project); else risk, with --env policy
  npm run check -- --rules schema,references PATH…     only by these rules; --skip leaves rules out
  npm run check -- --format json PATH…                 for programs; sarif and github for continuous integration
  npm run check -- --explain RULE                      why the rule exists, with a wrong and a right example

Rules: ${RULE_NAMES.join(', ')}`;

/** `Kind/name`, `Kind/namespace/name`, and for pods their labels: `Pod/edge/controller?app=edge`. */
function prerequisiteFrom(text: string): Prerequisite {
  const [place = '', labels = ''] = text.split('?');
  const [kind, ...names] = place.split('/');
  const [namespace, name] = names.length > 1 ? names : [undefined, names[0]];
  if (!kind || !name || names.length > 2 || names.includes('')) {
    throw new InputError([{ file: '--given', message: `given "${text}", expected Kind/name or Kind/namespace/name` }]);
  }
  return { kind, namespace, name, labels: Object.fromEntries(new URLSearchParams(labels)) };
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

/** The names in an option that may be repeated, or hold several with commas. */
function ruleNames(option: string, given: readonly string[]): string[] {
  const names = given.flatMap((text) => text.split(',')).filter((name) => name !== '');
  const unknown = names.filter((name) => !RULE_NAMES.includes(name));
  if (unknown.length === 0) return names;
  throw new InputError(
    unknown.map((name) => ({ file: option, message: `given "${name}", ${expectedOneOf(RULE_NAMES, name)}` })),
  );
}

function rulesFor(only: readonly string[], skipped: readonly string[]): Rule[] {
  const [wanted, without] = [ruleNames('--rules', only), ruleNames('--skip', skipped)];
  return RULES.filter(({ name }) => (wanted.length === 0 || wanted.includes(name)) && !without.includes(name));
}

/** What manifests are judged by. */
interface Standard {
  readonly env: string | undefined;
  readonly system: string | undefined;
  readonly prerequisites: readonly Prerequisite[];
  readonly rules: readonly Rule[];
  readonly root: string;
}

/** The violations of manifests. A system is checked together with its environment's platform, which it may refer to. */
function violationsOf(
  read: readonly ReadObject[],
  { env, system, prerequisites, rules, root }: Standard,
): JudgedViolation[] {
  const objects = read.map(({ object }) => object);
  if (env === undefined) return withoutRepetitions(check(objects, prerequisites, undefined, rules));
  const built = buildEnvironments(registry, root, [env]).filter(
    (one) => system === undefined || one.system === system || one.system === PLATFORM,
  );
  const beside = built.flatMap((one) => (system === undefined || one.system === system ? [] : one.objects));
  const all = judgeAs(built, [...beside, ...objects], prerequisites, rules);
  return all.filter(({ object }) => !beside.includes(object)).map((violation) => withSettings(violation, built));
}

/** Reads and judges. With nothing to judge, the exit code is 2. */
function judge(paths: readonly string[], namespace: string | undefined, standard: Standard, failing: Level, io: Io) {
  const read = readWhatIsThere(paths, { namespace, input: () => io.input() });
  if (read.objects.length > 0) {
    const result = resultOf(read, violationsOf(read.objects, standard), failing, paths[0]);
    return { result, code: isFailure(result) ? 1 : 0 };
  }
  const nothing = paths.map((file) => ({ file, message: 'contains no manifest' }));
  const problems = read.problems.length > 0 ? read.problems : nothing;
  return { result: { ...emptyResult(problems, failing), leftOut: read.leftOut }, code: 2 };
}

export default new Program({
  name: 'check',
  help: HELP,
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
    env: environmentNames,
    system: (root) => Object.keys(registry.in(root).schemas),
    level: () => LEVELS,
    format: () => Object.keys(FORMATS),
    explain: () => RULE_NAMES,
  },
  run: ({ env, system, given = [], format, explain: rule, positionals: paths, ...asked }, io) => {
    if (rule !== undefined) {
      io.say(explain(rule));
      return 0;
    }
    const failing = (asked.level as Level | undefined) ?? (env === undefined ? 'risk' : 'policy');
    const say = (result: Result) => io.say((FORMATS[format] as (typeof FORMATS)[string])(result));
    try {
      if (system !== undefined && env === undefined) {
        throw new InputError([{ file: '--system', message: 'needs --env as well' }]);
      }
      const rules = rulesFor(asked.rules ?? [], asked.skip ?? []);
      const standard = { env, system, prerequisites: given.map(prerequisiteFrom), rules, root: io.root };
      if (paths.length === 0) {
        throw new InputError([{ file: 'check', message: `expected files or folders to check\n\n${HELP}` }]);
      }
      const { result, code } = judge(paths, asked.namespace, standard, failing, io);
      say(result);
      return code;
    } catch (error) {
      if (error instanceof InputError && format !== 'text') say(emptyResult(error.problems, failing));
      throw error;
    }
  },
});
