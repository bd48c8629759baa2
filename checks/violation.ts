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
  readonly [field: string]: unknown;
}

/** One thing that does not hold. */
export interface Violation {
  /** The rule, by its file's name. */
  readonly rule: string;
  /** The object, as `Kind namespace/name`. */
  readonly object: string;
  /** The field in it, as `spec.rules[0].host`. */
  readonly path: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

export type Rule = (objects: readonly ManifestObject[]) => Violation[];

/** `Deployment salient-prod/chat-api`, `Namespace salient-prod`. */
export function objectName({ kind, metadata: { namespace, name } }: ManifestObject): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

export function formatViolation({ rule, object, path, message }: Violation): string {
  return `${rule}: ${object}: ${path}: ${message}`;
}
