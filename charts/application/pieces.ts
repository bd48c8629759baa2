import { isText, type Text, textOf, urlOf } from '../../lib/model/address';
import type { SecretValue, TemplatePart } from '../../lib/model/secret';
import type { DatabaseAccess } from '../../lib/parts/postgres/access';
import { type Application, authorityFile, targetNamed } from './context';
import { databasePiece } from './names';
import type { ApplicationConfig } from './settings';
import type { SecretSetting } from './values';

/** A value that has to be in a Secret, with the other keys that its template refers to. */
export interface Composed {
  readonly secret: SecretValue;
  readonly keys?: Readonly<Record<string, SecretValue>>;
}

/** What a piece stands for. @default - it has no such piece */
export type Resolved = Text | Composed | undefined;

/** A piece of a part or of an external server: text, or the name of the key with its password. */
type Piece = Text | { readonly password: SecretValue; readonly key: string };

const isPassword = (piece: Piece): piece is Exclude<Piece, Text> => !isText(piece);

/**
 * The keys of passwords in a service's Secret. A database, an external server and Redis may have one name, and each its own password; no
 * key of a variable, which is `<helper>.<variable>`, has two dots.
 */
const REDIS_KEY = 'part.redis.password';
const externalKey = (name: string) => `external.${name}.password`;

export function secretValue({ remote, property, about, random, permanent, development }: SecretSetting): SecretValue {
  return { remote, about, random, permanent, development, ...(property !== undefined && { property }) };
}

/** A template and the keys that it refers to, as one value. */
function composed(key: string, password: SecretValue, secret: SecretValue): Composed {
  return { secret, keys: { [key]: password } };
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
      return access.jdbcUrl;
    case 'poolSize':
      return String(settings.database?.poolSize);
    case 'name':
      return access.name;
    case 'user':
      return access.user;
    default:
      return server?.[piece as 'host' | 'port'];
  }
}

export function ofRedis({ redis, settings }: Application, piece: string): Resolved {
  if (redis === undefined) return undefined;
  const key = REDIS_KEY;
  switch (piece) {
    case 'url':
      return composed(key, redis.password, redis.url(key));
    case 'password':
      return { secret: redis.password };
    case 'db':
      return String(settings.redis?.db);
    case 'address':
      return textOf(redis.host, ':', redis.port);
    default:
      return redis[piece as 'host' | 'port'];
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

/** Source: keycloak.org, Securing Applications with OpenID Connect, endpoints. */
export function identityPiece(app: Application, piece: string): Text {
  const { url, realm, audience } = app.settings.identity as NonNullable<ApplicationConfig['identity']>;
  const base = url.includes('://') ? url.replace(/\/$/, '') : urlOf(targetNamed(app, url));
  const issuer = textOf(base, `/realms/${realm}`);
  const pieces: Readonly<Record<string, Text>> = {
    url: base,
    realm,
    audience,
    issuer,
    jwks: textOf(issuer, '/protocol/openid-connect/certs'),
  };
  return pieces[piece] ?? '';
}

/** A piece for a composed text. Of a part's own templates there is none. */
function pieceOf(app: Application, from: string, piece: string): Piece {
  if (from === 'identity') return identityPiece(app, piece);
  if (from === 'redis') {
    if (piece === 'password' && app.redis !== undefined) return { password: app.redis.password, key: REDIS_KEY };
    const text = ofRedis(app, piece);
    return isText(text) ? text : '';
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

export function ofExternalReference(app: Application, text: string): Resolved {
  const [name = '', piece = ''] = text.split('.');
  if (piece === 'url') return externalUrl(app, name);
  const found = externalPiece(app, name, piece);
  return isPassword(found) ? { secret: found.password } : found;
}
