import { expectedOneOf } from '../../lib/base/nearest';
import type { Environment } from '../../lib/config/environment';
import { volumeName } from '../../lib/model/storage';
import { storeOf } from '../../lib/parts/backup/stores';
import { hostNameOf, servingHosts } from './exposure';
import { helpersIn, isPrivate, isServer, NO_PRIVATE, portsOf, serviceOfPart, settingOfPart, targetOf } from './names';
import { checkDialled, checkFiles, checkHelpers, checkPorts, checkScale } from './pod-checks';
import { checkDatabase, checkPort, checkReferences, checkService, type Subject } from './references';
import { dumpNames, dumpsIn } from './storage';

function checkImages({ name, service, report }: Subject): void {
  for (const { path, one } of [{ path: [], one: service }, ...helpersIn(service)]) {
    const at = ['services', name, ...path];
    if (one.image === undefined)
      report([...at, 'image'], 'given nothing, expected the repository of an image, or defaults.registry');
    if (one.tag === undefined) report([...at, 'tag'], 'given nothing, expected a tag such as v1.2.3, or defaults.tag');
  }
}

function checkHealth({ name, service, report }: Subject): void {
  const { health, exposed } = service;
  const path = ['services', name, 'health'];
  if (health === 'none' && exposed.length > 0)
    report(path, 'given none on an exposed service, expected a check, or no exposed');
  if (typeof health !== 'object') return;
  for (const check of [health.check, health.alive]) {
    if (check === undefined || 'exec' in check) continue;
    const port = portsOf(service).find((one) => check.port === undefined || one.name === check.port);
    if (portsOf(service).length === 0)
      report(path, 'given a check of a port on a service without one, expected port, or health: { command: … }');
    else if (check.port !== undefined && port === undefined) checkPort(service, check.port, path, report);
    else if (port?.protocol === 'udp')
      report(path, `given a check of ${port.name}, a port of the protocol udp, expected health: { command: … }`);
  }
}

/** A service that runs to completion has no port, no replicas, no route and no volume. */
function checkKind({ name, service, report }: Subject): void {
  if (isServer(service)) return;
  const { schedule, runs, port, ports, scale, exposed, storage, sidecars, health, gpu, nodes, metrics, replace } =
    service;
  const kind = schedule === undefined ? `runs: ${runs}` : 'schedule';
  const extra = {
    port,
    ports,
    scale,
    exposed: exposed[0],
    storage: Object.keys(storage)[0],
    sidecars: Object.keys(sidecars)[0],
    health: health === 'none' ? undefined : health,
    gpu,
    nodes,
    metrics,
    replace: replace === 'recreate' ? replace : undefined,
  };
  for (const [key, one] of Object.entries(extra)) {
    if (one !== undefined) report(['services', name, key], `given ${key} beside ${kind}, expected one of the two`);
  }
  if (schedule !== undefined && runs !== 'always')
    report(['services', name, 'runs'], `given ${runs} beside schedule, expected one of the two`);
}

function checkStorage({ name, service, report }: Subject, { development, tier }: Environment): void {
  const { replicas = 1, max } = service.scale ?? {};
  const given = max === undefined ? `replicas ${replicas}` : `max ${max}`;
  for (const [path, { access, backup }] of Object.entries(service.storage)) {
    if (access === 'one' && (max !== undefined || replicas > 1))
      report(
        ['services', name, 'scale'],
        `given ${given} with storage that one pod has (${path}), expected replicas: 1, access: each (a volume for each replica), or access: many`,
      );
    if (backup === undefined && !development)
      report(
        ['services', name, 'storage', path],
        `given storage without a backup in ${tier}, expected backup: { dump: command } that prints its content, or backup: { none: why }`,
      );
  }
}

/** The longest name of a CronJob, whose Jobs have a number behind it. Source: kubernetes.io, CronJob. */
const CRONJOB = 52;

/** What a dump needs: a volume that one pod reads, a store that it reaches, and a name. */
function checkDumps({ settings, name, service, report }: Subject, { development }: Environment): void {
  const { backups } = settings;
  for (const { path, access } of dumpsIn(service.storage)) {
    const at = ['services', name, 'storage', path];
    if (access === 'each')
      report(at, 'given dump with access: each, expected access one or many: a command reads one volume');
    if (service.gpu !== undefined)
      report(at, 'given dump beside gpu, expected backup: { none: why }: only pods with a GPU run on those nodes');
    if ((backups === undefined || 'none' in backups) && !development)
      report(at, 'given dump without a place for it, expected backups: { repository, addresses }');
    else if (backups !== undefined && 'claim' in backups && backups.claim !== undefined)
      report(
        at,
        `given dump, and backups.repository is on a volume, which one namespace has; expected a store such as s3:…`,
      );
    const long = Object.values(dumpNames(name, path)).find((one) => one.length > CRONJOB);
    if (long !== undefined)
      report(
        at,
        `given dump, whose CronJob would be ${long} with ${long.length} characters, expected at most ${CRONJOB}: a shorter path`,
      );
    const store = backups !== undefined && 'repository' in backups ? storeOf(backups.repository) : undefined;
    const taken = ['RESTIC_PASSWORD', ...Object.keys(store?.credentials ?? {})];
    const variable = [...Object.keys(service.env), ...Object.keys(service.secrets)].find((one) => taken.includes(one));
    if (variable !== undefined)
      report(
        at,
        `given dump beside the variable ${variable}, which backups set for their store, expected another name of it`,
      );
  }
}

/** Whether edges take a path as it is written. With a slash at its end, Traefik would not match what is below it. */
function isPlainPath(path: string): boolean {
  return path === '/' || !/\/(\/|\.\.?(\/|$)|$)/.test(path);
}

/** Why a host serves no route. */
function redirecting({ hosts }: Subject['settings'], name: string): string {
  const to = Object.hasOwn(hosts, name) ? hosts[name]?.redirectTo : undefined;
  return to === undefined ? '' : `, which redirects to ${to}`;
}

function checkRoutes({ settings, name, service, report }: Subject, taken: Map<string, string>): void {
  for (const [index, route] of service.exposed.entries()) {
    const at = ['services', name, 'exposed', ...(service.exposed.length > 1 ? [index] : [])];
    const port = portsOf(service).find((one) => route.port === undefined || one.name === route.port);
    if (portsOf(service).length === 0) {
      report(at, 'given exposed on a service without a port, expected port, or no exposed');
    } else if (route.port !== undefined && port === undefined) {
      checkPort(service, route.port, at, report);
    } else if (port?.protocol === 'grpc' && settings.edge !== undefined && settings.edge.kind !== 'gateway') {
      report(
        at,
        `given a port of the protocol grpc, expected edge.kind gateway: ${settings.edge.kind} forwards HTTP/1.1`,
      );
    } else if (port?.protocol === 'tcp' || port?.protocol === 'udp') {
      report(at, `given a port of the protocol ${port.protocol}, expected http or grpc: the edge forwards requests`);
    }
    const hosts = servingHosts(settings.hosts);
    const host = hostNameOf(settings.hosts, route);
    if (host === undefined || !hosts.includes(host)) {
      const expected = hosts.length === 0 ? 'hosts: { app: app.example.com }' : `host: ${hosts.join(' or ')}`;
      const given =
        route.host === undefined ? 'no host' : `the host "${route.host}"${redirecting(settings, route.host)}`;
      report(at, `given ${given}, expected ${expected}`);
      continue;
    }
    for (const path of [route.path, ...route.except]) {
      if (!isPlainPath(path))
        report(at, `given ${path}, expected a path without //, . or .. as parts, and without a slash at its end`);
      const other = taken.get(`${host}${path}`);
      if (other !== undefined)
        report(at, `given ${path} on ${host}, which ${other} has already, expected another path, or another host`);
      taken.set(`${host}${path}`, name);
      // Paths with clients of their own have objects named like them.
      const slug = `${host} ${volumeName(path)}`;
      const [like] = taken.get(slug)?.split(' ') ?? [];
      const isOwn = path !== route.path || route.allowedFrom !== undefined;
      if (isOwn && like !== undefined && like !== path)
        report(at, `given ${path} on ${host}, whose objects are named like those of ${like}, expected another path`);
      if (isOwn) taken.set(slug, path);
    }
    for (const path of route.except) {
      if (route.path !== '/' && !path.startsWith(`${route.path}/`))
        report(at, `given the exception ${path}, expected a path below ${route.path}`);
    }
  }
}

function checkConnections(subject: Subject): void {
  const { settings, name, service, report } = subject;
  for (const [index, target] of service.connectsTo.entries()) {
    const path = ['services', name, 'connectsTo', index];
    const number = typeof target === 'string' ? target.split(':')[1] : undefined;
    if (number !== undefined && (Number(number) < 1 || Number(number) > 65535)) {
      report(path, `given "${target}", expected a port from 1 to 65535`);
      continue;
    }
    if (typeof target !== 'string') {
      if ('database' in target) checkDatabase(subject, path, `${target.database}.url`);
      if ('service' in target && !('system' in target))
        checkService(subject, target.service, path, 'a connection', target.port);
      continue;
    }
    const found = targetOf(settings, target);
    if (found === undefined) {
      const part = settingOfPart(target);
      const known = [...Object.keys(settings.services), ...Object.keys(settings.external), 'internet'];
      report(
        path,
        part !== undefined
          ? `given ${target}, a part that this file does not have; expected ${part}: { … }`
          : `given "${target}", ${expectedOneOf(known, target)}, or host:port`,
      );
    } else if ('service' in found) checkService(subject, found.service, path, 'a connection');
    else if ('part' in found && serviceOfPart(settings, found.part) === name)
      checkService(subject, name, path, 'a connection');
    else if ('host' in found && Object.hasOwn(settings.services, found.host))
      report(path, `given "${target}", and ${found.host} is a service of this file; expected its name alone`);
    else if ('host' in found && isPrivate(found.host))
      report(path, `given "${target}", whose name is a private one, ${NO_PRIVATE} an entry of external with addresses`);
  }
}

function checkNeeds(subject: Subject): void {
  const { name, service, report } = subject;
  const { user, allow, allows, migrations } = service;
  if (allows.length > 0 && (!isServer(service) || portsOf(service).length === 0))
    report(['services', name, 'allows'], 'given allows on a service without a port, expected port, or no allows');
  if (user.id === 0 && allow.root === undefined)
    report(['services', name, 'user'], 'given 0, expected another user, or allow: { root: why }');
  if (migrations === undefined) return;
  const path = ['services', name, 'migrations'];
  checkDatabase(subject, path, migrations.database === undefined ? 'url' : `${migrations.database}.url`);
  if (migrations.words.length === 0) report(path, 'given no command, expected command, or entrypoint');
}

/**
 * Checks the settings of one service.
 *
 * @param routes the owners of the routes so far, by host and path
 */
export function checkServiceSettings(subject: Subject, environment: Environment, routes: Map<string, string>): void {
  checkImages(subject);
  checkReferences(subject);
  checkPorts(subject);
  checkDialled(subject);
  checkHelpers(subject);
  checkHealth(subject);
  checkFiles(subject);
  checkKind(subject);
  checkScale(subject);
  checkStorage(subject, environment);
  checkDumps(subject, environment);
  checkRoutes(subject, routes);
  checkConnections(subject);
  checkNeeds(subject);
}
