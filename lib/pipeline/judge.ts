import { check, RULES } from '../checks/check';
import type { Prerequisite } from '../checks/cluster/prerequisite';
import { formatViolation, type JudgedViolation } from '../checks/cluster/violation';
import type { Rule } from '../checks/rule';
import type { ManifestObject } from '../manifests/object';
import { type Built, isSystem } from './build';
import { intentOf, mergeIntents } from './intent';
import { settingsOf } from './settings';

/**
 * Checks objects by the intent of built systems that share a cluster.
 *
 * @param objects the objects to check, such as those of a running cluster
 * @param prerequisites what exists in the cluster beside the prerequisites of the systems. @default - nothing
 * @param rules the rules to apply. @default - all
 */
export function judgeAs(
  built: readonly Built[],
  objects: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[] = [],
  rules: readonly Rule[] = RULES,
): JudgedViolation[] {
  const intents = built.filter(isSystem).map(({ model }) => intentOf(model));
  const intent = { ...mergeIntents(intents), pools: built[0]?.pools };
  return check(objects, [...built.flatMap((one) => one.prerequisites), ...prerequisites], intent, rules);
}

/** Checks the systems of each environment together. Returns the formatted violations. */
export function judge(built: readonly Built[]): string[] {
  return [...new Set(built.map(({ environment }) => environment))].flatMap((name) => {
    const systemsOf = built.filter(({ environment }) => environment === name);
    const violations = judgeAs(
      systemsOf,
      systemsOf.flatMap(({ objects }) => objects),
    );
    return violations.map((violation) => {
      const settings = settingsOf(violation, systemsOf);
      const places = settings.length > 0 ? `; set by ${settings.join(', ')}` : '';
      return `${name}: ${formatViolation(violation)}${places}`;
    });
  });
}
