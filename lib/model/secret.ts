import { hashOf } from '../base/hash';
import { isText, type Text } from './address';
import type { SecretSource } from './secret-source';

/**
 * A part of a composed value: text, or the value of another key: as it is, URL-encoded, or quoted: in double quotes, with each double quote
 * in it doubled. Source: learn.microsoft.com, Connection Strings in ADO.NET.
 */
export type TemplatePart =
  | Text
  | { readonly urlEncoded: string }
  | { readonly quoted: string }
  | { readonly plain: string };

/** The key whose value a part contains. */
export function keyIn(part: Exclude<TemplatePart, Text>): string {
  return 'plain' in part ? part.plain : 'quoted' in part ? part.quoted : part.urlEncoded;
}

/** A value as a part contains it. */
export function encodedAs(part: Exclude<TemplatePart, Text>, value: string): string {
  if ('plain' in part) return value;
  if ('quoted' in part) return `"${value.replaceAll('"', '""')}"`;
  // Go and jq encode the apostrophe, too.
  return encodeURIComponent(value).replaceAll("'", '%27');
}

/** The source of one key's value: a key of the secret store, or a template of texts and other keys. */
export type SecretValue =
  | {
      /** The remote key without the prefix, such as `postgres/admin-password`. */
      readonly remote: string;
      /** The property, where the remote value is a JSON object. @default - the whole remote value */
      readonly property?: string;
      /** A description for the person who stores the value. @default - no description */
      readonly about?: string;
      /**
       * Whether the value may be generated at random: 64 hexadecimal digits, or a key of Fernet (32 bytes in Base64 for URLs); otherwise
       * another service issues it. @default false
       */
      readonly random?: boolean | 'fernet';
      /** Whether data cannot be read any more without it: it is never replaced, and a copy is kept elsewhere. @default false */
      readonly permanent?: boolean;
      /**
       * Whether a role of a database, a pooler or Redis has it as its password, too. Each Secret with it is then fetched by its revision
       * alone: a password that came by itself would be another one than its role has.
       *
       * @default false
       */
      readonly ofRole?: boolean;
      /** The public value on clusters of developers. */
      readonly development: string;
    }
  | { readonly template: readonly TemplatePart[] };

/** A reference to one key of a Secret, for an environment variable. */
export interface SecretKey {
  readonly secret: Secret;
  readonly key: string;
}

/** The keys of a Secret and the sources of their values. */
export interface SecretProps<Key extends string> {
  readonly namespace: string;
  readonly name: string;
  /** The name of the ExternalSecret that fills the Secret. */
  readonly externalName: string;
  readonly source: SecretSource;
  /** The keys of the Secret, with the sources of their values. */
  readonly values: Readonly<Record<Key, SecretValue>>;
  /**
   * Remote JSON objects to fetch as a whole (`dataFrom`). A missing property is then a missing key, and does not fail the whole Secret.
   * If a key has another name than its property, only the keys of `values` are kept, and a missing property is an empty value.
   *
   * @default - each value is fetched on its own
   */
  readonly extractFrom?: readonly string[];
  /** Increase it after a change of these values only; it is added to the revision of the source. @default 0 */
  readonly revision?: number;
  /**
   * Whether the key {@link REVISION_KEY} tells the revision and the set of keys, so that a Job can wait until the Secret is up to date.
   * The Secret is then {@link Secret.fetchedByRevision}.
   *
   * @default false
   */
  readonly revisionKey?: boolean;
  /** The type of the Secret object. @default Opaque */
  readonly type?: string;
  /** Labels of the Secret besides the usual ones. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The key that tells the revision and the set of keys of a Secret. It begins with a dot, so that `*` in a shell does not match its file. */
export const REVISION_KEY = '.revision';

/**
 * A Secret: its keys and the sources of their values, never the values themselves (except public development values).
 *
 * @example
 * const secret = new Secret({
 *   namespace: 'shop-prod', name: 'shop-credentials', externalName: 'shop-external-secret', source,
 *   values: { DATABASE_PASSWORD: db.password, DATABASE_URL: db.url('DATABASE_PASSWORD') },
 * });
 * component({ ...props, env: secret.pick('DATABASE_URL') });
 */
export class Secret<Key extends string = string> {
  readonly namespace: string;
  readonly name: string;
  readonly externalName: string;
  readonly source: SecretSource;
  readonly values: Readonly<Record<Key, SecretValue>>;
  readonly extractFrom: readonly string[];
  /** The value of {@link REVISION_KEY}. @default - the Secret does not have that key */
  readonly revisionText: string | undefined;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The sum of both revisions. When it changes, the values are fetched again and the pods that read them restart. */
  readonly revision: number;
  /** Whether it is fetched only when its revision or its keys change, and never by itself. */
  readonly fetchedByRevision: boolean;

  constructor(props: SecretProps<Key>) {
    this.namespace = props.namespace;
    this.name = props.name;
    this.externalName = props.externalName;
    this.source = props.source;
    this.extractFrom = props.extractFrom ?? [];
    this.type = props.type ?? 'Opaque';
    this.labels = props.labels ?? {};
    this.revision = props.source.revision + (props.revision ?? 0);
    const values: SecretValue[] = Object.values(props.values);
    this.fetchedByRevision = props.revisionKey === true || values.some((value) => 'remote' in value && value.ofRole);
    this.revisionText = props.revisionKey ? `${this.revision}-${hashOf(Object.keys(props.values), 8)}` : undefined;
    this.values = {
      ...props.values,
      ...(this.revisionText !== undefined && { [REVISION_KEY]: { template: [this.revisionText] } }),
    };
  }

  /** Environment variables that read some keys and have the same names. */
  pick<K extends Key>(...keys: K[]): Record<K, SecretKey> {
    return Object.fromEntries(keys.map((key) => [key, { secret: this, key }])) as unknown as Record<K, SecretKey>;
  }

  /**
   * A text that changes when the value of a key may have changed, and that contains no secret value.
   *
   * @param print renders texts with addresses
   */
  originOf(key: Key, print: (text: Text) => string): string {
    const { source } = this;
    if (source.kind === 'development') return this.developmentValue(key, print);
    const value = this.values[key];
    const parts =
      'template' in value ? value.template : [value.remote, ...(value.property === undefined ? [] : [value.property])];
    const origins = parts.map((part) => (isText(part) ? print(part) : this.originOf(keyIn(part) as Key, print)));
    const place = source.kind === 'external' ? [source.store, source.prefix] : [];
    return JSON.stringify([origins, place, this.revision]);
  }

  /** The public value of a key on clusters of developers; `print` as in {@link originOf}. */
  developmentValue(key: Key, print: (text: Text) => string): string {
    const value = this.values[key];
    return 'development' in value
      ? value.development
      : value.template
          .map((part) =>
            isText(part) ? print(part) : encodedAs(part, this.developmentValue(keyIn(part) as Key, print)),
          )
          .join('');
  }
}
