import { hostOf, portOf, type Text, textOf, urlOf } from '../../lib/model/address';
import type { SecretValue } from '../../lib/model/secret';
import { type Application, authorityFile, targetNamed } from './context';
import type { PartName } from './piece-names';
import type { ApplicationConfig } from './settings';

/** A value that has to be in a Secret, with the other keys that its template refers to. */
export interface Composed {
  readonly secret: SecretValue;
  readonly keys?: Readonly<Record<string, SecretValue>>;
}

/** A piece of a part or of an external server: text, the name of the key with its password, or text with a password in it. */
export type Piece = Text | { readonly password: SecretValue; readonly key: string } | Composed;

/** A template and the keys that it refers to, as one value. */
export function composed(key: string, password: SecretValue, secret: SecretValue): Composed {
  return { secret, keys: { [key]: password } };
}

/** Pieces by their names. */
type Pieces = Readonly<Record<string, Piece | undefined>>;

/**
 * The keys of passwords in a service's Secret. A database, an external server and a part may have one name, and each its own password; no
 * key of a variable, which is `<helper>.<variable>`, has two dots.
 */
const keyOf = (part: PartName) => `part.${part}.password`;

/** The pieces that every server with a password has. */
function ofServer(
  part: 'redis' | 'queue',
  { host, port, password, url }: NonNullable<Application['redis'] | Application['queue']>,
): Pieces {
  const key = keyOf(part);
  return {
    host,
    port,
    address: textOf(host, ':', port),
    password: { password, key },
    url: composed(key, password, url(key)),
  };
}

function ofRedis({ redis, settings }: Application): Pieces {
  return redis === undefined ? {} : { ...ofServer('redis', redis), db: String(settings.redis?.db) };
}

function ofQueue({ queue, settings }: Application): Pieces {
  if (queue === undefined || settings.queue === undefined) return {};
  const { user, vhost } = settings.queue;
  return { ...ofServer('queue', queue), user, vhost, ca: authorityFile('queue') };
}

/** Source: keycloak.org, Securing Applications with OpenID Connect, endpoints. */
function ofIdentity(app: Application): Pieces {
  const { url, realm, audience } = app.settings.identity as NonNullable<ApplicationConfig['identity']>;
  const base = url.includes('://') ? url.replace(/\/$/, '') : urlOf(targetNamed(app, url));
  const issuer = textOf(base, `/realms/${realm}`);
  return { url: base, realm, audience, issuer, jwks: textOf(issuer, '/protocol/openid-connect/certs') };
}

/** The connection and the namespace. Source: docs.temporal.io, environment configuration. */
function ofWorkflow(app: Application): Pieces {
  const { host, port, namespace, tls } = app.settings.workflow as NonNullable<ApplicationConfig['workflow']>;
  const target = host.includes('.') ? undefined : targetNamed(app, host);
  const address = target === undefined ? `${host}:${port}` : textOf(hostOf(target), ':', portOf(target));
  return { address, namespace, tls: String(tls ?? target === undefined) };
}

const OF_PART: Readonly<Record<PartName, (app: Application) => Pieces>> = {
  redis: ofRedis,
  queue: ofQueue,
  identity: ofIdentity,
  workflow: ofWorkflow,
};

/** A piece of a part. @default - it has no such piece */
export function partPiece(app: Application, part: PartName, piece: string): Piece | undefined {
  return OF_PART[part](app)[piece];
}

const objectKey = (piece: string, about: string): SecretValue => ({
  remote: `object-storage/${piece}`,
  about: `${about} of the object storage`,
  development: 'development',
});

/** A piece of a bucket. */
export function bucketPiece({ settings }: Application, bucket: string, piece: string): Piece | undefined {
  if (settings.objectStorage === undefined) return undefined;
  const { endpoint, region } = settings.objectStorage;
  const pieces: Pieces = {
    endpoint,
    region,
    bucket,
    accessKey: { password: objectKey('access-key', 'access key'), key: 'part.objectStorage.accessKey' },
    secretKey: { password: objectKey('secret-key', 'secret key'), key: 'part.objectStorage.secretKey' },
  };
  return pieces[piece];
}
