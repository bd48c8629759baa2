/** What a variable can be told of a database. */
export const DATABASE_PIECES = [
  'url',
  'asyncpg',
  'npgsql',
  'jdbc',
  'host',
  'port',
  'name',
  'user',
  'password',
  'poolSize',
  'ca',
] as const;

/** What a variable can be told of a bucket. */
export const OBJECT_PIECES = ['endpoint', 'region', 'bucket', 'accessKey', 'secretKey'] as const;

/** What a variable can be told of the parts of which a file has one each. */
export const PART_PIECES = {
  redis: ['url', 'address', 'host', 'port', 'password', 'db'],
  queue: ['url', 'address', 'host', 'port', 'user', 'password', 'vhost', 'ca'],
  identity: ['url', 'issuer', 'realm', 'audience', 'jwks'],
  workflow: ['address', 'namespace', 'tls'],
} as const;

/** What a variable can be told of a server that somebody else runs. */
export const EXTERNAL_PIECES = ['url', 'address', 'host', 'port', 'user', 'password', 'name', 'ca'] as const;

/** A part of which a file has one, and whose pieces are named alone: `{ redis: url }`. */
export type PartName = keyof typeof PART_PIECES;

export const PART_NAMES = Object.keys(PART_PIECES) as readonly PartName[];

/** Whether a text is the name of such a part. */
export function isPartName(text: string): text is PartName {
  return Object.hasOwn(PART_PIECES, text);
}

/** Whether a text of `from` names a part, not an external server. */
export function isPart(text: string): boolean {
  return isPartName(text) || ['database', 'objectStorage'].includes(text.split('.')[0] as string);
}

/** The part that a value names, with the piece of it. @default - it names none */
export function partIn(
  value: Readonly<Partial<Record<PartName, string | undefined>>>,
): { readonly part: PartName; readonly piece: string } | undefined {
  const part = PART_NAMES.find((name) => value[name] !== undefined);
  return part === undefined ? undefined : { part, piece: value[part] as string };
}
