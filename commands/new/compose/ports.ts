import { askedBy } from './health';
import { DEBUGGERS, protocolOf } from './known-images';
import type { Notes } from './notes';
import type { Plan, Planned, ServicePort } from './plan';
import { partsIn, referenceOf } from './references';

/** The ports of all services by their keys, the main one first. */
export type Ports = ReadonlyMap<string, readonly ServicePort[]>;

/** The port of a URL that says none. */
const OF_SCHEMES: Readonly<Record<string, number>> = { http: 80, ws: 80, https: 443, wss: 443 };

/** Texts of the files of a service, which may name others. */
export type TextsOf = (one: Planned) => readonly string[];

/** At which ports others reach each service. In a compose file they need not be said anywhere else. */
function askedPorts(plan: Plan, textsOf: TextsOf): Map<string, number[]> {
  const asked = new Map<string, number[]>();
  const add = ({ key, known }: Planned, port: number | undefined) =>
    asked.set(key, [...(asked.get(key) ?? []), port ?? known?.port ?? []].flat());
  for (const one of plan.services) {
    for (const variable of one.variables) {
      const found = referenceOf(plan, one, variable);
      if (found !== undefined) add(found.target, found.port ?? OF_SCHEMES[found.scheme ?? '']);
    }
    const texts = [...one.variables.map(({ value = '' }) => value), ...textsOf(one)];
    for (const { target, port } of texts.flatMap((text) => partsIn(plan, text)))
      if (port !== undefined) add(target, port);
  }
  return asked;
}

/** The variables by which a server is told its port. */
const PORT_NAMES = ['PORT', 'HTTP_PORT', 'SERVER_PORT', 'APP_PORT', 'LISTEN_PORT'];

function portsOfOne(one: Planned, asked: readonly number[], notes: Notes): ServicePort[] {
  const check = askedBy(one.given);
  const own = Number(one.variables.find(({ name }) => PORT_NAMES.includes(name))?.value);
  const declared = one.ports.flatMap(({ container, udp, path }) => {
    if (udp) notes.add(path, `port ${container}/udp`, 'UDP is not supported');
    return udp ? [] : container;
  });
  const exposed = (one.given.expose ?? []).flatMap((text) =>
    /^\d+(\/tcp)?$/.test(text) ? Number.parseInt(text, 10) : [],
  );
  const told = [...declared, ...exposed, ...asked, check?.port ?? []].flat();
  const known = one.known?.port;
  // What is said nowhere else is what the image, or its variable, says.
  const all = [...new Set([...(known !== undefined && told.includes(known) ? [known] : []), ...told])];
  const guessed = all.length > 0 ? all : [known ?? (Number.isInteger(own) && own > 0 ? own : [])].flat();
  const kept = guessed.filter((port) => {
    if (asked.includes(port) || guessed.length === 1) return true;
    const at = one.ports.find(({ container }) => container === port)?.path ?? one.path;
    if (DEBUGGERS.includes(port)) notes.add(at, `port ${port}`, 'is one of a debugger, and is left out');
    else if (port === 443 || port === 8443)
      notes.add(at, `port ${port}`, 'is left out: TLS ends at the edge, which asks the other port');
    else return true;
    return false;
  });
  const protocol = (port: number) =>
    port === known
      ? (one.known?.protocol ?? 'http')
      : check?.kind === 'grpc' && port === (check.port ?? kept[0])
        ? 'grpc'
        : protocolOf(port);
  return kept
    .filter((port) => port >= 1 && port <= 65535)
    .map((port, index) => ({
      name: index === 0 ? protocol(port) : `port-${port}`,
      number: port,
      protocol: protocol(port),
    }));
}

/** The ports of all services that run all the time. */
export function portsOfAll(plan: Plan, textsOf: TextsOf, notes: Notes): Ports {
  const asked = askedPorts(plan, textsOf);
  const servers = plan.services.filter(({ role }) => role === 'service');
  return new Map(servers.map((one) => [one.key, portsOfOne(one, asked.get(one.key) ?? [], notes)]));
}

/** The names of services that people open in a browser. */
const FRONT = /(^|-)(web|www|frontend|front|ui|gateway|proxy|nginx|caddy|client|site|portal)(-|$)/;
/** The tools of developers, which nobody else needs. */
const TOOLS =
  /adminer|pgadmin|phpmyadmin|mailhog|mailpit|mailcatcher|express|commander|redisinsight|insight|grafana|prometheus|jaeger|kibana/;

const WHY_UNPUBLISHED =
  'nothing is published in a cluster: other services reach it by its name, people by exposed: /path, operators by kubectl port-forward';

/** Notes the ports that compose publishes, beside the one that the edge exposes, and those that are left out. */
function notePublished(
  { key, role, ports: all }: Planned,
  exposed: ServicePort | undefined,
  ports: Ports,
  notes: Notes,
): void {
  const isKept = (number: number) => role !== 'service' || ports.get(key)?.some((one) => one.number === number);
  const noted = all.filter(
    ({ container, published, udp }) =>
      !udp && published !== undefined && container !== exposed?.number && isKept(container),
  );
  for (const path of new Set(noted.map((one) => one.path))) {
    const numbers = noted.filter((one) => one.path === path).map(({ published }) => published);
    notes.add(path, `published port ${numbers.join(', ')}`, WHY_UNPUBLISHED);
  }
}

/**
 * The one service that the edge exposes: the one that publishes 80 or 443; else one whose name says that people open it; else the first that
 * publishes a port of HTTP, of those with images of their own. Each other port that is published is noted.
 */
export function exposedOf(
  plan: Plan,
  ports: Ports,
  notes: Notes,
): { readonly one: Planned; readonly port: ServicePort } | undefined {
  const candidates = plan.services.flatMap((one) =>
    one.role !== 'service' ||
    one.given.profiles !== undefined ||
    one.known?.isStore === true ||
    TOOLS.test(`${one.name} ${one.given.image ?? ''}`)
      ? []
      : one.ports.flatMap(({ container, published }) => {
          const isPlain = published === 80 || published === 443;
          // A published 443 whose own port is left out leads to the port of HTTP.
          const port = ports.get(one.key)?.find(({ number }) => number === container);
          if (published === undefined || port?.protocol !== 'http') return [];
          return [
            {
              one,
              port,
              published,
              rank: published === 80 ? 0 : isPlain ? 1 : FRONT.test(one.name) ? 2 : one.known === undefined ? 3 : 4,
            },
          ];
        }),
  );
  const [best] = [...candidates].sort((a, b) => a.rank - b.rank);
  for (const one of plan.services)
    if (one.role !== 'nothing') notePublished(one, best?.one === one ? best.port : undefined, ports, notes);
  return best;
}
