import { counted } from '../../base/counted';
import { type ManifestObject, objectName } from '../../manifests/object';

/** One violation of a rule. */
export interface Violation {
  /** The rule's name. */
  readonly rule: string;
  /** The object that violates it. */
  readonly object: ManifestObject;
  /** The field in it, as `spec.rules[0].host`. */
  readonly path: string;
  /** One sentence: given X, expected Y; remedy. */
  readonly message: string;
  /** Settings of the intent's author that change it, beside that of the object, as `database.maxConnections`. @default - none */
  readonly settings?: readonly string[];
}

/** A violation without the name of its rule. */
export type Finding = Omit<Violation, 'rule'>;

/** A violation of a known rule and object. */
export type FieldFinding = Pick<Violation, 'path' | 'message'>;

/** `1 violation`, `3 violations`. */
export function countViolations({ length }: readonly unknown[]): string {
  return counted(length, 'violation');
}

/** `secrets: ConfigMap shop/settings: data.PASSWORD: given …, expected …` */
export function formatViolation({ rule, object, path, message }: Violation): string {
  return `${rule}: ${objectName(object)}: ${path}: ${message}`;
}
