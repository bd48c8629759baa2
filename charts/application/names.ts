import { type Protocol, transportOf } from '../../lib/model/port';
import { DATABASE_PIECES, isPart, OBJECT_PIECES, type PartName } from './piece-names';
import type { ApplicationConfig, ServiceConfig } from './settings';
import type { Value } from './values';

/** A port of a service. */
export interface ServicePort {
  readonly name: string;
  readonly container: number;
  readonly service: number;
  readonly protocol: Protocol;
}

/** The ports of a service, the main one first. */
export function portsOf({ port, ports, protocol, health }: ServiceConfig): ServicePort[] {
  const usual = protocol ?? (typeof health === 'object' && 'grpc' in health.check ? 'grpc' : 'http');
  const all = Object.entries(ports ?? (port === undefined ? {} : { [port.protocol ?? usual]: port }));
  return all.map(([name, { container, service = container, protocol: own = usual }]) => ({
    name,
    container,
    service,
    protocol: own,
  }));
}

/** Whether the main port of a service can be asked for its health and its metrics: it has one, and it is none of UDP. */
export function isAsked(service: ServiceConfig): boolean {
  const [main] = portsOf(service);
  return main !== undefined && transportOf(main) === 'TCP';
}

/** A service that runs all the time: neither scheduled nor a Job. */
export function isServer({ schedule, runs }: ServiceConfig): boolean {
  return schedule === undefined && runs === 'always';
}

/** The init containers and the sidecars of a service, each with its path in the settings of the service. */
export function helpersIn(service: ServiceConfig) {
  return (['init', 'sidecars'] as const).flatMap((kind) =>
    Object.entries(service[kind]).map(([key, one]) => ({ path: [kind, key], one })),
  );
}

/** One of several things of a part, and the piece of it that a reference names; or what was expected. */
type Named<Piece> = { readonly name: string; readonly piece: Piece } | { readonly problem: string };

/** @param what the things in messages, such as databases */
function namedPiece<Piece extends string>(
  names: readonly string[],
  pieces: readonly Piece[],
  text: string,
  what: string,
): Named<Piece> {
  const [only = '', ...others] = names;
  const dot = text.lastIndexOf('.');
  const piece = text.slice(dot + 1);
  if (!(pieces as readonly string[]).includes(piece)) return { problem: `one of ${pieces.join(', ')}` };
  if (dot < 0 && others.length > 0) {
    const own = names.map((name) => `${name}.${piece}`);
    return { problem: `one of ${own.join(', ')}, since there are ${names.length} ${what}` };
  }
  const name = dot < 0 ? only : text.slice(0, dot);
  if (!names.includes(name)) return { problem: `one of ${names.map((one) => `${one}.${piece}`).join(', ')}` };
  return { name, piece: piece as Piece };
}

/** The certificate of the authority of an external database that services connect to themselves. @default - they verify none */
export function databaseAuthority({ database }: ApplicationConfig): string | undefined {
  return database?.kind === 'external' && database.pgbouncer === undefined ? database.ca : undefined;
}

/** The database and the piece of it that a reference names: `{ database: url }`, `{ database: billing.url }`. */
export function databasePiece(settings: ApplicationConfig, text: string): Named<(typeof DATABASE_PIECES)[number]> {
  const names = Object.keys(settings.database?.databases ?? {});
  if (names.length === 0) return { problem: 'a database: this file has none; say database: { kind: … }' };
  const found = namedPiece(names, DATABASE_PIECES, text, 'databases');
  return 'piece' in found && found.piece === 'ca' && databaseAuthority(settings) === undefined
    ? { problem: 'another piece: only a database of the kind external with ca, without pgbouncer, has one' }
    : found;
}

/** The bucket and the piece of it that a reference names: `{ objectStorage: bucket }`, `{ objectStorage: documents.bucket }`. */
export function objectPiece({ objectStorage }: ApplicationConfig, text: string): Named<(typeof OBJECT_PIECES)[number]> {
  if (objectStorage === undefined)
    return { problem: 'objectStorage, which this file has not: say objectStorage: { endpoint, region, buckets }' };
  const found = namedPiece(objectStorage.buckets, OBJECT_PIECES, text, 'buckets');
  const isKey = 'piece' in found && (found.piece === 'accessKey' || found.piece === 'secretKey');
  return isKey && objectStorage.auth !== 'keys'
    ? { problem: 'one without keys: objectStorage.auth is a role, which the pods have without them' }
    : found;
}

/** The external server that a value refers to. @default - it refers to none */
export function externalIn(one: Value): string | undefined {
  if (typeof one === 'string') return undefined;
  if (one.external !== undefined) return one.external.split('.')[0];
  return one.from === undefined || isPart(one.from) ? undefined : one.from;
}

/** Whether a value is a piece of the queue, or text with such pieces. */
export function isQueue(one: Value): boolean {
  return typeof one === 'object' && (one.queue !== undefined || one.from === 'queue');
}

/** Whether a value is a piece of a database, or text with such pieces. */
export function isDatabase(one: Value): boolean {
  return typeof one === 'object' && (one.database !== undefined || one.from?.split('.')[0] === 'database');
}

/** Whether a service uses the object storage. */
export function usesObjects(service: ServiceConfig): boolean {
  const values = [service, ...helpersIn(service).map(({ one }) => one)].flatMap(({ env }) => Object.values(env));
  return (
    service.connectsTo.includes('objectStorage') ||
    values.some(
      (one) =>
        typeof one === 'object' && (one.objectStorage !== undefined || one.from?.split('.')[0] === 'objectStorage'),
    )
  );
}

/** Whether a service reads a key of the object storage. */
export function readsKeys(service: ServiceConfig): boolean {
  const values = [service, ...helpersIn(service).map(({ one }) => one)].flatMap(({ env }) => Object.values(env));
  return values.some(
    (one) =>
      typeof one === 'object' &&
      (/(^|\.)(access|secret)Key$/.test(one.objectStorage ?? '') ||
        (one.from?.split('.')[0] === 'objectStorage' && /\{(access|secret)Key(:url)?\}/.test(one.text ?? ''))),
  );
}

/** The folder of a file. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The name of the port of a sidecar, which may have fewer characters than the name of its container. */
export function helperPort(name: string): string {
  return name.slice(0, 15).replace(/-+$/, '').replace(/-+/g, '-');
}

/** A part to which services connect. */
export type AnyPart = 'database' | 'objectStorage' | PartName;

/** The connection that an entry of `connectsTo` names. */
export type NamedTarget =
  | { readonly service: string }
  | { readonly external: string }
  | { readonly part: AnyPart }
  | { readonly internet: number }
  | { readonly host: string; readonly port: number };

/** The names of parts and of their Services, by which connections name them. */
const PARTS: Readonly<Record<string, AnyPart>> = {
  database: 'database',
  postgres: 'database',
  pgbouncer: 'database',
  redis: 'redis',
  queue: 'queue',
  rabbitmq: 'queue',
  objectStorage: 'objectStorage',
  identity: 'identity',
  workflow: 'workflow',
};

/** The setting of a part that a connection names. @default - it names none */
export function settingOfPart(name: string): string | undefined {
  if (name === 'pgbouncer') return 'database.pgbouncer';
  return Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
}

/** Parses a text of `connectsTo`. @default - it names nothing that there is */
export function targetOf(settings: ApplicationConfig, text: string): NamedTarget | undefined {
  const [name = '', port] = text.split(':');
  if (name === 'internet') return { internet: Number(port ?? 443) };
  if (port !== undefined) return { host: name, port: Number(port) };
  if (Object.hasOwn(settings.services, name)) return { service: name };
  if (Object.hasOwn(settings.external, name)) return { external: name };
  const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
  if (part === undefined || settings[part] === undefined) return undefined;
  return name === 'pgbouncer' && settings.database?.pgbouncer === undefined ? undefined : { part };
}

/** A part that may keep data in the cluster. */
export type StoringPart = 'redis' | 'queue' | 'database';

/** Whether a service connects to a part, by a variable or without one. */
export function reads(settings: ApplicationConfig, service: ServiceConfig, part: StoringPart): boolean {
  const values = [service, ...helpersIn(service).map(({ one }) => one)].flatMap((one) => Object.values(one.env));
  const isVariable = values.some(
    (one) =>
      typeof one === 'object' && one.connect !== false && (one[part] !== undefined || one.from?.split('.')[0] === part),
  );
  return isVariable || service.connectsTo.some((target) => leadsTo(settings, target, part));
}

/** Whether an entry of `connectsTo` is a part. */
function leadsTo(settings: ApplicationConfig, target: ServiceConfig['connectsTo'][number], part: string): boolean {
  if (typeof target !== 'string') return part in target;
  const found = targetOf(settings, target);
  return found !== undefined && 'part' in found && found.part === part;
}

/** The service of this file that runs a part. @default - it runs elsewhere, or has pods of its own */
export function serviceOfPart({ services, identity, workflow }: ApplicationConfig, part: AnyPart): string | undefined {
  const name = part === 'identity' ? identity?.url : part === 'workflow' ? workflow?.host : undefined;
  return name !== undefined && Object.hasOwn(services, name) ? name : undefined;
}

/** Whether a service opens connections to another one of the file. */
export function calls(settings: ApplicationConfig, service: ServiceConfig, target: string): boolean {
  const values = [service, ...helpersIn(service).map(({ one }) => one)].flatMap((one) => Object.values(one.env));
  const { connectsTo, llm, mcp } = service;
  return (
    values.some(
      (one) =>
        typeof one === 'object' &&
        one.system === undefined &&
        one.connect !== false &&
        (one.url ?? one.address) === target,
    ) ||
    connectsTo.some((one) =>
      typeof one === 'string'
        ? one === target && Object.hasOwn(settings.services, one)
        : 'service' in one && !('system' in one) && one.service === target,
    ) ||
    llm?.endpoint === target ||
    Object.values(mcp).some((one) => 'service' in one && one.service === target)
  );
}

/** The end of messages about private hosts, before what is expected. */
export const NO_PRIVATE = 'and public addresses leave private ones out; expected';

/** Whether the name of a host is one of a private network, which public addresses leave out. */
export function isPrivate(host: string): boolean {
  return (
    !host.includes('.') ||
    /(^|\.)(internal|local|localhost|lan|corp|private|intranet|home|svc|cluster)(\.|$)/.test(host) ||
    (/^[\d.]+$/.test(host) &&
      /^(0|10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(host))
  );
}
