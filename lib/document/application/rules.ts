import { isText } from '../../model/address';
import type { EdgeProps } from '../../model/edge';
import type { Secret } from '../../model/secret';
import { audienceOf, type Site } from '../../model/site';
import type { System } from '../../model/system';
import type { Task } from '../../model/task';
import { paragraphs, table } from '../markdown';
import { timeOf } from './facts';
import { byEnvironment, type InEnvironment, type Program } from './programs';

/** What holds wherever a container runs. */
export const EVERYWHERE = `- **One image for all environments.** What differs comes from variables and files, at run time.
- **Ports.** Listen at all addresses (\`0.0.0.0\` or \`::\`), not at localhost alone.
- **Health.** Whether it is alive depends on the process alone, and not on a database or another service: a pod that is not alive is restarted, and a database
  that is down would restart them all.
- **The end.** After SIGTERM finish what is open, take nothing new, and end. A shell as the first process does not pass the signal on: start the program by \`exec\`.
- **Files.** The root file system is read-only, and the user is a number without a name. Write to the paths in the table only.
- **Memory and CPU.** Above the memory limit the container is killed; above the CPU limit it becomes slow.
- **Logs** go to standard output and standard error, an event on each line, and without secrets.
- **Network.** Only the connections in the table are open, besides DNS. All others time out.`;

/** What an edge does with the requests that it forwards. */
interface Forwarding {
  readonly name: string;
  readonly headers: string;
  /** How many proxies have added an entry to X-Forwarded-For that can be trusted. */
  readonly hops: number;
  /** How long a response may be silent where its site has no \`stream\`. */
  readonly silence: string;
  /** How long it keeps an idle connection to a pod. */
  readonly idle: string;
}

const TRAEFIK = {
  headers: '`X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`, `X-Real-Ip`',
  hops: 1,
  silence: 'without limit',
  idle: '90 s',
};

/** Source: ingress-nginx, ConfigMap; doc.traefik.io, ServersTransport; envoyproxy.io, FAQ on timeouts, and HTTP header manipulation. */
function forwardingOf(edge: EdgeProps): Forwarding {
  if (edge.kind === 'ingress') {
    // The controller may also be Traefik, which keeps idle connections for longer.
    const headers = '`X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`, `X-Real-IP`';
    return { name: `Ingress of the class ${edge.class}`, headers, hops: 1, silence: '60 s', idle: '90 s' };
  }
  if (edge.kind === 'traefik') return { name: 'Traefik', ...TRAEFIK };
  if (edge.implementation === 'traefik') return { name: 'Gateway API by Traefik', ...TRAEFIK };
  return {
    name: 'Gateway API by Envoy Gateway',
    headers: '`X-Forwarded-For`, `X-Forwarded-Proto`',
    hops: 1 + (edge.trustedHops ?? 0),
    silence: 'the whole response within 15 s',
    idle: '1 h',
  };
}

function sitesOf({ components }: System): Site[] {
  const open = components.flatMap(({ exposed }) => exposed.filter((route) => audienceOf(route) !== 'nobody'));
  return [...new Map(open.map(({ site }) => [site.host, site])).values()];
}

const FROM_THE_END: Readonly<Record<number, string>> = { 1: 'the last', 2: 'the second last', 3: 'the third last' };

/** What a program has to know of the edge before it. */
export function requestRules(environments: readonly InEnvironment[]): string | undefined {
  const exposed = environments.filter(({ model }) => sitesOf(model).length > 0);
  if (exposed.length === 0) return undefined;
  const rows = exposed.map(({ environment, model }) => {
    const { name, headers, hops, silence, idle } = forwardingOf(model.edge);
    return [
      environment,
      name,
      headers,
      `${FROM_THE_END[hops] ?? `number ${hops} from the end`} (trusted hops: ${hops})`,
      silence,
      idle,
    ];
  });
  const streams = exposed.some(({ model }) => sitesOf(model).some(({ stream }) => stream !== undefined));
  return paragraphs(
    '## Requests from the edge',
    table(
      [
        'environment',
        'edge',
        'headers that it sets',
        "the client's address in `X-Forwarded-For`",
        'longest silence of a response, unless a table has another',
        'it closes an idle connection to a pod after',
      ],
      rows,
    ),
    `- **Headers.** Entries of \`X-Forwarded-For\` before the client's may be forged. \`Host\` is the public host. TLS ends at the edge: \`X-Forwarded-Proto\` tells whether the client used it.
  Only the edge, Prometheus and the workloads that connect to it reach the port, so a program may trust these headers from any peer (uvicorn: \`--proxy-headers --forwarded-allow-ips='*'\`;
  Express: \`trust proxy\` with the number of trusted hops).
- **Paths.** A prefix is kept, unless the table says that it is not: the program routes the whole path.
- **Logins.** The edge verifies no token and no session; it only knows hosts, paths and addresses. Each program verifies the token of each request itself, its
  signature, its expiry and its tenant.
- **Idle connections.** Keep them open for longer than the edge does, or a request fails now and then with 502 (uvicorn: \`--timeout-keep-alive\`; Node: \`server.keepAliveTimeout\`, and
  \`headersTimeout\` above it).${
    streams
      ? `
- **Streams.** Write something at least every 15 s while a response waits, such as the comment \`: keep-alive\` of server-sent events or a ping of a WebSocket: proxies and load balancers
  before the edge close silent connections, often after 60 s. A rollout cuts streams that outlive the time after SIGTERM, so clients connect again and continue.`
      : ''
  }`,
  );
}

/** What a program has to do with its connections to databases. */
export function connectionRules(
  environments: readonly InEnvironment[],
  programs: readonly Program[],
): string | undefined {
  const all = programs.flatMap(({ running }) => running.flatMap(({ component }) => component?.connectsTo ?? []));
  if (!all.some(({ pool }) => pool !== undefined)) return undefined;
  const poolers = environments.map(({ environment, model }) => {
    const pooler = model.components.find(({ stage }) => stage === 'pooling');
    return [environment, pooler?.name] as const;
  });
  const between = poolers.some(([, name]) => name !== undefined)
    ? `
- **Between the program and the server** is ${byEnvironment(poolers).replaceAll('<br>', '; ').replaceAll('–', 'nothing')}. A connection to the server is a program's for one transaction only: \`SET\`, \`LISTEN\`, temporary tables and advisory
  locks of a session do not last. After each migration the pooler opens new connections (\`RECONNECT\`).`
    : '';
  return paragraphs(
    '## Connections to databases',
    `- **The number** in the tables is the worst case that the budget of the server counts with: it multiplies it by the largest number of pods. A pool that opens more takes connections from others.
- **They end at any time**: by a rollout, a failover, a migration. Test a connection before its use (SQLAlchemy: \`pool_pre_ping\`), and connect again, with growing pauses, for as long as it takes; do not end.${between}`,
  );
}

function fetched({ source, fetchedByRevision }: Secret): string {
  if (source.kind === 'development') return 'known values, in the repository';
  if (source.kind === 'manual') return 'made by hand';
  return fetchedByRevision ? 'when the revision changes' : `when the revision changes, and every ${source.refresh}`;
}

/** In which form secrets come, and how a new value reaches a program. */
export function secretRules(programs: readonly Program[]): string | undefined {
  const read = programs.flatMap(({ running }) =>
    running.flatMap(({ environment, container }) =>
      Object.values(container.env).flatMap((value) =>
        !isText(value) && 'secret' in value ? [{ environment, secret: value.secret }] : [],
      ),
    ),
  );
  if (read.length === 0) return undefined;
  const names = [...new Set(read.map(({ secret }) => secret.name))];
  const rows = names.map((name) => {
    const of = read.filter(({ secret }) => secret.name === name);
    return [
      `\`${name}\``,
      byEnvironment([...new Map(of.map(({ environment, secret }) => [environment, fetched(secret)]))]),
    ];
  });
  return paragraphs(
    '## Secrets',
    table(['Secret', 'its values come'], rows),
    `- **Form.** A value is what the tables say, without a line break at its end. Passwords have any printable character; in URLs they are percent-encoded, so a program decodes them.
- **Rotation.** A program reads its variables once, when it starts. A Secret that changes restarts no pod: after a change in the store increase \`secrets.revision\`, and the pods roll. For that time, old
  and new pods have different values: what verifies tokens accepts the old key as well, or its users log in again.`,
  );
}

/** The contract of migrations. */
export function migrationRules(environments: readonly InEnvironment[]): string | undefined {
  const tasks = environments.flatMap(({ environment, model }) =>
    model.tasks.filter(({ purpose }) => purpose === 'migrations').map((task) => ({ environment, task })),
  );
  if (tasks.length === 0) return undefined;
  const said = (fact: (task: Task) => string) =>
    byEnvironment(tasks.map(({ environment, task }) => [environment, fact(task)] as const)).replaceAll('<br>', '; ');
  return paragraphs(
    '## Migrations',
    `The Job ${said(({ name }) => `\`${name}\``)} runs the command that the tables below have. It has ${said(({ deadline }) => timeOf(deadline))} for all databases, and is tried again ${said(({ retries }) => String(retries))} times.

- **Expand, then contract.** Old pods still run while it migrates, and after a rollback they run on the new schema. A release only adds; a later release removes what none uses any more.
- **Idempotent.** It runs at each sync, and after each failure. On a database that is up to date it changes nothing, and ends with 0. Any other exit code is a failure, and the release stops there.
- **Its end.** It does not serve, wait for input, or go on in the background.`,
  );
}
