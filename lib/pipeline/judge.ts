import { check } from '../checks/check';
import type { Prerequisite } from '../checks/cluster/prerequisite';
import { formatViolation, type Violation } from '../checks/cluster/violation';
import type { ManifestObject } from '../manifests/object';
import { type Built, isSystem } from './build';
import { intentOf, mergeIntents } from './intent';

/** Judges objects as if they were those of systems that share a cluster, which may have more than their environment file says. */
export function judgeAs(
  built: readonly Built[],
  objects: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[] = [],
): Violation[] {
  const intents = built.filter(isSystem).map(({ model }) => intentOf(model));
  return check(objects, [...built.flatMap((one) => one.prerequisites), ...prerequisites], mergeIntents(intents));
}

/** Judges each environment as a whole, and says what does not hold. */
export function judge(built: readonly Built[]): string[] {
  return [...new Set(built.map(({ environment }) => environment))].flatMap((name) => {
    const systemsOf = built.filter(({ environment }) => environment === name);
    const violations = judgeAs(
      systemsOf,
      systemsOf.flatMap(({ objects }) => objects),
    );
    return violations.map((violation) => `${name}: ${formatViolation(violation)}`);
  });
}
