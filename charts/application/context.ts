import type { Environment } from '../../lib/config/environment';
import type { ClusterEnvironment } from '../../lib/config/platform';
import type { Addressed } from '../../lib/model/address';
import { Config } from '../../lib/model/config';
import type { Destination } from '../../lib/model/connection';
import { portsOf as modelPorts, type Port } from '../../lib/model/port';
import type { SecretSource } from '../../lib/model/secret-source';
import type { Database } from '../../lib/parts/postgres/database';
import type { MessageQueue } from '../../lib/parts/rabbitmq/store';
import type { RedisStore } from '../../lib/parts/redis/store';
import { secretSource } from '../../lib/parts/secrets';
import type { Links } from '../../lib/pipeline/definition';
import { databaseAuthority, portsOf } from './names';
import type { ApplicationConfig, ServiceConfig } from './settings';

/** An application in one environment. */
export interface Application {
  readonly name: string;
  readonly environment: ClusterEnvironment;
  readonly settings: ApplicationConfig;
  readonly namespace: string;
  readonly source: SecretSource;
  readonly database: Database | undefined;
  readonly redis: RedisStore | undefined;
  readonly queue: MessageQueue | undefined;
  /** The links of the environment's systems, by name. */
  readonly others: Readonly<Record<string, Links>>;
  /** The texts that several services read. */
  readonly config: Config;
  /** The certificates of external servers' own authorities, by the names of the servers. */
  readonly authorities: Config;
}

/** The namespaces of an application: its services, and what keeps data. */
export function namespacesOf(name: string, environment: { readonly name: string }): { app: string; data: string } {
  return { app: `${name}-${environment.name}`, data: `${name}-${environment.name}-data` };
}

/** Where the values of its secrets come from. Without the setting, it has none. */
export function sourceOf(name: string, environment: ClusterEnvironment, { secrets }: ApplicationConfig): SecretSource {
  return secretSource(name, secrets ?? { kind: 'manual', revision: 1 }, environment, {
    storeName: `${name}-store`,
    serviceAccount: `${name}-secrets`,
  });
}

/** The ports of a service, as the model has them. */
export function modelPortsOf(
  service: ServiceConfig,
): Readonly<Record<string, { port: number; service: number; protocol: Port['protocol'] }>> {
  return Object.fromEntries(
    portsOf(service).map(({ name, container, service: dialled, protocol }) => [
      name,
      { port: container, service: dialled, protocol },
    ]),
  );
}

/** A service of an application, from the view of others: its address, and the target of their connections. */
export function serviceTarget(
  system: string,
  environment: Environment,
  name: string,
  service: ServiceConfig,
): Omit<Destination, 'port'> & Required<Addressed> {
  const namespace = namespacesOf(system, environment).app;
  return { system, namespace, name, ports: modelPorts(modelPortsOf(service)), service: { name } };
}

/** A service that others connect to. @param system the application that it belongs to. @default - this one */
export function targetNamed(
  { name: own, environment, settings, others }: Application,
  name: string,
  system?: string,
): Omit<Destination, 'port'> & Required<Addressed> {
  if (system === undefined) return serviceTarget(own, environment, name, settings.services[name] as ServiceConfig);
  const found = others[system]?.services[name];
  if (found === undefined) throw new Error(`${system} has no service ${name}, expected one that was checked before`);
  return found;
}

/** The folder with the files of external servers' own authorities, in each container that connects to them. */
export const AUTHORITIES = '/etc/berth/ca';

/** The certificate of the authority of a managed queue. @default - it has none of its own */
export function queueAuthority({ queue }: ApplicationConfig): string | undefined {
  return queue?.kind === 'external' ? queue.ca : undefined;
}

/** The ConfigMap with the certificates of external servers' own authorities. */
export function authoritiesOf(namespace: string, settings: ApplicationConfig): Config {
  const { external } = settings;
  const servers: [string, { readonly ca?: string | undefined }][] = [
    ...Object.entries(external),
    ['queue', { ca: queueAuthority(settings) }],
    ['database', { ca: databaseAuthority(settings) }],
  ];
  const all = servers.flatMap(([name, { ca }]) => (ca === undefined ? [] : [[name, ca] as const]));
  return new Config(namespace, 'external-ca', Object.fromEntries(all));
}

/** The file with the certificate of an external server's authority. */
export function authorityFile(name: string): string {
  return `${AUTHORITIES}/${name}/ca.crt`;
}

/** The ConfigMap with the texts that several services read. */
export function sharedConfig(namespace: string, name: string, { config }: ApplicationConfig): Config {
  return new Config(namespace, `${name}-config`, config);
}
