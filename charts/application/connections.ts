import { addresses, type Connection, internet, pooled, type ServerKind, to } from '../../lib/model/connection';
import { type Application, targetNamed } from './context';
import { type AnyPart, databasePiece, externalIn, helpersIn, targetOf } from './names';
import { isPartName, partIn } from './piece-names';
import type { ApplicationConfig, ServiceConfig } from './settings';
import type { Reference, Value } from './values';

/** What a workload connects to: connections, and the databases that it has a pool for. */
interface Targets {
  readonly connections: readonly Connection[];
  /** The size of each pool, by the name of its database. */
  readonly pools: Readonly<Record<string, number>>;
}

const NOTHING: Targets = { connections: [], pools: {} };
const only = (...connections: Connection[]): Targets => ({ connections, pools: {} });

/** A server by its addresses; without any, every public address at its port. */
function serverAt(what: string, ranges: readonly string[] | undefined, port: number, kind?: ServerKind): Connection {
  return ranges === undefined ? { ...internet(port), about: what } : addresses(what, ranges, port, kind);
}

function external({ settings }: Application, name: string): Connection {
  const one = settings.external[name] as ApplicationConfig['external'][string];
  return serverAt(name, one.addresses, one.port);
}

/** The port of a URL. */
function portOfUrl(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
}

function identity(app: Application): Targets {
  const { url, addresses: ranges } = app.settings.identity as NonNullable<ApplicationConfig['identity']>;
  return only(
    url.includes('://') ? serverAt('the identity provider', ranges, portOfUrl(url)) : to(targetNamed(app, url)),
  );
}

function workflow(app: Application): Targets {
  const { host, port, addresses: ranges } = app.settings.workflow as NonNullable<ApplicationConfig['workflow']>;
  return only(host.includes('.') ? serverAt('the server of workflows', ranges, port) : to(targetNamed(app, host)));
}

function objectStorage({ settings }: Application): Targets {
  if (settings.objectStorage === undefined) return NOTHING;
  const { endpoint, addresses: ranges } = settings.objectStorage;
  return only(serverAt('the object storage', ranges, portOfUrl(endpoint), 's3'));
}

function part(app: Application, name: AnyPart): Targets {
  const { settings } = app;
  if (name === 'identity') return identity(app);
  if (name === 'workflow') return workflow(app);
  if (name === 'objectStorage') return objectStorage(app);
  if (name !== 'database') return app[name] === undefined ? NOTHING : only(app[name].connection);
  const { databases = {}, poolSize = 1 } = settings.database ?? {};
  return { connections: [], pools: Object.fromEntries(Object.keys(databases).map((one) => [one, poolSize])) };
}

function ofDatabase({ settings }: Application, text: string, poolSize?: number): Targets {
  const found = databasePiece(settings, text);
  if ('problem' in found) return NOTHING;
  return { connections: [], pools: { [found.name]: poolSize ?? settings.database?.poolSize ?? 1 } };
}

/** The connections that a text with pieces of a part makes. */
function ofComposed(app: Application, from: string): Targets {
  if (from.split('.')[0] === 'objectStorage') return part(app, 'objectStorage');
  return isPartName(from) ? part(app, from) : ofDatabase(app, [...from.split('.').slice(1), 'url'].join('.'));
}

/** The connection that a variable makes by naming whom its reader talks to. */
function ofReference(app: Application, one: Reference): Targets {
  if (one.connect === false) return NOTHING;
  const service = one.url ?? one.address;
  if (service !== undefined) return only(to(targetNamed(app, service, one.system), one.port));
  if (one.database !== undefined) return ofDatabase(app, one.database);
  if (one.objectStorage !== undefined) return part(app, 'objectStorage');
  const named = partIn(one);
  if (named !== undefined) return part(app, named.part);
  const server = externalIn(one);
  if (server !== undefined) return only(external(app, server));
  return one.from === undefined ? NOTHING : ofComposed(app, one.from);
}

function ofVariables(app: Application, env: Readonly<Record<string, Value>>): Targets[] {
  return Object.values(env).map((value) => (typeof value === 'string' ? NOTHING : ofReference(app, value)));
}

/** The connections that `connectsTo` states. */
function ofEntry(app: Application, target: ServiceConfig['connectsTo'][number]): Targets {
  if (typeof target !== 'string') {
    if ('database' in target) return ofDatabase(app, `${target.database}.url`, target.poolSize);
    if ('system' in target) return only(to(targetNamed(app, target.service, target.system), target.port));
    if ('service' in target) return only(to(targetNamed(app, target.service), target.port));
    return only(addresses(target.name ?? target.addresses.join(', '), target.addresses, target.port));
  }
  const found = targetOf(app.settings, target);
  if (found === undefined) return NOTHING;
  if ('service' in found) return only(to(targetNamed(app, found.service)));
  if ('external' in found) return only(external(app, found.external));
  if ('part' in found) return part(app, found.part);
  if ('internet' in found) return only(internet(found.internet));
  return only({ ...internet(found.port), about: found.host });
}

/** The connections to language models and to their tools. */
function ofModels(app: Application, { llm, mcp }: ServiceConfig): Targets[] {
  const tools = Object.entries(mcp).map(([name, one]) =>
    only('service' in one ? to(targetNamed(app, one.service)) : serverAt(name, one.addresses, portOfUrl(one.url))),
  );
  if (llm === undefined || (llm.provider === 'ollama' && !llm.endpoint.includes('://'))) return tools;
  const port = llm.endpoint === undefined ? 443 : portOfUrl(llm.endpoint);
  return [...tools, only(serverAt(llm.provider, llm.addresses, port))];
}

/** All pools of one workload at the database's server. */
function poolConnection({ database, settings }: Application, pools: Targets['pools']): Connection[] {
  const sizes = Object.values(pools);
  if (database === undefined || sizes.length === 0) return [];
  const perPod = sizes.reduce((sum, size) => sum + size, 0);
  return [
    pooled(database.server, {
      perPod,
      why: sizes.length === 1 ? 'its pool' : `its pools of ${sizes.length} databases`,
      ...(sizes.some((size) => size === settings.database?.poolSize) && { from: 'database.poolSize' }),
    }),
  ];
}

/** All outgoing connections of a service: those that its variables make, and those that it states. */
export function connectionsOf(app: Application, service: ServiceConfig): Connection[] {
  const { env, connectsTo } = service;
  const all = [
    ...ofVariables(app, env),
    ...helpersIn(service).flatMap(({ one }) => ofVariables(app, one.env)),
    ...ofModels(app, service),
    ...connectsTo.map((target) => ofEntry(app, target)),
  ];
  const pools = Object.assign({}, ...all.map((one) => one.pools)) as Targets['pools'];
  const connections = [...all.flatMap((one) => one.connections), ...poolConnection(app, pools)];
  return [...new Map(connections.map((one) => [JSON.stringify(one), one])).values()];
}
