import { remoteRef } from '../constructs/secrets/store';
import type { Secret } from '../model/secret';
import type { ExternalSource, SecretStore } from '../model/secret-source';

/** Who reads a value of a store. */
export interface Reader {
  readonly namespace: string;
  /** The SecretStore. */
  readonly store: string;
  /** What the store trusts. */
  readonly serviceAccount: string;
}

/** One value that a store has to hold. */
export interface Need {
  /** The remote key. */
  readonly key: string;
  /** The property of a key that holds a JSON object. @default - the value is the whole */
  readonly property?: string;
  /** What it is, in a few words. */
  readonly about: string;
  /** Whether any random text will do, or a key of Fernet; else somebody else issues it. */
  readonly random: boolean | 'fernet';
  /** Whether data cannot be read any more without it. */
  readonly permanent: boolean;
  readonly readers: readonly Reader[];
}

/** A key of a store, and all that it holds. */
export interface RemoteKey {
  readonly key: string;
  /** One whole value, or properties; none where nobody has a value in it yet. */
  readonly needs: readonly Need[];
  /** Whether it holds a JSON object. */
  readonly isObject: boolean;
}

/** A store, and what an environment needs of it. */
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

/** The first of each that are the same by their content. */
function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

interface AskedValue extends Omit<Need, 'readers'> {
  readonly reader: Reader;
}

function askedBy(
  { values, namespace, extractFrom }: Secret,
  source: ExternalSource,
): { all: AskedValue[]; wholes: string[] } {
  const reader = { namespace, store: source.storeName, serviceAccount: source.serviceAccount };
  const all = Object.values(values).flatMap((value): AskedValue[] => {
    if (!('remote' in value)) return [];
    const { about = '', random = false, permanent = false } = value;
    return [{ ...remoteRef(source, value.remote, value.property), about, random, permanent, reader }];
  });
  return { all, wholes: extractFrom.map((remote) => remoteRef(source, remote).key) };
}

function keysOf(secrets: readonly { readonly secret: Secret; readonly source: ExternalSource }[]): RemoteKey[] {
  const asked = secrets.map(({ secret, source }) => askedBy(secret, source));
  const all = asked.flatMap((one) => one.all);
  const wholes = asked.flatMap((one) => one.wholes);
  const names = [...new Set([...all.map(({ key }) => key), ...wholes])].sort();
  return names.map((key) => {
    const own = all.filter((one) => one.key === key);
    const properties = [...new Set(own.map(({ property }) => property))];
    const needs = properties.map((property): Need => {
      const same = own.filter((one) => one.property === property);
      const [{ reader: _, ...first }] = same as [AskedValue];
      return { ...first, readers: distinct(same.map(({ reader }) => reader)) };
    });
    return { key, needs, isObject: wholes.includes(key) || properties.some((property) => property !== undefined) };
  });
}

/** What Secrets need of each store that they are filled from. */
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

/** Keys as words of a shell, in lines: they hold letters, digits, slashes, dashes and underscores only. */
export function words(keys: readonly RemoteKey[]): string {
  return keys.map(({ key }) => key).join(' \\\n  ');
}

/** The accounts that read a store, as tokens of the cluster name them. */
export function subjects({ readers }: StoreNeeds): string[] {
  return [...new Set(readers.map((reader) => `system:serviceaccount:${reader.namespace}:${reader.serviceAccount}`))];
}
