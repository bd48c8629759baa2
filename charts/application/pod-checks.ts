import { expectedOneOf } from '../../lib/base/nearest';
import { METRICS_PORT } from '../../lib/model/metrics';
import { volumeName } from '../../lib/model/storage';
import { AUTHORITIES } from './context';
import { calls, folderOf, helperPort, helpersIn, isAsked, portsOf, serviceOfPart } from './names';
import type { Subject } from './references';
import type { ServiceConfig } from './settings';

/** The numbers of containers' ports are different, as all containers of a pod have one address. */
export function checkPorts({ name, service, report }: Subject): void {
  const own = portsOf(service).map((port) => ({ name: port.name, number: port.container }));
  const beside = Object.entries(service.sidecars).flatMap(([key, { port }]) =>
    port === undefined ? [] : [{ name: key, number: port }],
  );
  const seen = new Map<number, string>();
  for (const { name: port, number } of [...own, ...beside]) {
    const other = seen.get(number);
    if (other !== undefined)
      report(
        ['services', name, 'ports'],
        `given port ${number} twice (${other}, ${port}), expected a number of its own for each port`,
      );
    seen.set(number, port);
  }
}

/** Checks what others call the ports by. */
export function checkDialled({ settings, name, service, report }: Subject): void {
  const path = ['services', name, service.ports === undefined ? 'port' : 'ports'];
  const { port, ports, metrics } = service;
  if (port !== undefined && ports !== undefined) report(path, 'given port and ports, expected one of the two');
  const seen = new Map<number, string>();
  for (const { name: own, service: number } of portsOf(service)) {
    const other = seen.get(number);
    if (other !== undefined)
      report(path, `given the port ${number} of its Service twice (${other}, ${own}), expected different ones`);
    seen.set(number, own);
  }
  if (metrics === undefined || !settings.monitoring.enabled) return;
  const at = ['services', name, 'metrics'];
  const names = portsOf(service).map((one) => one.name);
  if (metrics.port === undefined && names.length === 0)
    report(at, 'given a path on a service without a port, expected { path: …, port: … }');
  else if (metrics.port === undefined && !isAsked(service))
    report(at, 'given a path on a port of the protocol udp, expected { path: …, port: … }');
  if (metrics.port !== undefined && names.includes(METRICS_PORT) && !numbersOf(service).includes(metrics.port))
    report(at, `given port ${metrics.port} beside a port named ${METRICS_PORT}, expected the number of that port`);
}

/** The numbers of all ports of a pod. */
function numbersOf(service: ServiceConfig): number[] {
  const beside = Object.values(service.sidecars).flatMap(({ port }) => port ?? []);
  return [...portsOf(service).map(({ container }) => container), ...beside];
}

/** What sends requests to a service. @default - nothing does */
function callerOf({ settings, name, service }: Subject): string | undefined {
  if (service.exposed.length > 0) return 'the edge';
  const caller = Object.keys(settings.services).find((other) =>
    calls(settings, settings.services[other] as ServiceConfig, name),
  );
  const part = (['identity', 'workflow'] as const).find((one) => serviceOfPart(settings, one) === name);
  return caller ?? (part === undefined ? service.allows[0]?.system : `clients of ${part}`);
}

/** A queue by which a service scales is one that the file names, at a server that KEDA can ask. */
export function checkScale(subject: Subject): void {
  const { settings, name, service, report } = subject;
  const { queue } = settings;
  const given = service.scale?.queue?.name;
  if (given === undefined) return;
  const caller = service.scale?.min === 0 ? callerOf(subject) : undefined;
  if (caller !== undefined)
    report(
      ['services', name, 'scale', 'min'],
      `given 0 on a service that gets requests from ${caller}, expected at least 1: KEDA starts pods for messages, not for requests`,
    );
  const path = ['services', name, 'scale', 'queue'];
  if (queue === undefined)
    report(path, 'given queue, a part that this file does not have; expected queue: { … } beside services');
  else if (!queue.queues.includes(given))
    report(
      [...path, 'name'],
      queue.queues.length === 0
        ? `given "${given}", expected it in queue.queues, which has none`
        : `given "${given}", which queue.queues does not list, ${expectedOneOf(queue.queues, given)}`,
    );
  else if (queue.kind === 'external' && queue.management === undefined)
    report(path, 'given queue without queue.management, expected the address of its HTTP API, which KEDA asks');
}

/** Volumes and folders are named like their paths. */
function checkPaths(name: string, service: ServiceConfig, report: Subject['report']): void {
  const { files, writes, storage } = service;
  // Containers of a pod that write to the same path share it.
  const helpers = helpersIn(service).flatMap(({ path: own, one }) =>
    one.writes.map(({ path }) => ({ path, at: [...own, 'writes'] })),
  );
  const all = [
    ...Object.keys(storage).map((path) => ({ path, at: ['storage', path] })),
    ...writes.map(({ path }) => ({ path, at: ['writes'] })),
    ...Object.keys(files).map((path) => ({ path: folderOf(path), at: ['files', path] })),
    ...helpers,
  ];
  const seen = new Map<string, { readonly path: string; readonly kind: unknown }>();
  for (const { path, at } of all) {
    const own = volumeName(path);
    const other = seen.get(own);
    const kind = at[0] === 'storage' ? 'storage' : at.at(-1) === 'writes' ? 'writes' : 'files';
    const isShared = other?.path === path && (kind === 'files' || (at.length > 1 && other.kind === 'writes'));
    if (path === '/' || own === '' || own.length > 63)
      report(['services', name, ...at], `given ${path}, expected a path with 1 to 63 letters and digits below /`);
    else if (/\/(\/|\.\.?(\/|$))/.test(path))
      report(['services', name, ...at], `given ${path}, expected a path without //, . and .. as parts`);
    else if (`${path}/`.startsWith(`${AUTHORITIES}/`))
      report(
        ['services', name, ...at],
        `given ${path}, where certificates of external servers are, expected another path`,
      );
    else if (other !== undefined && !isShared)
      report(
        ['services', name, ...at],
        `given ${path}${other.path === path ? ' twice' : `, whose volume is named like that of ${other.path}`}, expected another path`,
      );
    seen.set(own, { path, kind });
  }
  for (const path of Object.keys(files)) {
    if (!/\/[\w.-]+$/.test(path))
      report(['services', name, 'files', path], `given ${path}, expected a name of letters, digits, dashes and dots`);
  }
}

/** A folder has either texts or secrets, and is mounted once. */
export function checkFiles({ name, service, report }: Subject): void {
  const { files, writes, storage } = service;
  checkPaths(name, service, report);
  const writable = [...writes.map(({ path }) => path), ...Object.keys(storage)];
  const kinds = new Map<string, boolean>();
  for (const [file, { secret }] of Object.entries(files)) {
    const path = ['services', name, 'files', file];
    const folder = folderOf(file);
    if (writable.includes(folder))
      report(path, `given a file in ${folder}, which is writable, expected another folder`);
    const isSecret = secret !== undefined;
    if ((kinds.get(folder) ?? isSecret) !== isSecret)
      report(path, `given texts and secrets in ${folder}, expected a folder of its own for each of the two`);
    kinds.set(folder, isSecret);
    const twin = Object.keys(files).find((one) => folderOf(one) === folder && files[one]?.secret === secret);
    if (isSecret && twin !== file)
      report(path, `given ${secret}, which ${twin} is already, expected it once in a folder`);
  }
}

/** Checks that the containers of a pod, and their ports, have different names. */
export function checkHelpers({ name, service, report }: Subject): void {
  const names = new Map([[name, 'the service itself']]);
  const ports = new Set(portsOf(service).map((port) => port.name));
  for (const kind of ['sidecars', 'init'] as const) {
    for (const [key, { port, health }] of Object.entries(service[kind])) {
      const path = ['services', name, kind, key];
      const other = names.get(key);
      if (other !== undefined)
        report(path, `given ${key}, which ${other} is called; expected another name: both are in one pod`);
      names.set(key, `another container of ${kind}`);
      if (kind === 'init' && (port ?? health) !== undefined)
        report(path, 'given port or health, expected neither: it runs to completion before the service starts');
      if (kind === 'init') continue;
      const own = helperPort(key);
      if (port !== undefined && ports.has(own))
        report(path, `given a port named ${own}, which another port of the pod is called; expected another name`);
      if (port !== undefined) ports.add(own);
      for (const check of typeof health === 'object' ? [health.check, health.alive] : []) {
        if (check === undefined || 'exec' in check) continue;
        if (port === undefined)
          report([...path, 'health'], 'given a check of a port, expected port, or health: { command: … }');
        else if (check.port !== undefined)
          report([...path, 'health'], 'given the name of a port, expected none: a sidecar has one port');
      }
    }
  }
}
