import { InputError } from '../../../lib/base/problem';
import { connectedOf, type Made } from './connections';
import type { ComposeFile } from './document';
import { grantedIn } from './granted';
import { noteLeftOut } from './left-out';
import { withModels } from './models';
import type { Notes } from './notes';
import { partsByKey } from './part-values';
import {
  type DatabasePart,
  databasesOf,
  noteReaders,
  noteServer,
  queueSetting,
  redisServerOf,
  type ServerImage,
  serverOf,
} from './parts';
import { type Plan, type Planned, planOf } from './plan';
import { exposedOf, portsOfAll } from './ports';
import { Secrets } from './secrets';
import { type ImageOf, imageFor, serviceOf } from './service';
import type { Context } from './values';
import { type Paths, pathsOf } from './volumes';

type Setting = Readonly<Record<string, unknown>>;

/** An application that a compose file describes. */
export interface ImportedApplication {
  /** The settings of its base. */
  readonly base: Setting;
  /** The images of all services, by their names in the application. */
  readonly images: ReadonlyMap<string, ImageOf>;
  /** The services that only environments of developers have. */
  readonly development: Readonly<Record<string, Setting>>;
  readonly isExposed: boolean;
  readonly hasDatabase: boolean;
  readonly hasRedis: boolean;
  readonly hasQueue: boolean;
  /** The images of their servers in the cluster. @default - those of the parts */
  readonly database: ServerImage | undefined;
  readonly redis: ServerImage | undefined;
}

const WHY_EXTRA = 'only environments of developers have it: move it into the base for all';

/** By whose name the image of a service is called: services with the same build have one image, that of the one that publishes a port. */
function buildersOf(services: readonly Planned[]): Map<string, string> {
  const same = (one: Planned) =>
    services.filter(
      ({ given }) => one.given.build !== undefined && JSON.stringify(given.build) === JSON.stringify(one.given.build),
    );
  return new Map(
    services.map((one) => {
      const all = same(one);
      return [one.key, (all.find(({ ports }) => ports.length > 0) ?? all[0] ?? one).name];
    }),
  );
}

function databaseSetting(databases: readonly DatabasePart[], application: string): Setting {
  const usual = application.replaceAll('-', '_');
  const [only] = databases;
  if (databases.length === 1 && only?.name === usual && only.user === undefined && only.extensions.length === 0)
    return {};
  return {
    databases: Object.fromEntries(
      databases.map(({ name, user, extensions }) => [
        name,
        { ...(user !== undefined && { user }), ...(extensions.length > 0 && { extensions }) },
      ]),
    ),
  };
}

/** The services of a compose file that are services or jobs of the application, with their settings. */
function makeServices(
  context: Context,
  paths: ReadonlyMap<string, Paths>,
  repository: (name: string) => string,
  images: Map<string, ImageOf>,
): Made[] {
  const runs = runsIn(context.plan);
  const builders = buildersOf(runs);
  return runs.map((one): Made => {
    const own = imageFor(one, repository(builders.get(one.key) ?? one.name), context);
    const { image, ...service } = serviceOf(context, one, own, paths.get(one.key) as Paths);
    images.set(one.name, image);
    return { one, ...service };
  });
}

const runsIn = ({ services }: Plan) => services.filter(({ role }) => role === 'service' || role === 'job');

/** @throws InputError where nothing is left beside parts and profiles */
function planWithServices(compose: ComposeFile, notes: Notes): Plan {
  const plan = planOf(compose, notes);
  if (runsIn(plan).some(({ given }) => given.profiles === undefined)) return plan;
  const message =
    'given no service of an application, expected one beside databases, Redis, RabbitMQ and those of profiles';
  throw new InputError([{ ...compose.locate(['services']), path: 'services', message }]);
}

/** Whether only development has a service: it is of a profile, and no service of another one names it. */
function extraIn(made: readonly Made[]): (one: Planned) => boolean {
  const plain = made.filter(({ one }) => one.given.profiles === undefined);
  const named = new Set(plain.flatMap(({ values }) => [...values.connected, ...values.named]));
  return ({ given, key }) => given.profiles !== undefined && !named.has(key);
}

/**
 * Describes the application of a compose file.
 *
 * @param registry where its own images are
 * @param notes takes what is not taken over
 * @throws InputError where all of it becomes parts
 */
export function applicationOf(
  compose: ComposeFile,
  application: string,
  registry: string,
  notes: Notes,
): ImportedApplication {
  const plan = planWithServices(compose, notes);
  const granted = grantedIn(compose, notes);
  const paths = new Map(
    runsIn(plan).map((one): [string, Paths] => {
      const own = pathsOf(compose, plan, one, notes);
      return [one.key, { ...own, files: { ...own.files, ...granted.filesOf(one) } }];
    }),
  );
  const textsOf = ({ key }: Planned) => Object.values(paths.get(key)?.files ?? {}).flatMap(({ text }) => text ?? []);
  const ports = portsOfAll(plan, textsOf, notes);
  const databases = databasesOf(plan, application, notes);
  for (const part of ['redis', 'queue'] as const) noteServer(part, plan, notes);
  noteLeftOut(compose, plan, notes);
  const exposed = exposedOf(plan, ports, notes);
  const { server, client } = serverOf(databases, notes);
  const parts = partsByKey(plan, databases);
  const context: Context = { plan, ports, textsOf, parts, server, secrets: new Secrets(), notes, exposed };
  const images = new Map<string, ImageOf>();
  const made = makeServices(context, paths, (name) => `${registry}/${application}-${name}`, images);
  const isExtra = extraIn(made);
  const complete = made.map((each): [Planned, Setting] => [each.one, connectedOf(context, each, made, isExtra)]);
  for (const { path, name } of made.map(({ one }) => one).filter(isExtra))
    notes.add([...path, 'profiles'], `profile of ${name}`, WHY_EXTRA);
  const plain = complete.filter(([one]) => !isExtra(one));
  const hasRedis = noteReaders('redis', plain, plan, notes);
  const hasQueue = noteReaders('queue', plain, plan, notes);
  const all = withModels(compose, complete, images, notes);
  const pick = (extra: boolean) =>
    Object.fromEntries(
      all
        .filter(({ one }) => (one !== undefined && isExtra(one)) === extra)
        .map(({ name, settings }) => [name, settings]),
    );
  const { sharedSecrets } = granted;
  return {
    base: {
      pattern: 'microservices',
      services: pick(false),
      ...(Object.keys(sharedSecrets).length > 0 && { sharedSecrets }),
      ...(databases.length > 0 && { database: databaseSetting(databases, application), ...client }),
      ...(hasRedis && { redis: {} }),
      ...(hasQueue && { queue: queueSetting(plan, application, notes) }),
    },
    images,
    development: pick(true),
    isExposed: exposed !== undefined,
    hasDatabase: databases.length > 0,
    hasRedis,
    hasQueue,
    database: server,
    redis: redisServerOf(plan),
  };
}
