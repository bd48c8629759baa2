/** A Kubernetes object as it is applied. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind; the rule "schema" checks their shape
  readonly [field: string]: any;
}

/** `Deployment salient-prod/chat-api`, `Namespace salient-prod`. */
export function objectName({ kind, metadata: { namespace, name } }: ManifestObject): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** The fields of a Kubernetes object from which the name of its file is made. */
export interface NamedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Whether a value has the fields that every Kubernetes object needs: apiVersion, kind and metadata.name. */
export function isObject(value: unknown): value is ManifestObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<ManifestObject>;
  const { name, namespace = '' } = metadata ?? {};
  return [apiVersion, kind, name, namespace].every((text) => typeof text === 'string');
}
