// Checks manifests: `npm run check -- [--env NAME [--system NAME]] [--format text|json] PATH…`.

import { registry } from '../charts';
import { counted } from '../lib/base/counted';
import { InputError } from '../lib/base/problem';
import { check, RULES } from '../lib/checks/check';
import type { Prerequisite } from '../lib/checks/cluster/prerequisite';
import { countViolations, type Violation } from '../lib/checks/cluster/violation';
import { exemptionsOf } from '../lib/checks/exemptions';
import { environmentNames } from '../lib/config/environment-folders';
import { PLATFORM } from '../lib/config/platform';
import { objectName } from '../lib/manifests/object';
import { type ReadObject, readManifests } from '../lib/manifests/read';
import { buildEnvironments } from '../lib/pipeline/build';
import { judgeAs } from '../lib/pipeline/judge';
import { Program } from '../lib/pipeline/program';

const HELP = `Checks manifests by Berth's rules, whatever tool made them.

  npm run check -- PATH…                               files or folders, by all rules that need no settings
  npm run check -- --env prod --system salient PATH…   as the objects of that system, by all rules
  npm run check -- --given IngressClass/nginx PATH…    with what else the cluster has already (may be repeated):
                                                       Kind/name or Kind/namespace/name, Pod/namespace/name?label=value
  npm run check -- --format json PATH…                 for programs
  npm run check -- --explain RULE                      why the rule exists, with a wrong and a right example

Rules: ${RULES.map(({ name }) => name).join(', ')}`;

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
  const rule = RULES.find((one) => one.name === name) as (typeof RULES)[number];
  const example = (text: string) => text.trimEnd().replace(/^/gm, '    ');
  const intent = rule.needsIntent
    ? '\nIt compares objects with the settings of an environment, so it needs --env.\n'
    : '';
  return `${rule.name}\n\n${rule.rationale}\n${intent}\nWrong:\n\n${example(rule.wrong)}\n\nRight:\n\n${example(rule.right)}`;
}

/** The violations of manifests. A system is checked together with its environment's platform, which it may refer to. */
function violationsOf(
  read: readonly ReadObject[],
  env: string | undefined,
  system: string | undefined,
  prerequisites: readonly Prerequisite[],
  root: string,
): Violation[] {
  const objects = read.map(({ object }) => object);
  if (env === undefined) return check(objects, prerequisites);
  const environment = buildEnvironments(registry, root, [env]);
  if (system === undefined) return judgeAs(environment, objects, prerequisites);
  const built = environment.filter((one) => one.system === system || one.system === PLATFORM);
  const beside = built.flatMap((one) => (one.system === system ? [] : one.objects));
  return judgeAs(built, [...beside, ...objects], prerequisites).filter(({ object }) => objects.includes(object));
}

/** The violations and exemptions as text or JSON. */
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
  return [...lines, ...exempt, `${countViolations(violations)} in ${counted(read.length, 'object')}`].join('\n');
}

export default new Program({
  name: 'check',
  help: HELP,
  options: {
    env: { type: 'string' },
    system: { type: 'string' },
    given: { type: 'string', multiple: true },
    format: { type: 'string', default: 'text' },
    explain: { type: 'string' },
  },
  positionals: true,
  choices: {
    env: environmentNames,
    system: () => Object.keys(registry.schemas),
    format: () => ['text', 'json'],
    explain: () => RULES.map(({ name }) => name),
  },
  run: ({ env, system, given = [], format, explain: rule, positionals: paths }, io) => {
    if (system !== undefined && env === undefined) {
      throw new InputError([{ file: '--system', message: 'needs --env as well' }]);
    }
    const prerequisites = given.map(prerequisiteFrom);
    if (rule !== undefined) {
      io.say(explain(rule));
      return 0;
    }
    if (paths.length === 0) {
      throw new InputError([{ file: 'check', message: `expected files or folders to check\n\n${HELP}` }]);
    }
    const read = readManifests(paths);
    const violations = violationsOf(read, env, system, prerequisites, io.root);
    io.say(report(violations, read, format));
    return violations.length > 0 ? 1 : 0;
  },
});
