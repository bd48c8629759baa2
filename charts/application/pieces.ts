import { isText, type Text, textOf } from '../../lib/model/address';
import type { SecretValue, TemplatePart } from '../../lib/model/secret';
import type { DatabaseAccess } from '../../lib/parts/postgres/access';
import { type Application, authorityFile } from './context';
import { databaseAuthority, databasePiece, objectPiece } from './names';
import { bucketPiece, type Composed, composed, type Piece, partPiece } from './part-pieces';
import { isPartName, type PartName } from './piece-names';
import type { ApplicationConfig } from './settings';
import type { SecretSetting } from './values';

/** What a piece stands for. @default - it has no such piece */
export type Resolved = Text | Composed | undefined;

const isPassword = (piece: Piece): piece is Extract<Piece, { readonly key: string }> =>
  !isText(piece) && 'key' in piece;

/** The key of an external server's password in a service's Secret. */
const externalKey = (name: string) => `external.${name}.password`;

export function secretValue({ remote, property, about, random, permanent, development }: SecretSetting): SecretValue {
  return { remote, about, random, permanent, development, ...(property !== undefined && { property }) };
}

function ofDatabase(access: DatabaseAccess, { database, settings }: Application, piece: string): Resolved {
  const key = `${access.name}-password`;
  const server = database?.server;
  switch (piece) {
    case 'url':
      return composed(key, access.password, access.url(key));
    case 'asyncpg':
      return composed(key, access.password, access.url(key, 'postgresql+asyncpg'));
    case 'npgsql':
      return composed(key, access.password, access.url(key, 'npgsql'));
    case 'password':
      return { secret: access.password };
    case 'jdbc':
      // The driver reads no variable. Source: jdbc.postgresql.org, Connecting to the Database, sslrootcert.
      return databaseAuthority(settings) === undefined
        ? access.jdbcUrl
        : textOf(access.jdbcUrl, `&sslrootcert=${authorityFile('database')}`);
    case 'poolSize':
      return String(settings.database?.poolSize);
    case 'ca':
      return authorityFile('database');
    case 'name':
      return access.name;
    case 'user':
      return access.user;
    default:
      return server?.[piece as 'host' | 'port'];
  }
}

/** The pieces of an external server. */
function externalPiece({ settings }: Application, name: string, piece: string): Piece {
  const one = settings.external[name] as ApplicationConfig['external'][string];
  const pieces: Readonly<Record<string, string | undefined>> = {
    host: one.host,
    port: String(one.port),
    address: `${one.host}:${one.port}`,
    user: one.user,
    name: one.name,
    ca: authorityFile(name),
  };
  if (piece === 'password' && one.password !== undefined)
    return { password: secretValue(one.password), key: externalKey(name) };
  return pieces[piece] ?? '';
}

/** The schemes of URLs of servers that are no web servers, by their usual ports. Source: IANA, Service Name and Port Number Registry. */
const SCHEMES: Readonly<Record<number, string>> = {
  25: 'smtp',
  465: 'smtps',
  587: 'smtp',
  1883: 'mqtt',
  3306: 'mysql',
  5432: 'postgresql',
  5671: 'amqps',
  5672: 'amqp',
  6379: 'redis',
  27017: 'mongodb',
};

function externalUrl(app: Application, name: string): Resolved {
  const {
    port,
    scheme = SCHEMES[port] ?? 'https',
    host,
    user = '',
    name: path,
    password,
  } = app.settings.external[name] as ApplicationConfig['external'][string];
  const end = `${host}:${port}${path === undefined ? '' : `/${path}`}`;
  if (password === undefined) return `${scheme}://${user === '' ? '' : `${user}@`}${end}`;
  const key = externalKey(name);
  return composed(key, secretValue(password), { template: [`${scheme}://${user}:`, { urlEncoded: key }, `@${end}`] });
}

/** What a variable has for a piece. */
function resolved(piece: Piece | undefined): Resolved {
  return piece !== undefined && isPassword(piece) ? { secret: piece.password } : piece;
}

/** A piece for a composed text. */
function pieceOf(app: Application, from: string, piece: string): Piece {
  if (isPartName(from)) return partPiece(app, from, piece) ?? '';
  if (from.split('.')[0] === 'objectStorage') {
    const found = objectPiece(app.settings, [...from.split('.').slice(1), piece].join('.'));
    return ('problem' in found ? undefined : bucketPiece(app, found.name, found.piece)) ?? '';
  }
  if (from === 'database' || from.startsWith('database.')) {
    const found = databasePiece(app.settings, [...from.split('.').slice(1), piece].join('.'));
    if ('problem' in found || app.database === undefined) return '';
    const access = app.database.of(found.name);
    if (piece === 'password') return { password: access.password, key: `${access.name}-password` };
    const text = ofDatabase(access, app, piece);
    return isText(text) ? text : '';
  }
  return externalPiece(app, from, piece);
}

/** `{user}:{password}@{host}` of a part. With a password in it, it is a template of a Secret. */
export function composedText(app: Application, text: string, from: string): Resolved {
  const keys: Record<string, SecretValue> = {};
  const parts = text.split(/(\{[a-zA-Z]+(?::url)?\})/).map((chunk): TemplatePart => {
    const [, name, encoded] = /^\{([a-zA-Z]+)(:url)?\}$/.exec(chunk) ?? [];
    if (name === undefined) return chunk;
    const piece = pieceOf(app, from, name);
    // Of a part's own templates there is none.
    if (!isText(piece) && !isPassword(piece)) return '';
    if (!isPassword(piece)) return encoded && typeof piece === 'string' ? encodeURIComponent(piece) : piece;
    keys[piece.key] = piece.password;
    return encoded === undefined ? { plain: piece.key } : { urlEncoded: piece.key };
  });
  if (Object.keys(keys).length > 0) return { secret: { template: parts }, keys };
  return textOf(...(parts as Text[]));
}

export function ofDatabaseReference(app: Application, text: string): Resolved {
  const found = databasePiece(app.settings, text);
  if ('problem' in found || app.database === undefined) return undefined;
  return ofDatabase(app.database.of(found.name), app, found.piece);
}

/** What a piece of a bucket stands for. */
export function ofObjectReference(app: Application, text: string): Resolved {
  const found = objectPiece(app.settings, text);
  return 'problem' in found ? undefined : resolved(bucketPiece(app, found.name, found.piece));
}

export function ofExternalReference(app: Application, text: string): Resolved {
  const [name = '', piece = ''] = text.split('.');
  if (piece === 'url') return externalUrl(app, name);
  const found = externalPiece(app, name, piece);
  return resolved(found);
}

/** What a piece of a part stands for. */
export function ofPart(app: Application, part: PartName, piece: string): Resolved {
  return resolved(partPiece(app, part, piece));
}
