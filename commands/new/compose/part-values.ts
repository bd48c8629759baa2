import { isMissing } from './interpolation';
import { type DatabasePart, givenVhost } from './parts';
import type { Plan, Planned } from './plan';
import { type Reference, referenceOf } from './references';

/** The value of a variable in an application file. */
export type Value = string | Readonly<Record<string, unknown>>;

/** A part of the application, as references name it. */
export interface PartOf {
  readonly kind: 'database' | 'redis' | 'queue';
  /** @default - it is none */
  readonly database?: DatabasePart | undefined;
  /** Of RabbitMQ: the virtual host that clients name. */
  readonly vhost?: string;
  /** What references begin with: `database`, or of several ones `database.orders`. */
  readonly from: string;
}

/** The parts that services of a compose file become, by their keys. */
export function partsByKey(plan: Plan, databases: readonly DatabasePart[]): Map<string, PartOf> {
  const several = databases.length > 1;
  const found = new Map<string, PartOf>();
  for (const database of databases)
    found.set(database.of.key, {
      kind: 'database',
      database,
      from: several ? `database.${database.name}` : 'database',
    });
  for (const { role, key } of plan.services)
    if (role === 'redis' || role === 'queue')
      found.set(key, { kind: role, from: role, ...(role === 'queue' && { vhost: givenVhost(plan) }) });
  return found;
}

/** `{ database: url }`, or of several databases `{ database: orders.url }`. */
function piece({ kind, from }: PartOf, name: string): Value {
  return { [kind]: from.includes('.') ? `${from.slice(from.indexOf('.') + 1)}.${name}` : name };
}

const text = ({ from }: PartOf, given: string): Value => ({ text: given, from });

const FORMS: Readonly<Record<string, string>> = {
  postgres: 'url',
  postgresql: 'url',
  'postgresql+asyncpg': 'asyncpg',
  'jdbc:postgresql': 'jdbc',
};

/** The query of a URL without what the part itself says: whether it is encrypted. */
function queryOf(rest: string): string {
  const kept = (rest.split('?')[1] ?? '').split('&').filter((one) => one !== '' && !/^(ssl|sslmode)=/.test(one));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

function databaseUrl(part: PartOf, { scheme = '', rest }: Reference): Value {
  const form = Object.hasOwn(FORMS, scheme) ? FORMS[scheme] : undefined;
  const query = queryOf(rest);
  if (form !== undefined && (query === '' || form === 'jdbc')) return piece(part, form);
  const login = scheme.startsWith('jdbc:') ? '' : '{user}:{password:url}@';
  return text(part, `${scheme}://${login}{host}:{port}/{name}${query}`);
}

function redisUrl(part: PartOf, { scheme = 'redis', rest }: Reference): Value {
  return scheme === 'redis' && /^\/?0?$/.test(rest)
    ? piece(part, 'url')
    : text(part, `${scheme}://:{password:url}@{host}:{port}${rest}`);
}

/** @default - it is no URL of AMQP, or of another virtual host than that of the part */
function queueUrl(part: PartOf, { scheme = 'amqp', rest }: Reference): Value | undefined {
  const { vhost = '/' } = part;
  const path = rest.replace(/\?.*/, '').replace(/%2f/g, '%2F');
  if (!/^amqps?$/.test(scheme) || !['', '/', `/${vhost}`, `/${encodeURIComponent(vhost)}`].includes(path))
    return undefined;
  const query = queryOf(rest);
  return scheme === 'amqp' && query === ''
    ? piece(part, 'url')
    : text(part, `${scheme}://{user}:{password:url}@{host}:{port}/{vhost:url}${query}`);
}

const URLS = { database: databaseUrl, redis: redisUrl, queue: queueUrl };

/** Whether a variable names the HTTP API of RabbitMQ. */
export function isManagement({ kind }: PartOf, { port }: Pick<Reference, 'port'>): boolean {
  return kind === 'queue' && port === 15672;
}

/** What a variable that names a part gets. @default - the part is named in a way that has no reference */
export function valueOfPart(part: PartOf, found: Reference): Value | undefined {
  if (isManagement(part, found)) return undefined;
  if (found.form === 'host') return piece(part, 'host');
  if (found.form === 'url') return URLS[part.kind](part, found);
  if (found.form === 'address') return part.kind === 'database' ? text(part, '{host}:{port}') : piece(part, 'address');
  return found.form === 'keywords' && part.kind === 'database' ? piece(part, 'npgsql') : undefined;
}

const ENDS = /_?(HOST(NAME)?|URL|URI|DSN|ADDR(ESS)?|SERVER)$/i;
const USUAL: Readonly<Record<PartOf['kind'], readonly string[]>> = {
  database: ['POSTGRES', 'PG', 'DB', 'DATABASE'],
  redis: ['REDIS'],
  queue: ['RABBITMQ', 'RABBIT', 'AMQP'],
};

/** What variables of a service begin with that tell it of a part: `DB` where `DB_HOST` names the server. */
export function prefixesOf(plan: Plan, one: Planned, parts: ReadonlyMap<string, PartOf>): Map<string, PartOf> {
  const found = new Map<string, PartOf>();
  const needed = Object.keys(one.given.depends_on ?? {}).flatMap((key) => parts.get(key) ?? []);
  const named = one.variables.flatMap((variable) => {
    const part = parts.get(referenceOf(plan, one, variable)?.target.key ?? '');
    return part === undefined ? [] : [{ part, prefix: variable.name.replace(ENDS, '') }];
  });
  // Where a service has two databases, their usual names tell neither of them.
  for (const kind of ['database', 'redis', 'queue'] as const) {
    const all = new Set([...needed, ...named.map(({ part }) => part)].filter((part) => part.kind === kind));
    const [only] = all;
    if (only !== undefined && all.size === 1) for (const prefix of USUAL[kind]) found.set(prefix, only);
  }
  for (const { part, prefix } of named) if (prefix !== '') found.set(prefix, part);
  return found;
}

const PIECES: readonly (readonly [RegExp, string])[] = [
  [/^_?(USER|USERNAME|LOGIN)$/i, 'user'],
  [/^_?(PASSWORD|PASS|PASSWD|PWD)$/i, 'password'],
  [/^_?PORT$/i, 'port'],
  [/^_?(VHOST|VIRTUAL_HOST)$/i, 'vhost'],
  [/^_?(NAME|DATABASE|DB|DBNAME|DB_NAME)$/i, 'name'],
];

/**
 * The piece of a part for a variable beside the one that names it: `DB_USER` beside `DB_HOST`.
 *
 * @returns what the variable gets, or why the part has no such value. Undefined for any other variable
 */
export function siblingOf(
  prefixes: ReadonlyMap<string, PartOf>,
  name: string,
  value: string | undefined,
): Value | { readonly problem: string } | undefined {
  for (const [prefix, part] of [...prefixes].sort(([a], [b]) => b.length - a.length)) {
    if (!name.startsWith(prefix)) continue;
    const end = name.slice(prefix.length);
    const [, found] = PIECES.find(([form]) => form.test(end)) ?? [];
    if (found === undefined) continue;
    if (part.kind === 'queue') {
      if (found !== 'name' && !isManagement(part, { port: Number(value) })) return piece(part, found);
      continue;
    }
    if (found === 'vhost') continue;
    if (part.kind === 'redis') {
      if (found === 'port' || found === 'password') return piece(part, found);
      if (found === 'name' && value === '0') return piece(part, 'db');
      continue;
    }
    const given = part.database?.given[found as 'name' | 'user'];
    if ((found === 'name' || found === 'user') && value !== undefined && !isMissing(value) && value !== given)
      return {
        problem: `names another ${found === 'name' ? 'database' : 'user'} than ${given}, that of the server: add it to database.databases`,
      };
    return piece(part, found);
  }
  return undefined;
}
