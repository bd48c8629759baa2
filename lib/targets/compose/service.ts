import { imageReference } from '../../base/image';
import { bytesOf, quantityOf } from '../../base/quantity';
import { isText } from '../../model/address';
import type { Container, PodFact, Resources } from '../../model/container';
import { volumeName } from '../../model/storage';
import { healthcheckOf, needsTools, TOOLS } from './health';
import { isVolume, type Mounts, type ServiceVolume, volumeText } from './mounts';
import type { Dependencies } from './order';
import { type Pod, serviceName } from './pods';
import { TOOLS_VOLUME } from './prepare';
import { escaped, type Print } from './text';
import type { Variables } from './variables';

/** Scratch space above this is on disk, in a volume, since tmpfs is memory: 256 MiB. */
const LARGEST_TMPFS = 2 ** 28;

/** How an image is built from the application's sources. Source: docs.docker.com, Compose Build Specification. */
export interface Build {
  /** The folder with the sources, relative to the compose file. */
  readonly context: string;
  /** @default - Dockerfile */
  readonly dockerfile?: string | undefined;
  readonly target?: string | undefined;
  readonly args?: Readonly<Record<string, string>> | undefined;
  /** The folders, relative to the context, whose changes build the image again while `docker compose watch` runs. */
  readonly watch?: readonly string[] | undefined;
}

/** What is said about a system for compose alone, by component. */
export interface ServiceOptions {
  /** The port of this machine by which a component is reached. */
  readonly ports: Readonly<Record<string, number>>;
  /** Variables that differ from those on Kubernetes. */
  readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly build: Readonly<Record<string, Build>>;
}

/** What the services of a compose file have in common. */
export interface Context {
  readonly print: Print;
  readonly variables: Variables;
  readonly mounts: Mounts;
  readonly options: ServiceOptions;
  /** The networks of each pod, by its name. */
  readonly networks: ReadonlyMap<string, readonly string[]>;
}

function factOf(fact: PodFact, { resources }: Container): string | undefined {
  if ('limit' in fact) return String(quantityOf(resources[fact.limit].limit));
  return undefined;
}

function environmentOf(container: Container, service: string, { print, variables, options }: Context) {
  const values = Object.entries(container.env).flatMap(([name, value]): [string, string][] => {
    if (isText(value)) return [[name, escaped(print(value))]];
    if ('config' in value) return [[name, escaped(print(value.config.data[value.key] as string))]];
    if ('secret' in value) return [[name, variables.valueOf(value.secret, value.key)]];
    const fact = factOf(value, container);
    return fact === undefined ? [] : [[name, fact]];
  });
  const own = Object.entries(options.env[service] ?? {}).map(([name, value]) => [name, escaped(value)]);
  return Object.fromEntries([...values, ...own]) as Record<string, string>;
}

/** The microseconds of CPU that a service may take in each tenth of a second: an engine refuses `cpus` above those of its machine. */
const cpuQuota = ({ cpu }: Resources) => Math.round((quantityOf(cpu.limit) as number) * 100_000);

/** Source: docs.docker.com, Compose Deploy Specification, resources. */
function resourcesOf({ cpu, memory, devices = {} }: Resources) {
  const memoryOf = (kind: 'request' | 'limit') => `${Math.floor(bytesOf(memory[kind]) / 2 ** 20)}M`;
  const gpus = Object.values(devices).reduce((sum, count) => sum + count, 0);
  return {
    limits: { memory: memoryOf('limit') },
    reservations: {
      cpus: String(quantityOf(cpu.request)),
      memory: memoryOf('request'),
      ...(gpus > 0 && { devices: [{ driver: 'nvidia', count: gpus, capabilities: ['gpu'] }] }),
    },
  };
}

/**
 * The scratch space of a container: in memory where it is small and its own, else a volume. What the containers of a pod share while they
 * run is a volume in memory, which is empty at each start, as on Kubernetes; one that a container fills before the others start is not.
 */
function scratchOf(pod: Pod, container: Container) {
  const has = (path: string) => (one: Container) => one.scratch.some((scratch) => scratch.path === path);
  const tmpfs: string[] = [];
  const volumes: ServiceVolume[] = [];
  for (const { path, size, memory } of container.scratch) {
    const isShared = [...pod.init, ...pod.containers].filter(has(path)).length > 1;
    const mode = path === '/tmp' || path === '/dev/shm' ? '1777' : '0755';
    const options = `size=${size.toMebibytes()}m,uid=${pod.user},gid=${pod.group},mode=${mode}`;
    const inMemory = (memory || size.toBytes() <= LARGEST_TMPFS) && !pod.init.some(has(path));
    if (inMemory && !isShared) tmpfs.push(`${path}:${options}`);
    else
      volumes.push({ source: `${pod.name}-${volumeName(path)}`, target: path, ...(inMemory && { memory: options }) });
  }
  return { tmpfs, volumes };
}

function developOf({ watch = [] }: Build, context: string) {
  return watch.map((path) => ({ action: 'rebuild', path: `${context}/${path}` }));
}

function buildOf({ context, dockerfile, target, args }: Build) {
  return {
    context,
    ...(dockerfile !== undefined && { dockerfile }),
    ...(target !== undefined && { target }),
    ...(args !== undefined && { args }),
  };
}

/** How a container takes part in networks: a pod's first one, and those that end before it, have its networks; the others share its. */
function networkOf(pod: Pod, container: Container, { networks }: Context) {
  const isFirst = container === pod.containers[0] || pod.init.includes(container);
  const own = networks.get(pod.name) ?? [];
  if (!isFirst) return { network_mode: `service:${pod.name}` };
  return own.length === 0 ? { network_mode: 'none' } : { networks: own };
}

/** The main port of a container at one of this machine, which only programs on it reach. */
function publishedAt(published: number, { ports: [main] }: Container): string {
  return `127.0.0.1:${published}:${main?.port}${main?.protocol === 'udp' ? '/udp' : ''}`;
}

/** The profile of tasks that run by a schedule, or are started by hand. */
export const JOBS = 'jobs';

/** One container of a pod as a service, and the volumes that it writes to. */
export function serviceOf(pod: Pod, container: Container, dependencies: Dependencies, context: Context) {
  const { options, mounts } = context;
  const service = serviceName(pod, container);
  const isMain = container === pod.containers[0];
  const ends = pod.task !== undefined || pod.init.includes(container);
  const scratch = scratchOf(pod, container);
  const hasData = isMain || (pod.task !== undefined && pod.containers.includes(container));
  const data: readonly ServiceVolume[] = hasData
    ? pod.volumes.map(({ claim, path, readOnly, group }) => ({ source: claim, target: path, readOnly, group }))
    : [];
  const tools: ServiceVolume[] =
    needsTools(container) && !ends ? [{ source: TOOLS_VOLUME, target: TOOLS, readOnly: true }] : [];
  const volumes = [...data, ...scratch.volumes, ...mounts.of(container), ...tools];
  const groups = [...new Set(data.flatMap(({ group }) => group ?? []))];
  const published = isMain ? options.ports[pod.name] : undefined;
  const build = isMain ? options.build[pod.name] : undefined;
  const watch = build === undefined ? [] : developOf(build, build.context);
  const environment = environmentOf(container, service, context);
  const health = ends ? undefined : healthcheckOf(container);
  const afterStart = isMain ? pod.component?.afterStart : undefined;
  const { command, args } = container;
  return {
    service: {
      image: imageReference(container.image),
      ...(build !== undefined && { build: buildOf(build) }),
      ...(command !== undefined && { entrypoint: command.map(escaped) }),
      ...(args !== undefined && { command: args.map(escaped) }),
      user: `${pod.user}:${pod.group}`,
      ...(groups.length > 0 && { group_add: groups.map(String) }),
      restart: ends ? 'no' : 'unless-stopped',
      ...(pod.schedule !== undefined && { profiles: [JOBS] }),
      ...(published !== undefined && { ports: [publishedAt(published, container)] }),
      ...networkOf(pod, container, context),
      ...(Object.keys(dependencies).length > 0 && { depends_on: dependencies }),
      ...(Object.keys(environment).length > 0 && { environment }),
      ...(health !== undefined && { healthcheck: { ...health, test: health.test.map(escaped) } }),
      ...(afterStart !== undefined && { post_start: [{ command: afterStart.map(escaped) }] }),
      stop_grace_period: `${pod.grace}s`,
      cpu_quota: cpuQuota(container.resources),
      deploy: { ...(pod.replicas > 1 && { replicas: pod.replicas }), resources: resourcesOf(container.resources) },
      ...(container.hardening.readOnlyRoot && { read_only: true }),
      cap_drop: ['ALL'],
      ...(container.hardening.capabilities.length > 0 && { cap_add: container.hardening.capabilities }),
      security_opt: ['no-new-privileges:true'],
      ...(scratch.tmpfs.length > 0 && { tmpfs: scratch.tmpfs }),
      ...(volumes.length > 0 && { volumes: volumes.map(volumeText) }),
      ...(watch.length > 0 && { develop: { watch } }),
    },
    /** The volumes of the service. */
    volumes: volumes.filter(isVolume),
    owner: { user: pod.user, group: pod.group },
  };
}
