// Judges manifests: `npm run check -- [--env NAME [--system NAME]] [--format text|json] PATH…`.
import { schemas } from '../charts/systems';
import { exemptionsOf } from '../checks/exemptions';
import { check, RULES } from '../checks/index';
import type { Given } from '../checks/intent';
import { countViolations, objectName, type Violation } from '../checks/violation';
import { environmentNames } from '../config/load';
import { parseOptions } from '../config/options';
import { PLATFORM } from '../config/platform';
import { InputError } from '../config/problem';
import { buildEnvironments, judgeAs } from './build';
import { type ReadObject, readManifests } from './manifests';

const HELP = `Judges manifests, whoever made them.

  npm run check -- PATH…                               files or folders, by every rule that needs no intent
  npm run check -- --env prod --system salient PATH…   as if they were those of that system
  npm run check -- --given IngressClass/nginx PATH…    with what the cluster has already, besides (may be repeated):
                                                       Kind/name or Kind/namespace/name, Pod/namespace/name?label=value
  npm run check -- --format json PATH…                 for programs
  npm run check -- --explain RULE                      why a rule is there, with a wrong and a right example

Rules: ${RULES.map(({ name }) => name).join(', ')}
Exits with 0 when nothing is wrong, 1 when something is, 2 when that cannot be told.`;

/** `Kind/name`, `Kind/namespace/name`, and for pods their labels: `Pod/edge/controller?app=edge`. */
function givenFrom(text: string): Given {
  const [place = '', labels = ''] = text.split('?');
  const [kind, ...names] = place.split('/');
  const [namespace, name] = names.length > 1 ? names : [undefined, names[0]];
  if (!kind || !name || names.length > 2 || names.includes('')) {
    throw new InputError([{ file: '--given', message: `given "${text}", expected Kind/name or Kind/namespace/name` }]);
  }
  return { kind, namespace, name, labels: Object.fromEntries(new URLSearchParams(labels)) };
}

function request() {
  const options = {
    env: { type: 'string' },
    system: { type: 'string' },
    given: { type: 'string', multiple: true },
    format: { type: 'string', default: 'text' },
    explain: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = parseOptions(
    'check',
    HELP,
    { options, allowPositionals: true },
    {
      env: () => environmentNames(process.cwd()),
      system: () => Object.keys(schemas),
      format: () => ['text', 'json'],
      explain: () => RULES.map(({ name }) => name),
    },
  );
  if (values.system !== undefined && values.env === undefined) {
    throw new InputError([{ file: '--system', message: 'needs --env beside it' }]);
  }
  return { ...values, given: (values.given ?? []).map(givenFrom), paths: positionals };
}

function explain(name: string): string {
  const rule = RULES.find((one) => one.name === name) as (typeof RULES)[number];
  const example = (text: string) => text.trimEnd().replace(/^/gm, '    ');
  const intent = rule.needsIntent ? '\nIt compares with what was meant, so it needs --env.\n' : '';
  return `${rule.name}\n\n${rule.rationale}\n${intent}\nWrong:\n\n${example(rule.wrong)}\n\nRight:\n\n${example(rule.right)}`;
}

/** One system is judged beside its environment's platform, which it may refer to. */
function violationsOf(read: readonly ReadObject[], { env, system, given }: ReturnType<typeof request>): Violation[] {
  const objects = read.map(({ object }) => object);
  if (env === undefined) return check(objects, given);
  const environment = buildEnvironments(process.cwd(), [env]);
  if (system === undefined) return judgeAs(environment, objects, given);
  const built = environment.filter((one) => one.system === system || one.system === PLATFORM);
  const beside = built.flatMap((one) => (one.system === system ? [] : one.objects));
  return judgeAs(built, [...beside, ...objects], given).filter(({ object }) => objects.includes(object));
}

function report(violations: readonly Violation[], read: readonly ReadObject[], format: string): string {
  const places = new Map(read.map(({ object, file, line }) => [object, { file, line }]));
  const placed = violations.map((violation) => ({
    ...violation,
    ...(places.get(violation.object) as { file: string; line: number }),
  }));
  const exemptions = read.flatMap(({ object }) => exemptionsOf(object));
  if (format === 'json') {
    const plain = placed.map(({ object: { apiVersion, kind, metadata }, ...violation }) => {
      const { namespace, name } = metadata;
      return { ...violation, object: { apiVersion, kind, namespace, name } };
    });
    const exempt = exemptions.map(({ object, rule, reason }) => ({ rule, object: objectName(object), reason }));
    return JSON.stringify({ objects: read.length, violations: plain, exempt }, null, 2);
  }
  const lines = placed.map(
    ({ file, line, rule, object, path, message }) =>
      `${file}:${line}: ${rule}: ${objectName(object)}: ${path}: ${message}`,
  );
  const exempt = exemptions.map(({ object, rule, reason }) => `exempt from ${rule}: ${objectName(object)}: ${reason}`);
  return [...lines, ...exempt, `${countViolations(violations)} in ${read.length} objects`].join('\n');
}

function main(): number {
  const asked = request();
  const { paths, format, explain: rule, help } = asked;
  if (help || rule !== undefined) {
    console.log(rule === undefined ? HELP : explain(rule));
    return 0;
  }
  if (paths.length === 0)
    throw new InputError([{ file: 'check', message: `expected files or folders to judge\n\n${HELP}` }]);
  const read = readManifests(paths);
  const violations = violationsOf(read, asked);
  console.log(report(violations, read, format));
  return violations.length > 0 ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  // Whatever happens, it is no verdict: 1 would say that something is wrong with the manifests.
  console.error(error instanceof InputError ? error.message : error);
  process.exitCode = 2;
}
