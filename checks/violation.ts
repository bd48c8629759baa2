/** A Kubernetes object as it is applied. Rules know nothing else of where it came from. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind, whose shape the rule "schema" judges
  readonly [field: string]: any;
}

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

/** `Deployment salient-prod/chat-api`, `Namespace salient-prod`. */
export function objectName({ kind, metadata: { namespace, name } }: ManifestObject): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** `1 violation`, `3 violations`. */
export function countViolations({ length }: readonly unknown[]): string {
  return length === 1 ? '1 violation' : `${length} violations`;
}

export function formatViolation({ rule, object, path, message }: Violation): string {
  return `${rule}: ${objectName(object)}: ${path}: ${message}`;
}
