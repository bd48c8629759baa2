import { counted } from '../../base/counted';
import type { Component } from '../../model/component';
import type { Connection } from '../../model/connection';
import type { FilledProbes, Health, Mount } from '../../model/container';
import { portOfName } from '../../model/port';
import { audienceOf, type Route } from '../../model/site';
import type { Duration } from '../../model/units';
import { code, duration, table } from '../markdown';
import { byEnvironment, type Program, type Running } from './programs';

/** A length of time in the largest unit that divides it. */
export function timeOf(time: Duration): string {
  return duration(time.toMilliseconds() / 1000);
}

const list = (texts: readonly string[]) => (texts.length === 0 ? undefined : texts.join('<br>'));

function ports({ container: { ports: open } }: Running): string | undefined {
  return list(
    open.map(({ name, port, protocol, service }) => {
      const kind = name === protocol ? protocol : `${name}, ${protocol}`;
      return `\`${port}\` (${kind}${service === undefined ? ', in no Service' : ''})`;
    }),
  );
}

function questionOf({ container: { name, ports: open } }: Running, health: Health): string {
  if ('exec' in health) return `\`${health.exec.join(' ')}\` ends with 0`;
  const { port } = portOfName({ name, ports: open }, health.port);
  if ('http' in health) {
    const headers = Object.entries(health.headers ?? {}).map(([header, value]) => ` with \`${header}: ${value}\``);
    return `\`GET ${health.http}\` at port ${port}${headers.join('')} is answered with a status from 200 to 399`;
  }
  if ('grpc' in health) return `the gRPC health protocol at port ${port} says that it serves`;
  return `port ${port} accepts a connection`;
}

/** What is asked of a program: of whether it is ready, and, where that is another question, of whether it is alive. */
function health(one: Running): string | undefined {
  const { probes } = one.container;
  if (probes === undefined) return undefined;
  const [ready, alive] = [questionOf(one, probes.health), questionOf(one, probes.alive)];
  return ready === alive ? ready : `ready: ${ready}<br>alive: ${alive}`;
}

const asked = ({ period, timeout, failures }: FilledProbes['liveness']) =>
  `every ${period} s, to be answered within ${timeout} s; after ${counted(failures, 'failure')} in a row it`;

/** When a program is asked, and what follows from failures. */
function probes({ container }: Running): string | undefined {
  if (container.probes === undefined) return undefined;
  const { startup, liveness, readiness } = container.probes;
  const start = (startup.delay ?? 0) + startup.period * startup.failures;
  return `ready: ${asked(readiness)} gets no requests<br>alive: ${asked(liveness)} is restarted<br>started: within ${duration(start)}, or it is restarted`;
}

function ending({ component, task }: Running): string | undefined {
  if (task !== undefined) return `${timeOf(task.gracePeriod)} after SIGTERM it is killed`;
  if (component === undefined) return undefined;
  const { preStopDelay, drainTimeout } = component.shutdown;
  const before = preStopDelay.toSeconds() === 0 ? '' : `SIGTERM comes ${timeOf(preStopDelay)} after requests stop. `;
  return `${before}${timeOf(drainTimeout)} after SIGTERM it is killed`;
}

function user({ component, task }: Running): string | undefined {
  const owner = component ?? task;
  if (owner === undefined) return undefined;
  return `${owner.user}, group ${owner.group}${owner.root === undefined ? '' : ` (root: ${owner.root})`}`;
}

function writes({ container, component, task }: Running): string {
  const reason = component?.writableRoot ?? task?.writableRoot ?? '';
  const volumes = container === component?.containers[0] ? component.storage : [];
  return [
    ...(container.hardening.readOnlyRoot ? [] : [`everything (${reason})`]),
    ...container.scratch.map(
      ({ path, size, memory }) => `\`${path}\`: ${size.toQuantity()}${memory ? ' in memory' : ''}, lost with the pod`,
    ),
    ...volumes.map(({ path, size }) => `\`${path}\`: ${size}, kept`),
    ...(task?.volumes ?? []).map(({ path, readOnly }) => `\`${path}\`: kept${readOnly ? ', read-only' : ''}`),
  ].join('<br>');
}

function filesOf({ path, from, keys, files = {} }: Mount): string {
  const all = keys ?? ('existing' in from ? (from.keys ?? []) : Object.keys('data' in from ? from.data : from.values));
  const kind =
    'existing' in from ? `${from.existing} ${from.name}` : `${'data' in from ? 'ConfigMap' : 'Secret'} ${from.name}`;
  return `\`${path}\`: ${all.map((key) => files[key] ?? key).join(', ') || 'files'} (${kind})`;
}

function resources({
  container: {
    resources: { cpu, memory, devices = {} },
  },
}: Running): string {
  const more = Object.entries(devices).map(([name, count]) => `; ${count} × ${name}`);
  return `${cpu.request} to ${cpu.limit}; ${memory.request} to ${memory.limit}${more.join('')}`;
}

/** What applies to the pod is told once: of its own container. */
const ofPod =
  (fact: (component: Component) => string | undefined) =>
  ({ component, container }: Running) =>
    component !== undefined && container === component.containers[0] ? fact(component) : undefined;

function metrics({ metrics: scraped, name, ports: open }: Component): string | undefined {
  if (scraped === undefined) return undefined;
  const { requests, pool, tokens } = scraped;
  return list([
    `\`GET ${scraped.path}\` at port ${scraped.port ?? portOfName({ name, ports: open }).port}, in the text format of Prometheus`,
    ...(requests
      ? [`\`${requests.duration}\`: a histogram of response times in seconds, with the label \`${requests.status}\``]
      : []),
    ...(pool
      ? [
          `\`${pool.waiting}\` and \`${pool.connections}\`: clients that wait for a database connection, and open connections`,
        ]
      : []),
    ...(tokens
      ? [
          `\`${tokens.count}\`: a counter of tokens, with the labels \`${tokens.type}\` (\`input\`, \`output\`) and \`${tokens.model}\``,
        ]
      : []),
  ]);
}

/** Times to answer are targets: an alert fires where the edge or the application measures longer ones. */
function answers({ p95 }: Component): string | undefined {
  return p95 === undefined
    ? undefined
    : `95 % of requests within ${timeOf(p95)}, or an alert fires where monitoring is on`;
}

function scaling({ scale: { max, cpu, memory, queue } }: Component): string | undefined {
  if (max === undefined) return undefined;
  return [
    ...(cpu === undefined ? [] : [`CPU at ${cpu} % of the request`]),
    ...(memory === undefined ? [] : [`memory at ${memory} % of the request`]),
    ...(queue === undefined ? [] : [`the queue \`${queue.name}\`: ${queue.messages} messages for each pod`]),
  ].join(', ');
}

const nameOf = ({ to, ...rest }: Connection) =>
  typeof to === 'string' ? `${to}, port ${'port' in rest ? rest.port : ''}` : `${to.name}, port ${to.port}`;

function connections({ component, task, container }: Running): string | undefined {
  const owner = container === component?.containers[0] ? component : task;
  return list(
    (owner?.connectsTo ?? []).map((one) => {
      const purpose = one.about === undefined ? '' : ` (${one.about})`;
      const most =
        one.pool === undefined
          ? ''
          : `: at most ${counted(one.pool.perPod, 'connection')} of one pod = ${one.pool.why}`;
      return `${nameOf(one)}${purpose}${most}`;
    }),
  );
}

function routeOf(route: Route): string {
  const { site, path, strip } = route;
  if (audienceOf(route) === 'nobody') return `\`${site.host}${path}\`: none, the edge refuses them`;
  const prefix = path === '/' ? '' : `, which arrives ${strip ? 'without' : 'with'} \`${path}\``;
  const stream = site.stream === undefined ? '' : `; a response may be silent for ${timeOf(site.stream)}`;
  return `\`${site.host}${path}\`${prefix}; bodies up to ${site.body.toQuantity()}${stream}`;
}

const FACTS: Readonly<Record<string, (one: Running) => string | undefined>> = {
  image: ({ container }) => code(container.image.image),
  command: ({ container: { command = [], args = [] } }) => {
    const words = [...command, ...args];
    return words.length === 0 ? undefined : `\`${words.join(' ').replaceAll('\n', ' ').replaceAll('`', "'")}\``;
  },
  'listens at': ports,
  'from the edge': ofPod(({ exposed }) => list(exposed.map(routeOf))),
  answers: ofPod(answers),
  health,
  'is asked': probes,
  ends: ending,
  'runs as': user,
  'may write': writes,
  'finds files': ({ container }) => list(container.mounts.map(filesOf)),
  'CPU; memory': resources,
  metrics: ofPod(metrics),
  'more pods by': ofPod(scaling),
  'connects to': connections,
};

/** What is asked of a program, and what it gets: one row for each fact that any environment has. */
export function factsOf({ running }: Program): string | undefined {
  const rows = Object.entries(FACTS).flatMap(([label, fact]) => {
    const said = running.map((one) => [one.environment, fact(one)] as const);
    return said.every(([, text]) => text === undefined) ? [] : [[label, byEnvironment(said)]];
  });
  return table(['', ''], rows);
}
