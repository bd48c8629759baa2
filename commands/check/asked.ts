import { expectedOneOf } from '../../lib/base/nearest';
import { InputError } from '../../lib/base/problem';
import { RULES } from '../../lib/checks/check';
import type { Prerequisite } from '../../lib/checks/cluster/prerequisite';
import type { Level } from '../../lib/checks/cluster/violation';
import type { Rule } from '../../lib/checks/rule';

export const RULE_NAMES = RULES.map(({ name }) => name);

/** What manifests are judged by, as it is asked for. */
export interface Asked {
  readonly given?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly level?: Level | undefined;
  readonly rules?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
}

/**
 * What the cluster has already, from `Kind/name` or `Kind/namespace/name`, for pods with their labels: `Pod/edge/controller?app=edge`.
 *
 * @throws InputError for a text of another form
 */
export function prerequisiteFrom(text: string): Prerequisite {
  const [place = '', labels = ''] = text.split('?');
  const [kind, ...names] = place.split('/');
  const [namespace, name] = names.length > 1 ? names : [undefined, names[0]];
  if (!kind || !name || names.length > 2 || names.includes('')) {
    throw new InputError([{ file: '--given', message: `given "${text}", expected Kind/name or Kind/namespace/name` }]);
  }
  return { kind, namespace, name, labels: Object.fromEntries(new URLSearchParams(labels)) };
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

/**
 * @param isDescribed whether the description of the manifests is known
 * @throws InputError for a name that no rule has, and for a rule that needs the description
 */
export function rulesFor({ rules = [], skip = [] }: Asked, isDescribed: boolean): Rule[] {
  const [wanted, without] = [ruleNames('--rules', rules), ruleNames('--skip', skip)];
  const needing = RULES.filter(({ name, needsIntent }) => needsIntent && !isDescribed && wanted.includes(name));
  if (needing.length > 0)
    throw new InputError(
      needing.map(({ name }) => ({
        file: '--rules',
        message: `given "${name}", which compares with a description: it needs --env`,
      })),
    );
  return RULES.filter(({ name }) => (wanted.length === 0 || wanted.includes(name)) && !without.includes(name));
}
