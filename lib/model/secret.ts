import { hashOf } from '../base/hash';
import { isText, type Text } from './address';
import type { SecretSource } from './secret-source';

/** A piece of a composed value: text, or another key's value, encoded for use in a URL. */
export type TemplatePart = Text | { readonly urlEncoded: string };

/** Where one key's value comes from. */
export type SecretValue =
  | {
      /** The remote key below the prefix, as in `postgres/admin-password`. */
      readonly remote: string;
      /** The property of a remote value that is a JSON object. @default - the value is the whole */
      readonly property?: string;
      /** What it is, in a few words, for whoever puts it there. @default - its key says enough */
      readonly about?: string;
      /** Whether any random text will do; else somebody else issues it. @default false */
      readonly random?: boolean;
      /** The well-known value on a developer's cluster. */
      readonly development: string;
    }
  | { readonly template: readonly TemplatePart[] };

/** One value of a Secret, as a container reads it. */
export interface SecretKey {
  readonly secret: Secret;
  readonly key: string;
}

export interface SecretProps<Key extends string> {
  readonly namespace: string;
  readonly name: string;
  /** The name of the ExternalSecret that fills it. */
  readonly externalName: string;
  readonly source: SecretSource;
  readonly values: Readonly<Record<Key, SecretValue>>;
  /**
   * Remote JSON objects that are fetched as they are, each property a key: one that is missing is a missing key then, and not a
   * failure of them all. Where a value is a property of another name than its key, the values alone are kept, and one that is
   * missing is empty. @default - each value is fetched alone
   */
  readonly extractFrom?: readonly string[];
  /** Counts the changes of these values alone, beside the source's own revision. @default 0 */
  readonly revision?: number;
  /**
   * Whether the Secret says under {@link REVISION_KEY} which revision and which keys it has, so that who reads it knows whether it has come.
   * It is fetched when that changes, and at no other time. @default false
   */
  readonly revisionKey?: boolean;
  /** @default Opaque */
  readonly type?: string;
  /** Beside the usual ones. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The key that says which revision and which keys a Secret has. Its file is hidden from those who list the others. */
export const REVISION_KEY = '.revision';

/** A Secret: which keys it has and where their values come from. Containers read them one by one. */
export class Secret<Key extends string = string> {
  readonly namespace: string;
  readonly name: string;
  readonly externalName: string;
  readonly source: SecretSource;
  readonly values: Readonly<Record<Key, SecretValue>>;
  readonly extractFrom: readonly string[];
  readonly revisionText: string | undefined;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  /** When it rises, the values have changed: they are fetched again and the pods that read them roll. */
  readonly revision: number;

  constructor(props: SecretProps<Key>) {
    this.namespace = props.namespace;
    this.name = props.name;
    this.externalName = props.externalName;
    this.source = props.source;
    this.extractFrom = props.extractFrom ?? [];
    this.type = props.type ?? 'Opaque';
    this.labels = props.labels ?? {};
    this.revision = props.source.revision + (props.revision ?? 0);
    this.revisionText = props.revisionKey ? `${this.revision}-${hashOf(Object.keys(props.values), 8)}` : undefined;
    this.values = {
      ...props.values,
      ...(this.revisionText !== undefined && { [REVISION_KEY]: { template: [this.revisionText] } }),
    };
  }

  /** Environment variables with the names of the keys. */
  pick<K extends Key>(...keys: K[]): Record<K, SecretKey> {
    return Object.fromEntries(keys.map((key) => [key, { secret: this, key }])) as unknown as Record<K, SecretKey>;
  }

  /**
   * Where a key's value comes from: when this is another text, it is another value. It holds no value that is secret.
   *
   * @param print how a platform prints addresses
   */
  originOf(key: Key, print: (text: Text) => string): string {
    const { source } = this;
    if (source.kind === 'development') return this.developmentValue(key, print);
    const value = this.values[key];
    const parts =
      'template' in value ? value.template : [value.remote, ...(value.property === undefined ? [] : [value.property])];
    const origins = parts.map((part) => (isText(part) ? print(part) : this.originOf(part.urlEncoded as Key, print)));
    const place = source.kind === 'external' ? [source.store, source.prefix] : [];
    return JSON.stringify([origins, place, this.revision]);
  }

  /** A key's well-known value on a developer's cluster; `print` as in {@link originOf}. */
  developmentValue(key: Key, print: (text: Text) => string): string {
    const value = this.values[key];
    return 'development' in value
      ? value.development
      : value.template
          .map((part) =>
            isText(part) ? print(part) : encodeURIComponent(this.developmentValue(part.urlEncoded as Key, print)),
          )
          .join('');
  }
}
