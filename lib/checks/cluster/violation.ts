import { counted } from '../../base/counted';
import { type ManifestObject, objectName } from '../../manifests/object';

/**
 * How much a violation matters. "broken": it will not work, or the API server refuses it. "risk": it works, and will hurt. "policy": the
 * style of this project, which others need not share.
 */
export type Level = 'broken' | 'risk' | 'policy';

/** All levels, the worst first. */
export const LEVELS: readonly Level[] = ['broken', 'risk', 'policy'];

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
  /** @default - that of the rule */
  readonly level?: Level | undefined;
  /** Settings of the intent's author that change it, beside that of the object, as `database.maxConnections`. @default - none */
  readonly settings?: readonly string[];
}

/** A violation with its level. */
export interface JudgedViolation extends Violation {
  readonly level: Level;
}

/** A violation without the name of its rule. */
export type Finding = Omit<Violation, 'rule'>;

/** A violation of a known rule and object. */
export type FieldFinding = Pick<Violation, 'path' | 'message' | 'level'>;

/** `1 violation`, `3 violations`. */
export function countViolations({ length }: readonly unknown[]): string {
  return counted(length, 'violation');
}

/** `secrets: ConfigMap shop/settings: data.PASSWORD: given …, expected …` */
export function formatViolation({ rule, object, path, message }: Violation): string {
  return `${rule}: ${objectName(object)}: ${path}: ${message}`;
}
