import { expectedOneOf } from '../../lib/base/nearest';
import type { Environment } from '../../lib/config/environment';
import { wwwOf } from '../../lib/model/site';
import { hostNameOf, servingHosts } from './exposure';
import { checkDatabases, checkMigrations, checkNames } from './name-checks';
import { isPrivate, isServer, NO_PRIVATE, portsOf, reads, readsKeys, type StoringPart } from './names';
import { circleIn } from './order';
import { presetOf, presetsOf } from './presets';
import { checkReachable, type Report } from './references';
import { requirementsOf } from './requirements/derive';
import { checkServiceSettings } from './service-checks';
import type { ApplicationConfig, ServiceConfig } from './settings';
import { dumpsIn } from './storage';

function checkPresets({ pattern, services }: ApplicationConfig, report: Report): void {
  if (Object.keys(services).length === 0) report(['services'], 'given none, expected at least one service');
  const given = Object.entries(services).map(([name, one]) => presetOf(pattern, name, one));
  for (const preset of presetsOf(pattern)) {
    if (!given.includes(preset))
      report(
        ['services'],
        `given pattern ${pattern} without a service that has the preset ${preset}, expected services.${preset}, or preset: ${preset} on another one`,
      );
  }
}

/** A host that redirects serves nothing itself, and redirects to one that serves something. */
function checkRedirects({ hosts, edge, services }: ApplicationConfig, report: Report): void {
  const routes = Object.values(services).flatMap(({ exposed }) => exposed);
  const used = new Set(routes.map((route) => hostNameOf(hosts, route)));
  for (const [key, { host, redirectTo, allowedFrom, stream, rateLimit, headers }] of Object.entries(hosts)) {
    if (redirectTo === undefined) continue;
    const path = ['hosts', key, 'redirectTo'];
    const target = Object.hasOwn(hosts, redirectTo) ? hosts[redirectTo] : undefined;
    if (target === undefined || target.redirectTo !== undefined)
      report(path, `given "${redirectTo}", ${expectedOneOf(servingHosts(hosts), redirectTo)}`);
    else if (!used.has(redirectTo))
      report(path, `given ${redirectTo}, at which no service is exposed, expected a host with routes`);
    else if (edge?.kind === 'ingress' && host !== wwwOf(target.host))
      report(
        path,
        `given a redirect of ${host}, expected ${wwwOf(target.host)}, or edge.kind traefik or gateway: ingress-nginx keeps the path of no other one`,
      );
    for (const [other, value] of Object.entries({ allowedFrom, stream, rateLimit, headers })) {
      if (value !== undefined)
        report(['hosts', key, other], `given ${other} beside redirectTo, expected it at hosts.${redirectTo}`);
    }
  }
}

/** Each host is named once: two names would be two sets of objects, of which either may answer. */
function checkHosts(settings: ApplicationConfig, report: Report): void {
  const { hosts } = settings;
  checkRedirects(settings, report);
  const names = new Map<string, string>();
  for (const [key, { host }] of Object.entries(hosts)) {
    const other = names.get(host);
    if (other !== undefined)
      report(['hosts', key], `given ${host}, which hosts.${other} is already, expected each host once`);
    names.set(host, key);
    const alike = Object.keys(hosts).find(
      (one) => key.startsWith(`${one}-at-`) || [`${one}-redirect`, `${one}-upgrade`].includes(key),
    );
    if (alike !== undefined)
      report(['hosts', key], `given ${key}, which begins like the objects of hosts.${alike}, expected another name`);
  }
  checkOutside(settings, report);
}

/** What is outside can be reached: by public addresses, by those of its own, or as a service of this file. */
function checkOutside({ identity, workflow, objectStorage, services }: ApplicationConfig, report: Report): void {
  const inside = (name: string, path: string[], example: string) => {
    const service = services[name];
    if (service === undefined || !isServer(service) || portsOf(service).length === 0)
      report(path, `given "${name}", expected ${example}, or a service of this file that listens`);
  };
  if (identity?.url.includes('://')) checkReachable(identity.url, identity.addresses, ['identity', 'url'], report);
  else if (identity !== undefined)
    inside(identity.url, ['identity', 'url'], 'an address such as https://login.example.com');
  if (workflow?.host.includes('.'))
    checkReachable(`https://${workflow.host}`, workflow.addresses, ['workflow', 'host'], report);
  else if (workflow !== undefined) inside(workflow.host, ['workflow', 'host'], 'a host such as temporal.example.com');
  if (objectStorage !== undefined)
    checkReachable(objectStorage.endpoint, objectStorage.addresses, ['objectStorage', 'endpoint'], report);
}

function userText(user: ServiceConfig['user'] | undefined): string {
  return user?.group === user?.id ? `user ${user?.id}` : `user ${user?.id} of the group ${user?.group}`;
}

/** The order of what runs before a deployment. */
function checkOrder({ services }: ApplicationConfig, report: Report): void {
  const before = Object.keys(services).filter((name) => services[name]?.runs === 'before-deploy');
  for (const [name, { after, runs, user }] of Object.entries(services)) {
    for (const [index, earlier] of after.entries()) {
      const path = ['services', name, 'after', index];
      if (runs !== 'before-deploy')
        report(
          path,
          `given after on a service that ${runs === 'always' ? 'runs all the time' : `runs ${runs}`}, expected runs: before-deploy`,
        );
      else if (!before.includes(earlier)) report(path, `given "${earlier}", ${expectedOneOf(before, earlier)}`);
      else {
        const other = services[earlier]?.user;
        if (other?.id !== user.id || other.group !== user.group)
          report(path, `given ${earlier} with ${userText(other)}, expected ${userText(user)}: both run in one pod`);
      }
    }
  }
  const circle = circleIn(services);
  if (circle !== undefined)
    report(
      ['services', circle[0] as string, 'after'],
      `given ${circle.join(' after ')}, expected no circle among services that run before a deployment`,
    );
}

/** What an environment has to have for what the services use. */
function checkEnvironment(settings: ApplicationConfig, { development, tier }: Environment, report: Report): void {
  const { services, edge, database, redis, queue, backups, external, seedData, secrets, sharedSecrets } = settings;
  for (const [name, { host, addresses }] of Object.entries(external)) {
    if (addresses === undefined && isPrivate(host))
      report(['external', name], `given "${host}", whose name is a private one, ${NO_PRIVATE} addresses`);
  }
  const exposing = Object.entries(services).find(([, { exposed }]) => exposed.length > 0);
  if (exposing !== undefined && edge === undefined)
    report(
      ['services', exposing[0], 'exposed'],
      'given exposed without edge, expected edge: { kind: ingress, traefik or gateway, issuer: … }',
    );
  const keeping = redis?.kind === 'statefulset' && !redis.keep ? undefined : redis;
  const kept = [database, keeping, queue?.kind === 'external' ? undefined : queue].filter((one) => one !== undefined);
  if (backups === undefined && kept.length > 0 && !development)
    report(['backups'], `given nothing in ${tier}, expected repository and addresses, or backups: { none: why }`);
  const isRead = (part: StoringPart) => Object.values(services).some((one) => reads(settings, one, part));
  for (const part of ['redis', 'queue'] as const) {
    if ((settings[part]?.kind ?? 'external') !== 'external' && !isRead(part))
      report([part], `given a server that no service connects to, expected a variable { ${part}: url }, or no ${part}`);
  }
  if (database?.pgbouncer !== undefined && !isRead('database'))
    report(
      ['database', 'pgbouncer'],
      'given a pooler that no service connects to, expected a variable { database: url }, or no pgbouncer',
    );
  const inside = kept.some(({ kind }) => kind !== 'external');
  if (backups !== undefined && 'none' in backups && inside && !development)
    report(
      ['backups', 'none'],
      'given none, and a server in the cluster keeps data, expected repository and addresses',
    );
  if (settings.monitoring.path !== undefined || settings.monitoring.port !== undefined)
    report(
      ['monitoring'],
      'given a path or a port for all services, expected metrics: /metrics at each service that has some',
    );
  const hasSecrets =
    database !== undefined ||
    (redis ?? queue) !== undefined ||
    Object.keys(sharedSecrets).length > 0 ||
    Object.values(external).some(({ password }) => password !== undefined) ||
    Object.values(services).some(
      (one) => Object.keys(one.secrets).length > 0 || dumpsIn(one.storage).length > 0 || readsKeys(one),
    );
  if (secrets === undefined && hasSecrets)
    report(['secrets'], 'given nothing, expected kind: external with a store, or kind: manual: services read secrets');
  if (seedData !== undefined && !Object.hasOwn(services, seedData.service))
    report(
      ['seedData', 'service'],
      `given "${seedData.service}", ${expectedOneOf(Object.keys(services), seedData.service)}`,
    );
}

/** Checks the settings of an application, beside their form: references to what there is not, and what cannot be. */
export function checkConsistency(
  application: string,
  settings: ApplicationConfig,
  environment: Environment,
  report: Report,
): void {
  checkNames(settings, report);
  checkDatabases(application, settings, report);
  checkMigrations(settings, report);
  checkHosts(settings, report);
  checkPresets(settings, report);
  const routes = new Map<string, string>();
  for (const [name, service] of Object.entries(settings.services)) {
    checkServiceSettings({ settings, name, service, report }, environment, routes);
  }
  checkOrder(settings, report);
  checkEnvironment(settings, environment, report);
  for (const { path, message } of requirementsOf(settings, environment).problems) report(path, message);
}
