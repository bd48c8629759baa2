import { check, RULES } from '../checks/check';
import type { Prerequisite } from '../checks/cluster/prerequisite';
import { formatViolation, type JudgedViolation, type Violation } from '../checks/cluster/violation';
import type { Intent } from '../checks/intent';
import type { Rule } from '../checks/rule';
import type { ManifestObject } from '../manifests/object';
import { type Built, isSystem } from './build';
import { intentOf, mergeIntents } from './intent';
import { settingsOf } from './settings';

/** The combined intent of built systems that share a cluster, with the objects that they make. */
export function intentOfAll(built: readonly Built[]): Intent {
  const intents = built.filter(isSystem).map(({ model }) => intentOf(model));
  return { ...mergeIntents(intents), objects: built.flatMap((one) => one.objects), pools: built[0]?.pools };
}

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
  return check(objects, [...built.flatMap((one) => one.prerequisites), ...prerequisites], intentOfAll(built), rules);
}

/** A violation whose message names the settings that change it. */
export function withSettings<One extends Violation>(violation: One, built: readonly Built[]): One {
  const settings = settingsOf(violation, built);
  return settings.length === 0
    ? violation
    : { ...violation, message: `${violation.message}; set by ${settings.join(', ')}` };
}

/** Checks the systems of each environment together. Returns the formatted violations. */
export function judge(built: readonly Built[]): string[] {
  return [...new Set(built.map(({ environment }) => environment))].flatMap((name) => {
    const systemsOf = built.filter(({ environment }) => environment === name);
    const violations = judgeAs(
      systemsOf,
      systemsOf.flatMap(({ objects }) => objects),
    );
    return violations.map((violation) => `${name}: ${formatViolation(withSettings(violation, systemsOf))}`);
  });
}
