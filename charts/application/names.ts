import { type Protocol, transportOf } from '../../lib/model/port';
import type { ApplicationConfig, ServiceConfig } from './settings';
import { DATABASE_PIECES, type Value } from './values';

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

/** The database and the piece of it that a reference names: `{ database: url }`, `{ database: billing.url }`. */
export function databasePiece(
  { database }: ApplicationConfig,
  text: string,
): { readonly name: string; readonly piece: (typeof DATABASE_PIECES)[number] } | { readonly problem: string } {
  const names = Object.keys(database?.databases ?? {});
  const [only, ...others] = names;
  const dot = text.lastIndexOf('.');
  const piece = text.slice(dot + 1);
  const known = (DATABASE_PIECES as readonly string[]).includes(piece);
  if (only === undefined) return { problem: `a database: this file has none; say database: { kind: … }` };
  const own = others.length === 0 ? DATABASE_PIECES : names.map((name) => `${name}.${known ? piece : 'url'}`);
  if (!known) return { problem: `one of ${DATABASE_PIECES.join(', ')}` };
  if (dot < 0 && others.length > 0)
    return { problem: `one of ${own.join(', ')}, since there are ${names.length} databases` };
  const name = dot < 0 ? only : text.slice(0, dot);
  if (!names.includes(name)) return { problem: `one of ${names.map((one) => `${one}.${piece}`).join(', ')}` };
  return { name, piece: piece as (typeof DATABASE_PIECES)[number] };
}

/** The external server that a value refers to. @default - it refers to none */
export function externalIn(one: Value): string | undefined {
  if (typeof one === 'string') return undefined;
  if (one.external !== undefined) return one.external.split('.')[0];
  const isPart = /^(redis|identity|database(\..*)?)$/.test(one.from ?? 'database');
  return isPart ? undefined : one.from;
}

/** The folder of a file. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The name of the port of a sidecar, which may have fewer characters than the name of its container. */
export function helperPort(name: string): string {
  return name.slice(0, 15).replace(/-+$/, '').replace(/-+/g, '-');
}

/** The connection that an entry of `connectsTo` names. */
export type NamedTarget =
  | { readonly service: string }
  | { readonly external: string }
  | { readonly part: 'database' | 'redis' | 'identity' }
  | { readonly internet: number }
  | { readonly host: string; readonly port: number };

const PARTS: Readonly<Record<string, 'database' | 'redis' | 'identity'>> = {
  database: 'database',
  postgres: 'database',
  pgbouncer: 'database',
  redis: 'redis',
  identity: 'identity',
};

/** Parses a text of `connectsTo`. @default - it names nothing that there is */
export function targetOf(settings: ApplicationConfig, text: string): NamedTarget | undefined {
  const [name = '', port] = text.split(':');
  if (name === 'internet') return { internet: Number(port ?? 443) };
  if (port !== undefined) return { host: name, port: Number(port) };
  if (Object.hasOwn(settings.services, name)) return { service: name };
  if (Object.hasOwn(settings.external, name)) return { external: name };
  const part = PARTS[name];
  if (part === undefined || settings[part] === undefined) return undefined;
  return name === 'pgbouncer' && settings.database?.pgbouncer === undefined ? undefined : { part };
}

/** Whether a service connects to Redis or to the database, by a variable or without one. */
export function reads(settings: ApplicationConfig, service: ServiceConfig, part: 'redis' | 'database'): boolean {
  const values = [service, ...helpersIn(service).map(({ one }) => one)].flatMap((one) => Object.values(one.env));
  const isVariable = values.some(
    (one) =>
      typeof one === 'object' && one.connect !== false && (one[part] !== undefined || one.from?.split('.')[0] === part),
  );
  return isVariable || service.connectsTo.some((target) => isPart(settings, target, part));
}

/** Whether an entry of `connectsTo` is Redis or the database. */
function isPart(settings: ApplicationConfig, target: ServiceConfig['connectsTo'][number], part: string): boolean {
  if (typeof target !== 'string') return part in target;
  const found = targetOf(settings, target);
  return found !== undefined && 'part' in found && found.part === part;
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
