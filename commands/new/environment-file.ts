import type { Environment } from '../../lib/config/environment';
import { isMapping } from '../../lib/config/layers';
import { setting } from '../shared/flow';
import { PLACEHOLDER_CA } from './placeholder-ca';
import type { Reference } from './reference';

/** What a new application is called, and what it needs of an environment. */
export interface NewApplication {
  readonly name: string;
  readonly isExposed: boolean;
  readonly hasDatabase: boolean;
  readonly hasRedis: boolean;
  readonly hasQueue: boolean;
  /** The images of their servers in the cluster. @default - those of the parts */
  readonly database?: object | undefined;
  readonly redis?: object | undefined;
  /** The lines with its services: their tags, and what only this environment has. */
  readonly services: (environment: Environment) => readonly string[];
}

/** A setting, its value and what its line says. */
type Line = readonly [key: string, value: object, about: string];

/** The keys of a mapping that another system may have, too. */
function only(value: Readonly<Record<string, unknown>>, keys: readonly string[]) {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
}

/** The name with that of the environment, where it is not the plain one. */
function ownName(name: string, { environment }: Reference, plain: string): string {
  return environment.name === plain ? name : `${name}-${environment.name}`;
}

/** A host that no system has. */
function hostOf(name: string, reference: Reference, plain: string, taken: readonly string[]): string {
  const own = (base: string) =>
    reference.environment.development
      ? `${ownName(base, reference, 'dev')}.localhost`
      : `${ownName(base, reference, plain)}.example.com`;
  const [free = own(name)] = [name, `${name}-app`, `${name}-application`]
    .map(own)
    .filter((one) => !taken.includes(one));
  return free;
}

function edgeLine(reference: Reference): Line[] {
  const { edge, environment, issuers, isGiven } = reference;
  if (isGiven('edge')) return [];
  const tls = edge?.value.issuer === undefined ? '; no issuer, so no TLS' : '';
  if (edge !== undefined) return [['edge', edge.value, `that of ${edge.system}${tls}`]];
  if (environment.development) return [];
  const own = { kind: 'ingress', class: 'nginx', issuer: issuers[0] ?? 'letsencrypt-prod' };
  return [['edge', own, "the cluster's ingress controller, and cert-manager's ClusterIssuer"]];
}

function databaseLine({ name, hasDatabase, database }: NewApplication, reference: Reference, plain: string): Line[] {
  const { tier } = reference.environment;
  if (!hasDatabase) return [];
  if (tier === 'development') return [['database', { ...database, storage: '1Gi' }, 'PostgreSQL in the cluster']];
  if (tier === 'staging')
    return [
      ['database', { kind: 'statefulset', ...database, storage: '20Gi' }, 'PostgreSQL in the cluster, of one pod'],
    ];
  const known = reference.first('database')?.value;
  const addresses = known?.addresses ?? ['10.20.0.0/24'];
  const host = `${ownName(`${name}-db`, reference, plain)}.internal.example.com`;
  return [
    [
      'database',
      { kind: 'external', host, addresses, maxConnections: 200, ca: known?.ca ?? PLACEHOLDER_CA },
      `a managed PostgreSQL, the address ranges in which it is, and ${known?.ca === undefined ? 'a placeholder for' : 'as of another system'} its CA certificate (docs/databases.md)`,
    ],
  ];
}

function redisLine({ name, hasRedis, redis }: NewApplication, reference: Reference, plain: string): Line[] {
  const { tier } = reference.environment;
  if (!hasRedis || (tier === 'development' && redis === undefined)) return [];
  if (tier !== 'production') return [['redis', { kind: 'statefulset', ...redis }, 'Redis in the cluster, of one pod']];
  const addresses = reference.first('redis')?.value.addresses ?? ['10.20.0.0/24'];
  const host = `${ownName(`${name}-redis`, reference, plain)}.internal.example.com`;
  return [['redis', { kind: 'external', host, addresses }, 'a managed Redis, and the address ranges in which it is']];
}

function queueLine({ name, hasQueue }: NewApplication, reference: Reference, plain: string): Line[] {
  const { tier } = reference.environment;
  if (!hasQueue || tier === 'development') return [];
  if (tier !== 'production') return [['queue', { kind: 'statefulset' }, 'RabbitMQ in the cluster, of one pod']];
  const host = `${ownName(`${name}-queue`, reference, plain)}.internal.example.com`;
  const about = 'a managed RabbitMQ, and the address ranges in which it is';
  return [['queue', { kind: 'external', host, addresses: ['10.20.0.0/24'] }, about]];
}

function backupsLine({ name, hasDatabase, hasRedis, hasQueue }: NewApplication, reference: Reference): Line[] {
  const { environment, isGiven } = reference;
  if (environment.development || isGiven('backups') || !(hasDatabase || hasRedis || hasQueue)) return [];
  const found = reference.first('backups');
  if (found !== undefined && !isMapping(found.value.drill) && typeof found.value.repository !== 'string')
    return [['backups', found.value, `as of ${found.system}`]];
  const { drill: _, parallel: __, pushgateway: ___, ...others } = found?.value ?? {};
  const own = `${name}-${environment.name}-backups`;
  const given = String(others.repository ?? `s3:https://s3.us-east-1.amazonaws.com/${own}`);
  const at = found === undefined ? -1 : given.lastIndexOf(found.system);
  const repository =
    found === undefined
      ? given
      : at < 0
        ? `${given.replace(/\/$/, '')}/${name}`
        : `${given.slice(0, at)}${name}${given.slice(at + found.system.length)}`;
  const value = { ...others, repository, addresses: others.addresses ?? ['10.20.8.0/24'] };
  return [['backups', value, 'its own repository of restic, and the address ranges of that store']];
}

function secretsLine({ name }: NewApplication, reference: Reference, plain: string): Line[] {
  const { environment, isGiven } = reference;
  if (isGiven('secrets')) return [];
  const found = reference.first('secrets')?.value;
  if (environment.development && (found === undefined || found.kind === 'development')) return [];
  if (found?.kind !== 'external' || !isMapping(found.store))
    return [['secrets', { kind: 'manual' }, 'synth prints the commands that make them']];
  const { store } = found;
  const role = ownName(name, reference, plain);
  const own = typeof store.roleArn === 'string' ? { roleArn: store.roleArn.replace(/[^/]*$/, role) } : {};
  const value = { ...only(found, ['kind', 'refresh']), store: { ...store, ...own } };
  return [['secrets', value, 'where External Secrets reads them, and who may; npm run secrets lists them']];
}

function monitoringLine(reference: Reference): Line[] {
  const found = reference.first('monitoring')?.value;
  if (found?.enabled !== true || reference.isGiven('monitoring')) return [];
  return [['monitoring', only(found, ['enabled', 'prometheus', 'dashboards']), 'alerts and a dashboard']];
}

/**
 * The text of `environments/<environment>/<name>.yaml`: what an environment gives to a new application.
 *
 * @param plain the environment whose hosts and roles have no name of an environment in them
 * @param taken all hosts that are used
 */
export function environmentText(
  application: NewApplication,
  reference: Reference,
  plain: string,
  taken: readonly string[],
): string {
  const { name, isExposed } = application;
  const { environment } = reference;
  const host = hostOf(name, reference, plain, taken);
  const local = environment.development ? 'everything inside, one replica of each' : 'what this environment gives it';
  const lines: Line[] = [
    ...databaseLine(application, reference, plain),
    ...redisLine(application, reference, plain),
    ...queueLine(application, reference, plain),
    ...(isExposed ? edgeLine(reference) : []),
    ...monitoringLine(reference),
    ...backupsLine(application, reference),
    ...secretsLine(application, reference, plain),
  ];
  const own = [
    ...(isExposed
      ? [`hosts: { app: ${host} } # where it is exposed${environment.development ? '' : '; DNS has to lead there'}`]
      : []),
    ...application.services(environment),
    ...lines.map((line) => setting(...line)),
  ];
  return [
    '# yaml-language-server: $schema=../../charts/application/application-part.schema.json',
    `# ${name} in ${environment.name}: ${local}. The rest is in ../${name}.yaml.`,
    ...(own.length > 0 ? own : ['{} # it is the same here']),
    '',
  ].join('\n');
}
