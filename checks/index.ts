import { identity } from './identity';
import type { ManifestObject, Rule, Violation } from './violation';

/** Every rule. */
const RULES: readonly Rule[] = [identity];

/** Judges all objects of one environment, as they will be applied. */
export function check(objects: readonly ManifestObject[]): Violation[] {
  return RULES.flatMap((rule) => rule(objects));
}

export { formatViolation, type ManifestObject, objectName, type Violation } from './violation';
