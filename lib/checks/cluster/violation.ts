import { type ManifestObject, objectName } from '../../manifests/object';

/** One thing that does not hold. */
export interface Violation {
  /** The rule's name. */
  readonly rule: string;
  /** The object that it is told of. */
  readonly object: ManifestObject;
  /** The field in it, as `spec.rules[0].host`. */
  readonly path: string;
  /** What was given, what was expected and how to mend it, in one sentence. */
  readonly message: string;
}

/** The same, of a rule whose name is added by the rule. */
export type Finding = Omit<Violation, 'rule'>;

/** The same, of an object that is looked at anyway. */
export type FieldFinding = Pick<Violation, 'path' | 'message'>;

/** `1 violation`, `3 violations`. */
export function countViolations({ length }: readonly unknown[]): string {
  return length === 1 ? '1 violation' : `${length} violations`;
}

export function formatViolation({ rule, object, path, message }: Violation): string {
  return `${rule}: ${objectName(object)}: ${path}: ${message}`;
}
