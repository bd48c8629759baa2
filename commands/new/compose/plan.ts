import { OF_NAMESPACES, RESERVED_FOR_PARTS, TASKS_OF_PARTS } from '../../../lib/config/application-name';
import type { ComposeFile } from './document';
import { type Variable, variablesOf } from './environment-variables';
import { isRabbitMq, isRedis, type KnownImage, knownImage, postgresExtensions, servesDocker } from './known-images';
import type { Notes } from './notes';
import type { ComposeService } from './schema';
import { type ComposePort, type ImageParts, imageOf, portsOf, volumeOf } from './short-forms';

/** What a service of a compose file becomes. */
export type Role = 'service' | 'job' | 'database' | 'redis' | 'queue' | 'nothing';

/** A service of a compose file, and what it becomes. */
export interface Planned {
  /** Its name in the compose file, and its path there. */
  readonly key: string;
  readonly path: readonly string[];
  /** Its name in the application. What becomes a part keeps its own. */
  readonly name: string;
  readonly role: Role;
  readonly given: ComposeService;
  readonly image: ImageParts | undefined;
  readonly known: KnownImage | undefined;
  readonly variables: readonly Variable[];
  readonly ports: readonly (ComposePort & { readonly path: readonly PropertyKey[] })[];
}

/** A port of a service, as others may name it. */
export interface ServicePort {
  readonly name: string;
  readonly number: number;
  readonly protocol: 'http' | 'grpc' | 'tcp';
}

/** All services of a compose file, by the names that others reach them by. */
export interface Plan {
  readonly services: readonly Planned[];
  /** The service that answers to the name of a host: its own name, that of its container, an alias. */
  readonly hosts: ReadonlyMap<string, Planned>;
}

const LONGEST = 40;
/** A Job's name has a suffix. */
const TAKEN: readonly string[] = [
  ...RESERVED_FOR_PARTS,
  ...OF_NAMESPACES,
  'seed-data',
  ...Object.values(TASKS_OF_PARTS).flat(),
];

/** A name that a service may have. */
function nameFor(key: string, isJob: boolean, used: ReadonlySet<string>): string {
  const plain = key
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  const name = plain === '' ? 'service' : plain;
  const own =
    TAKEN.includes(name) || name.startsWith('migrations-')
      ? `${isJob ? 'run' : 'own'}-${name}`.slice(0, LONGEST)
      : name;
  let free = own;
  for (let count = 2; used.has(free); count++) free = `${own.slice(0, LONGEST - 3)}-${count}`;
  return free;
}

/** The services that others wait for until they have ended well. */
function awaitedIn({ services }: ComposeFile['value']): Set<string> {
  const all = Object.values(services).flatMap(({ depends_on: needed = {} }) => Object.entries(needed));
  const conditionOf = (one: unknown) => (one as { readonly condition?: unknown } | null)?.condition;
  return new Set(all.filter(([, one]) => conditionOf(one) === 'service_completed_successfully').map(([name]) => name));
}

function roleOf(
  key: string,
  service: ComposeService,
  image: ImageParts | undefined,
  awaited: ReadonlySet<string>,
): Role {
  const name = image?.image ?? '';
  const hasSocket = (service.volumes ?? []).some((one) => volumeOf(one).source?.endsWith('docker.sock'));
  if (servesDocker(name) || hasSocket) return 'nothing';
  if (service.build === undefined && postgresExtensions(name) !== undefined) {
    // A second service with the image, such as one that loads data, runs a command of its own.
    return awaited.has(key) || service.entrypoint !== undefined ? 'job' : 'database';
  }
  if (service.build === undefined && service.entrypoint === undefined) {
    if (isRedis(name)) return 'redis';
    if (isRabbitMq(name)) return 'queue';
  }
  const once = service.restart === 'no' && (service.ports ?? []).length === 0 && service.healthcheck === undefined;
  return once || awaited.has(key) ? 'job' : 'service';
}

/** The names by which others reach a service. */
function aliasesOf({ key, given }: Planned): string[] {
  const ofNetworks = Object.values(given.networks ?? {}).flatMap((one) => {
    const aliases = (one as { readonly aliases?: unknown } | null)?.aliases;
    return Array.isArray(aliases) ? aliases.map(String) : [];
  });
  return [key, given.container_name ?? [], given.hostname ?? [], ofNetworks].flat();
}

const WHY_NOTHING =
  'it serves the containers of Docker by its socket, and is left out: routes are exposed: /path, the edge has certificates, and npm run promote updates images';

/** Decides what each service of a compose file becomes. A second Redis or RabbitMQ stays a service: each may hold other data. */
export function planOf(compose: ComposeFile, notes: Notes): Plan {
  const awaited = awaitedIn(compose.value);
  const used = new Set<string>();
  const found = new Set<Role>();
  const services = Object.entries(compose.value.services).map(([key, given]): Planned => {
    const image = given.image === undefined ? undefined : imageOf(given.image);
    const path = ['services', key];
    const first = roleOf(key, given, image, awaited);
    const role = (first === 'redis' || first === 'queue') && found.has(first) ? 'service' : first;
    found.add(role);
    const name = role === 'service' || role === 'job' ? nameFor(key, role === 'job', used) : key;
    used.add(name);
    if (role === 'nothing') notes.add(path, key, WHY_NOTHING);
    if (name !== key) notes.add(path, key, `is called ${name}, a name that services can have here`);
    const ports = (given.ports ?? []).flatMap((entry, index) => {
      const at = [...path, 'ports', index];
      const published = portsOf(entry);
      if (published.length === 0)
        notes.add(at, `port of ${name}`, `has a variable without a value, or is no port: say port of services.${name}`);
      return published.map((port) => ({ ...port, path: at }));
    });
    const variables = variablesOf(compose, path, given, notes);
    return {
      key,
      path,
      name,
      role,
      given,
      image,
      known: given.build === undefined && image !== undefined ? knownImage(image.image) : undefined,
      variables,
      ports,
    };
  });
  const hosts = new Map<string, Planned>();
  for (const one of [...services].reverse()) for (const alias of aliasesOf(one)) hosts.set(alias, one);
  for (const one of services) hosts.set(one.key, one);
  return { services, hosts };
}

/** Whether two services are in a network together. */
export function shareNetwork(one: Planned, other: Planned): boolean {
  const [own, theirs] = [one, other].map(({ given }) => Object.keys(given.networks ?? { default: null }));
  return (own as string[]).some((name) => theirs?.includes(name));
}
