import { hashOf } from '../../base/hash';
import { bytesOf } from '../../base/quantity';
import { deployOf, isInStack } from './deploy';
import { besides, type ComposeDocument, type ComposeService, type ComposeVolume, sourceOf, targetOf } from './document';
import { TOOLS } from './health';
import { TOOLS_VOLUME } from './prepare';
import { CERTIFICATES, PROXY } from './proxy';

/** What a stack needs besides the compose file. */
export interface StackParts {
  /** The files beside the compose file, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** The files of secrets, by the volume that holds them in the compose file. */
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The volumes whose content is kept. */
  readonly data: ReadonlySet<string>;
}

/** A name in Swarm, of 64 characters at most. It changes with the content: configs, secrets and options of volumes cannot. */
const nameOf = (project: string, label: string, content: unknown) =>
  `${project.slice(0, 26)}_${label.slice(-24)}_${hashOf([project, label, content], 8)}`;

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * The proxy looks once whether it may write its certificates, so it waits for that. Its image may have no shell: without the client of health
 * checks, which is mounted, the container does not start, and Swarm tries again.
 */
const WAITING = [
  `${TOOLS}/busybox`,
  'sh',
  '-c',
  `until [ -w /certificates ]; do ${TOOLS}/busybox sleep 1; done; exec traefik "$$@"`,
  'traefik',
];

/** In memory, so that each container begins without it. */
const STARTED = '/dev/shm/started';

/** The health check, and before it the command that has to run once after the start: Swarm has no other place for it. */
function healthOf({ healthcheck, post_start: commands = [] }: ComposeService) {
  if (healthcheck === undefined || commands.length === 0) return healthcheck;
  const start = commands.map(({ command }) => command.map(quoted).join(' ')).join(' && ');
  const test = healthcheck.test.slice(1).map(quoted).join(' ');
  return { ...healthcheck, test: ['CMD-SHELL', `[ -e ${STARTED} ] || { ${start} && : >${STARTED}; } && ${test}`] };
}

/** The ports of the node itself, since the mesh of Swarm hides the addresses of clients. */
function portsOf({ ports = [] }: ComposeService) {
  return ports.map((port) => {
    const [published, target] = port.split(':').map(Number);
    return { target, published, protocol: 'tcp', mode: 'host' };
  });
}

/** What a service of a stack has in place of a mount. */
interface Mounted {
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly secrets?: readonly object[];
  readonly volumes?: readonly (object | string)[];
}

/** What becomes of one compose file. */
class Stack {
  readonly networks: Record<string, object> = {};
  readonly volumes: Record<string, object> = {};
  readonly configs: Record<string, object> = {};
  readonly secrets: Record<string, object> = {};
  /** The text of each secret, by its name. */
  readonly contents = new Map<string, string>();

  constructor(
    private readonly document: ComposeDocument,
    private readonly parts: StackParts,
  ) {}

  service(name: string, service: ComposeService) {
    const { image, entrypoint, command, user, environment, stop_grace_period, read_only, cap_drop, cap_add } = service;
    const waits = name === PROXY && service.volumes?.some((one) => sourceOf(one) === CERTIFICATES);
    const tools = waits ? [`${TOOLS_VOLUME}:${TOOLS}:ro,nocopy`] : [];
    const mounts = [...(service.volumes ?? []), ...tools].map((volume) => this.mount(name, volume));
    const scratch = (service.tmpfs ?? []).map((text) => this.scratch(name, text));
    const volumes = [...mounts.flatMap((one) => one.volumes ?? []), ...scratch];
    const [group] = service.group_add ?? [];
    const { document } = this;
    const isAlone = scratch.some(({ type }) => type === 'volume');
    return withoutEmpty({
      image,
      entrypoint: waits ? WAITING : entrypoint,
      command,
      user: group === undefined ? user : `${user?.split(':')[0]}:${group}`,
      ports: portsOf(service),
      networks: this.networksOf(name, service),
      environment,
      healthcheck: healthOf(service),
      stop_grace_period,
      deploy: deployOf(name, service, document, { data: this.parts.data, isAlone }),
      read_only,
      cap_drop,
      cap_add,
      configs: mounts.flatMap((one) => one.configs ?? []),
      secrets: mounts.flatMap((one) => one.secrets ?? []),
      volumes,
    });
  }

  /** Containers that share a network have the same networks each. One that has none gets a network for itself. */
  private networksOf(name: string, service: ComposeService): readonly string[] {
    const first = besides(service) ?? name;
    const own = this.document.services[first]?.networks ?? [`${first}_alone`];
    for (const network of own) this.networks[network] = this.document.networks[network] ?? { internal: true };
    return own;
  }

  private mount(service: string, volume: ComposeVolume): Mounted {
    const [source, target] = [sourceOf(volume), targetOf(volume)];
    const secret = this.parts.secrets.get(source);
    if (secret !== undefined) {
      const one = typeof volume === 'string' ? undefined : volume.volume.subpath;
      const files = Object.entries(secret).filter(([file]) => one === undefined || file === one);
      return { secrets: files.map(([file, text]) => this.secret(one ? target : `${target}/${file}`, file, text)) };
    }
    if (source.startsWith('./')) {
      const configs = this.configsOf(source.slice(2), target);
      // A folder hides what the image has there, and Swarm mounts single files. No image has what is below /etc/berth.
      const hides = configs.every((one) => one.target !== target) && !target.startsWith('/etc/berth/');
      return { configs, ...(hides && { volumes: [this.inMemory(service, target, 'size=1m,mode=0755')] }) };
    }
    const { driver_opts } = this.document.volumes?.[source] ?? {};
    this.volumes[source] =
      driver_opts === undefined ? {} : { name: nameOf(this.document.name, source, driver_opts), driver_opts };
    return { volumes: [volume] };
  }

  private secret(target: string, file: string, text: string) {
    const variable = /^\$\{(\w+)[^}]*\}$/.exec(text)?.[1];
    const source = nameOf(this.document.name, variable ?? file.replace(/^\W+/, ''), text);
    this.contents.set(source, text);
    this.secrets[source] = { external: true, name: `${source}_\${SECRETS:-1}` };
    return { source, target, mode: 0o444 };
  }

  /** A file, or each file of a folder. */
  private configsOf(path: string, target: string) {
    const found = [...this.parts.files].filter(([file]) => file === path || file.startsWith(`${path}/`));
    return found.map(([file, text]) => {
      const name = nameOf(this.document.name, file.split('/').at(-1) as string, [file, text]);
      this.configs[name] = { name, file: `./${file}` };
      return { source: name, target: `${target}${file.slice(path.length)}` };
    });
  }

  /**
   * Scratch space. Swarm's own has the owner and the mode of the image's folder, and everyone may write to /tmp and /dev/shm alone; else
   * it is a volume.
   */
  private scratch(service: string, text: string) {
    const [target, options] = text.split(':') as [string, string];
    const size = bytesOf(`${/size=(\d+)m/.exec(options)?.[1]}Mi`);
    if (options.endsWith('mode=1777')) return { type: 'tmpfs', target, tmpfs: { size } };
    return this.inMemory(service, target, options);
  }

  /** A volume in memory for each of the tasks that run at the same time. Source: docs.docker.com, docker service create, templates. */
  private inMemory(service: string, target: string, o: string) {
    const source = `${service}${target.replaceAll(/\W+/g, '-')}`;
    const name = `${nameOf(this.document.name, source, o)}_{{.Task.Slot}}`;
    this.volumes[source] = { name, driver_opts: { type: 'tmpfs', device: 'tmpfs', o } };
    return { type: 'volume', source, target, volume: { nocopy: true } };
  }
}

function withoutEmpty(fields: Readonly<Record<string, unknown>>) {
  const isThere = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isThere(value)));
}

/**
 * A compose file as one for `docker stack deploy`: the same services, with what Swarm has in place of what it refuses.
 *
 * @returns the stack, and the text of each of its secrets, by its name
 */
export function stackOf(document: ComposeDocument, parts: StackParts) {
  const stack = new Stack(document, parts);
  const own = Object.entries(document.services).filter(([, one]) => isInStack(one));
  const services = Object.fromEntries(own.map(([name, service]) => [name, stack.service(name, service)]));
  const { networks, volumes, configs, secrets } = stack;
  const more = Object.entries({ networks, volumes, configs, secrets }).filter(
    ([, found]) => Object.keys(found).length > 0,
  );
  return { stack: { services, ...Object.fromEntries(more) }, secrets: stack.contents };
}
