import { postgresTag } from '../../../lib/base/versions';
import type { Variable } from './environment-variables';
import { shown } from './interpolation';
import { postgresExtensions } from './known-images';
import type { Notes } from './notes';
import type { Plan, Planned } from './plan';

/** A database of the application, and what its server was told in the compose file. */
export interface DatabasePart {
  readonly of: Planned;
  readonly name: string;
  /** @default - it is called like the database */
  readonly user: string | undefined;
  readonly extensions: readonly string[];
  readonly given: { readonly name: string | undefined; readonly user: string | undefined };
}

/** The names that databases and their owners may have. */
const NAME = /^(?!postgres$|template\d$|pg_)[a-z_][a-z0-9_]{0,62}$/;

function partOf(one: Planned, application: string, taken: readonly string[], notes: Notes): DatabasePart {
  const value = (name: string) => one.variables.find((variable) => variable.name === name)?.value;
  const user = value('POSTGRES_USER') ?? 'postgres';
  const given = value('POSTGRES_DB') ?? user;
  const usual = application.replaceAll('-', '_');
  const [name = usual] = [given, one.key.toLowerCase().replace(/[^a-z0-9]+/g, '_'), usual].filter(
    (text) => NAME.test(text) && !taken.includes(text),
  );
  const first = taken.length === 0 && given === 'postgres' ? usual : name;
  if (first !== given) notes.add(one.path, `the database ${given}`, `is called ${first}`);
  const owner = NAME.test(user) && user !== first ? user : undefined;
  return {
    of: one,
    name: first,
    user: owner,
    extensions: postgresExtensions(one.image?.image ?? '') ?? [],
    given: { name: given, user },
  };
}

/** What a part has of its own, so that it is not taken over. */
const OWN = ['command', 'configs', 'secrets', 'deploy', 'cpus', 'mem_limit', 'user'] as const;

function noteSettings(one: Planned, part: string, notes: Notes): void {
  for (const key of OWN) {
    if (one.given[key] !== undefined)
      notes.add([...one.path, key], `${key} of ${one.key}`, `the part ${part} has settings of its own`);
  }
  for (const [index, volume] of (one.given.volumes ?? []).entries()) {
    const source = typeof volume === 'string' ? volume.split(':')[0] : volume.source;
    if (source !== undefined && /^[./~]/.test(source))
      notes.add(
        [...one.path, 'volumes', index],
        `${source} of ${one.key}`,
        part === 'database'
          ? 'SQL that may run at each deployment belongs into database.init: { source: file beside the application }; what must run once, into migrations'
          : `the part ${part} has a configuration of its own`,
      );
  }
  for (const { name, path } of one.variables) {
    if (
      !/^(POSTGRES_(DB|USER|PASSWORD(_FILE)?|HOST_AUTH_METHOD)|PGDATA|REDIS_PASSWORD|RABBITMQ_DEFAULT_(USER|PASS|VHOST))$/.test(
        name,
      )
    )
      notes.add(path, name, `the part ${part} has settings of its own`);
  }
}

/** The databases of the application: one server has all of them. */
export function databasesOf(plan: Plan, application: string, notes: Notes): DatabasePart[] {
  const parts: DatabasePart[] = [];
  for (const one of plan.services.filter(({ role }) => role === 'database')) {
    noteSettings(one, 'database', notes);
    parts.push(
      partOf(
        one,
        application,
        parts.map(({ name }) => name),
        notes,
      ),
    );
  }
  const [first] = parts;
  for (const { of, name } of parts.slice(1)) {
    notes.add(
      of.path,
      of.key,
      `becomes the database ${name} on the server of ${first?.of.key}: one server has all databases`,
    );
  }
  return parts;
}

/** The parts of which an application has one server, as messages name them. */
const SERVERS = {
  redis: { name: 'Redis', runs: 'Redis 7.4', version: /^7(\D|$)/ },
  queue: { name: 'RabbitMQ', runs: 'RabbitMQ 4.3', version: /^4(\D|$)/ },
} as const;

/** One of {@link SERVERS}. */
export type ServerPart = keyof typeof SERVERS;

/** Notes what of a server is not taken over. */
export function noteServer(part: ServerPart, plan: Plan, notes: Notes): void {
  for (const one of plan.services.filter(({ role }) => role === part)) {
    noteSettings(one, part, notes);
    const { image = '', tag = 'latest' } = one.image ?? {};
    if (!SERVERS[part].version.test(tag))
      notes.add(
        [...one.path, 'image'],
        `${image}:${tag}`,
        `the part ${part} runs ${SERVERS[part].runs}, unless ${part} says image and tag`,
      );
  }
}

/**
 * Notes the services that are not told the password of a server.
 *
 * @returns whether any service connects to it: without one there is no such part
 */
export function noteReaders(
  part: ServerPart,
  services: readonly (readonly [Planned, Readonly<Record<string, unknown>>])[],
  plan: Plan,
  notes: Notes,
): boolean {
  const server = plan.services.find(({ role }) => role === part);
  if (server === undefined) return false;
  const { name } = SERVERS[part];
  const readers = services.filter(([, { env, connectsTo }]) =>
    JSON.stringify([Object.values(env ?? {}), connectsTo ?? []]).includes(`"${part}"`),
  );
  for (const [one, { env }] of readers) {
    if (new RegExp(`"${part}":"(url|password)"|\\{password(:url)?\\}`).test(JSON.stringify(env ?? {}))) continue;
    notes.add(
      one.path,
      `password of ${name} for ${one.name}`,
      `${name} asks for one here: add a variable { ${part}: password }, or { ${part}: url }, by the name that ${one.name} reads`,
    );
  }
  if (readers.length === 0)
    notes.add(
      server.path,
      server.key,
      `is left out, since no service says that it connects to it: add ${part}: {}, and a variable { ${part}: url } of the service`,
    );
  return readers.length > 0;
}

/** What RabbitMQ was told in the compose file: its user or its virtual host. @default - nothing */
function toldQueue({ services }: Plan, name: 'USER' | 'VHOST'): Variable | undefined {
  const { variables = [] } = services.find(({ role }) => role === 'queue') ?? {};
  return variables.find((variable) => variable.name === `RABBITMQ_DEFAULT_${name}`);
}

/** The virtual host that clients name in the compose file. */
export function givenVhost(plan: Plan): string {
  return toldQueue(plan, 'VHOST')?.value ?? '/';
}

/** The user and the virtual host of RabbitMQ; those that cannot be so here are noted. */
export function queueSetting(plan: Plan, application: string, notes: Notes): object {
  const kept = (name: 'USER' | 'VHOST', refused: readonly string[], instead: string) => {
    const { value = '', path = [] } = toldQueue(plan, name) ?? {};
    if (/^[\w.-]{1,100}$/.test(value) && !refused.includes(value)) return value;
    if (value !== '' && value !== instead)
      notes.add(path, `RABBITMQ_DEFAULT_${name} ${shown(value)}`, `is ${instead} here`);
    return undefined;
  };
  const [user, vhost] = [kept('USER', ['guest', 'backup'], application), kept('VHOST', [], '/')];
  return { ...(user !== undefined && { user }), ...(vhost !== undefined && { vhost }) };
}

/** The image of a server in the cluster. */
export interface ServerImage {
  readonly image?: string;
  readonly tag: string;
}

const POSTGRES = 'docker.io/library/postgres';
const REDIS = 'docker.io/library/redis';
/** The version of PostgreSQL where no other one is said. */
const USUAL = '16';

/** The image of the database's server, and of its clients where its tag does not tell them their version. */
export function serverOf(
  [first]: readonly DatabasePart[],
  notes: Notes,
): { readonly server: ServerImage | undefined; readonly client: object } {
  const { image, tag } = first?.of.image ?? {};
  if (first === undefined || image === undefined) return { server: undefined, client: {} };
  const [, version = USUAL] = /^(?:pg)?(\d+)/.exec(tag ?? '') ?? [];
  const line = `${version}-alpine`;
  const own = postgresTag(Number(version)) ?? line;
  if (image !== POSTGRES)
    return {
      server: { image, tag: tag ?? 'latest' },
      client: tag?.startsWith('pg') ? { postgresClient: { tag: own } } : {},
    };
  // The clients of dumps and restores have the same image.
  if (tag !== own && tag !== line)
    notes.add(
      [...first.of.path, 'image'],
      `${image}:${tag ?? 'latest'}`,
      `is ${own} here${tag === undefined ? '' : ', of the same major version'}`,
    );
  return { server: { tag: own }, client: {} };
}

/** The image of Redis, where another service runs the same one: an environment has one tag of each image. */
export function redisServerOf({ services }: Plan): ServerImage | undefined {
  const other = services.find(({ role, image }) => role === 'service' && image?.image === REDIS);
  return other === undefined ? undefined : { tag: other.image?.tag ?? 'latest' };
}

/** The tag of an image that the database's server has too. @default - it has another one */
export function tagOfServer(image: string, server: ServerImage | undefined): string | undefined {
  return server !== undefined && image === (server.image ?? POSTGRES) ? server.tag : undefined;
}
