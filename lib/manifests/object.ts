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

/** `Deployment salient-prod/chat-api`, `Namespace salient-prod`. */
export function objectName({ kind, metadata: { namespace, name } }: ManifestObject): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** The parts of a Kubernetes object that its file's name is made of. */
export interface NamedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Whether a value is an object with the parts that all of ours have. */
export function isObject(value: unknown): value is ManifestObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<ManifestObject>;
  const { name, namespace = '' } = metadata ?? {};
  return [apiVersion, kind, name, namespace].every((text) => typeof text === 'string');
}
