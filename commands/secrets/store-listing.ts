import { InputError } from '../../lib/base/problem';
import type { Need, RemoteKey, StoreNeeds } from '../../lib/pipeline/store-needs';

/** The keys that a store has, as a provider's program or the user lists them. */
export interface StoreListing {
  /** Keys, with their properties where the listing has them. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Folders whose content is not listed: they end with a slash. */
  readonly folders: readonly string[];
}

/** Whether a store has a value, as far as a listing tells. */
export type KeyState = 'there' | 'missing' | 'not judged';

// biome-ignore lint/suspicious/noExplicitAny: what a program printed
type Printed = any;

const EXPECTED =
  "expected what aws secretsmanager list-secrets, az keyvault secret list or vault kv list print as JSON, or lines 'key' and 'key:property'";

/** The names in the output of a provider's program, or undefined for any other JSON. */
function namesIn(printed: Printed): string[] | undefined {
  if (Array.isArray(printed?.SecretList)) {
    return printed.SecretList.filter((one: Printed) => one?.DeletedDate === undefined).map((one: Printed) => one?.Name);
  }
  if (!Array.isArray(printed)) return undefined;
  const enabled = printed.filter((one: Printed) => one?.attributes?.enabled !== false);
  return enabled.map((one: Printed) => (typeof one === 'string' ? one : one?.name));
}

/** A key, with a property of it after a colon: what the stores allow in names, and no control characters. */
const LINE = /^[\w/+=.@-]+(:[^\p{Cc}\p{Zs}\uFFFD]+)?$/u;

/** @throws InputError for the first line that is no key */
function assertLines(text: string, file: string) {
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line) || LINE.test(line.trim())) continue;
    const message = `given ${JSON.stringify(line.trim().slice(0, 60))}, ${EXPECTED}`;
    throw new InputError([{ file, position: { line: index + 1, column: 1 }, message }]);
  }
}

function fromLines(text: string): StoreListing {
  const keys = new Map<string, Set<string>>();
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, key = line, property] = /^([^:]*):(.*)$/.exec(line) ?? [];
    const known = keys.get(key) ?? new Set<string>();
    keys.set(key, property === undefined ? known : known.add(property));
  }
  return { keys, folders: [...keys.keys()].filter((key) => key.endsWith('/')) };
}

/** A name with the prefix of its system: Vault lists names relative to a path. */
function absolute(name: string, file: string, { store, prefixes }: StoreNeeds): string {
  if (store.kind !== 'vault' || prefixes.some((prefix) => name.startsWith(`${prefix}/`))) return name;
  const [prefix, ...others] = prefixes;
  if (others.length > 0) {
    const message = `lists "${name}" without its prefix, which may be ${prefixes.join(' or ')}; expected a listing of one system, add --system`;
    throw new InputError([{ file, message }]);
  }
  return `${prefix}/${name}`;
}

/**
 * Reads a listing.
 *
 * @param file its name, for messages
 * @throws InputError when it is not a listing
 */
export function readStoreListing(text: string, file: string, needs: StoreNeeds): StoreListing {
  if (!/^\s*[[{]/.test(text)) {
    assertLines(text, file);
    return fromLines(text);
  }
  let printed: Printed;
  try {
    printed = JSON.parse(text);
  } catch (error) {
    throw new InputError([{ file, message: `is not valid JSON (${(error as Error).message}), ${EXPECTED}` }]);
  }
  const names = namesIn(printed);
  if (names === undefined || !names.every((name) => typeof name === 'string')) {
    throw new InputError([{ file, message: `is JSON of an unknown form, ${EXPECTED}` }]);
  }
  return fromLines(names.map((name) => absolute(name, file, needs)).join('\n'));
}

/** Whether a store has a key. */
export function stateOfKey({ key }: Pick<RemoteKey, 'key'>, { keys, folders }: StoreListing): KeyState {
  if (keys.has(key)) return 'there';
  return folders.some((folder) => key.startsWith(folder)) ? 'not judged' : 'missing';
}

/** Whether a store has a value. */
export function stateOf(need: Need, listing: StoreListing): KeyState {
  const properties = listing.keys.get(need.key);
  if (properties === undefined) return stateOfKey(need, listing);
  if (need.property === undefined) return 'there';
  if (properties.size === 0) return 'not judged';
  return properties.has(need.property) ? 'there' : 'missing';
}
