import { remoteRef } from '../constructs/secrets/store';
import type { Secret } from '../model/secret';
import type { ExternalSource, SecretStore } from '../model/secret-source';

/** A SecretStore that reads a value of a store. */
export interface Reader {
  readonly namespace: string;
  /** The name of the SecretStore. */
  readonly store: string;
  /** The ServiceAccount that authenticates to the store. */
  readonly serviceAccount: string;
}

/** One value that a store has to contain. */
export interface Need {
  /** The remote key. */
  readonly key: string;
  /** The property of the JSON object at the key. @default - the whole value */
  readonly property?: string;
  /** A short description. */
  readonly about: string;
  /** Whether any random text is valid, or a key of Fernet. Otherwise another service issues the value. */
  readonly random: boolean | 'fernet';
  /** Whether data cannot be read any more without it. */
  readonly permanent: boolean;
  readonly readers: readonly Reader[];
}

/** A key of a store, with its values. */
export interface RemoteKey {
  readonly key: string;
  /** One whole value, or properties. Empty if it has no values yet. */
  readonly needs: readonly Need[];
  /** Whether the value is a JSON object. */
  readonly isObject: boolean;
}

/** A store, and the keys that an environment needs in it. */
export interface StoreNeeds {
  readonly store: SecretStore;
  /** What its keys begin with: of each system one. */
  readonly prefixes: readonly string[];
  readonly keys: readonly RemoteKey[];
  readonly readers: readonly Reader[];
}

/** The full name of a remote value, as `npm run secrets` and the listings write it: `shop/backups:restic-password`. */
export function remoteName(source: ExternalSource, remote: string, property?: string): string {
  const ref = remoteRef(source, remote, property);
  return ref.property === undefined ? ref.key : `${ref.key}:${ref.property}`;
}

/** Removes duplicates, compared by their JSON. */
function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

interface RequestedValue extends Omit<Need, 'readers'> {
  readonly reader: Reader;
}

function requestedBy(
  { values, namespace, extractFrom }: Secret,
  source: ExternalSource,
): { all: RequestedValue[]; wholes: string[] } {
  const reader = { namespace, store: source.storeName, serviceAccount: source.serviceAccount };
  const all = Object.values(values).flatMap((value): RequestedValue[] => {
    if (!('remote' in value)) return [];
    const { about = '', random = false, permanent = false } = value;
    return [{ ...remoteRef(source, value.remote, value.property), about, random, permanent, reader }];
  });
  return { all, wholes: extractFrom.map((remote) => remoteRef(source, remote).key) };
}

function keysOf(secrets: readonly { readonly secret: Secret; readonly source: ExternalSource }[]): RemoteKey[] {
  const requested = secrets.map(({ secret, source }) => requestedBy(secret, source));
  const all = requested.flatMap((one) => one.all);
  const wholes = requested.flatMap((one) => one.wholes);
  const names = [...new Set([...all.map(({ key }) => key), ...wholes])].sort();
  return names.map((key) => {
    const own = all.filter((one) => one.key === key);
    const properties = [...new Set(own.map(({ property }) => property))];
    const needs = properties.map((property): Need => {
      const same = own.filter((one) => one.property === property);
      const [{ reader: _, ...first }] = same as [RequestedValue];
      return { ...first, readers: distinct(same.map(({ reader }) => reader)) };
    });
    return { key, needs, isObject: wholes.includes(key) || properties.some((property) => property !== undefined) };
  });
}

/** What Secrets need in each of their stores. */
export function storeNeeds(secrets: readonly Secret[]): StoreNeeds[] {
  const external = secrets.flatMap((secret) =>
    secret.source.kind === 'external' ? [{ secret, source: secret.source }] : [],
  );
  return distinct(external.map(({ source }) => source.store)).map((store) => {
    const own = external.filter(({ source }) => JSON.stringify(source.store) === JSON.stringify(store));
    const reader = ({ secret, source }: (typeof own)[number]): Reader => ({
      namespace: secret.namespace,
      store: source.storeName,
      serviceAccount: source.serviceAccount,
    });
    return {
      store,
      prefixes: [...new Set(own.map(({ source }) => source.prefix))],
      keys: keysOf(own),
      readers: distinct(own.map(reader)),
    };
  });
}

/** Keys as shell words, one a line. They need no quotes: they consist of letters, digits, slashes, dashes and underscores. */
export function shellWords(keys: readonly RemoteKey[]): string {
  return keys.map(({ key }) => key).join(' \\\n  ');
}

/** The ServiceAccounts that read a store, as the subjects of their tokens. */
export function subjects({ readers }: StoreNeeds): string[] {
  return [...new Set(readers.map((reader) => `system:serviceaccount:${reader.namespace}:${reader.serviceAccount}`))];
}
