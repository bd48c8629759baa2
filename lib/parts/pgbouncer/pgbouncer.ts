import type { Image } from '../../base/image';
import { type Text, textOf } from '../../model/address';
import { type Component, component } from '../../model/component';
import { Config } from '../../model/config';
import { type Pool, pooled } from '../../model/connection';
import type { ContainerProps, Resources } from '../../model/container';
import type { Server } from '../../model/database';
import { METRICS_PORT } from '../../model/metrics';
import type { Secret, SecretKey } from '../../model/secret';
import { Duration, Size } from '../../model/units';
import { caMounts } from '../postgres/server-files';
import { shellFiles } from '../shell/shell';
import type { Tenants } from '../tenants';
import ini from './pgbouncer.ini';
import script from './pgbouncer.sh';

/** A database that is not on the main server, or that has its own pool size. */
export interface PooledDatabase {
  readonly name: string;
  readonly server: Server;
  /** @default - the `poolSize` of the configuration */
  readonly poolSize?: number | undefined;
}

/** The configuration of PgBouncer. Source: pgbouncer.org, Configuration. */
export interface PgBouncerConfigProps {
  readonly namespace: string;
  /** The first one has all databases that {@link databases} does not list. All need the same TLS mode. */
  readonly servers: readonly [Server, ...Server[]];
  /** The databases that are not on the first server, or have their own pool size. @default - none */
  readonly databases?: readonly PooledDatabase[] | undefined;
  /** `default_pool_size`: server connections of one replica per database and user. */
  readonly poolSize: number;
  /** `max_client_conn`: client connections that one replica accepts. */
  readonly maxClients: number;
  /** The user that may read statistics. @default - none */
  readonly statsUser?: string | undefined;
  /** The user that may give commands at the console, such as RECONNECT; it is for tasks, and is a role of no server. @default - none */
  readonly consoleUser?: string | undefined;
}

function databaseLine(name: string, { host, port }: Server, poolSize?: number): Text {
  const size = poolSize === undefined ? '' : ` pool_size=${poolSize}`;
  return textOf(`${name} = host=`, host, ' port=', port, `${size}\n`);
}

/**
 * The ConfigMap of PgBouncer: the constant `pgbouncer.ini`, and the settings that differ between environments.
 *
 * @throws when the servers have different TLS modes, since PgBouncer has one mode for all servers
 */
export function pgbouncerConfig(props: PgBouncerConfigProps): Config {
  const { namespace, servers, databases = [], statsUser, consoleUser } = props;
  const [main, ...others] = servers;
  const other = others.find(({ tls }) => tls !== main.tls);
  if (other) {
    throw new Error(
      `server ${other.name} has the TLS mode ${other.tls} and ${main.name} has ${main.tls}, expected the same mode, since PgBouncer has one for all servers`,
    );
  }
  const settings = {
    default_pool_size: props.poolSize,
    max_client_conn: props.maxClients,
    server_tls_sslmode: main.tls,
    ...(main.tls === 'verify-full' && { server_tls_ca_file: '/run/pgbouncer/authorities.crt' }),
    ...(statsUser !== undefined && { stats_users: statsUser }),
    ...(consoleUser !== undefined && { admin_users: consoleUser }),
  };
  return new Config(namespace, 'pgbouncer-config', {
    ...shellFiles('passwords.sh'),
    'pgbouncer.sh': script,
    'pgbouncer.ini': ini,
    // Without a section header: when a section begins a second time, PgBouncer discards its first part.
    'settings.ini': `${Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join('')}`,
    'databases.ini': textOf(
      '[databases]\n',
      ...databases.map(({ name, server, poolSize }) => databaseLine(name, server, poolSize)),
      databaseLine('*', main),
    ),
  });
}

/** The replicas of PgBouncer. */
export interface PgBouncerProps {
  readonly system: string;
  readonly namespace: string;
  /** The path of its settings in the environment file. @default pgbouncer */
  readonly from?: string;
  /** An image with PgBouncer 1.23 or later and a shell. */
  readonly image: Image;
  /** Made by {@link pgbouncerConfig}. */
  readonly config: Config;
  readonly servers: readonly Server[];
  readonly replicas: number;
  readonly resources: Resources;
  /** The passwords of the system's own roles, by role name. */
  readonly rolePasswords: Secret;
  /** The names of the system's own roles that connect through PgBouncer, and of PgBouncer's own users. */
  readonly roles: readonly string[];
  /** The tenants whose databases are reached through it, too. @default - no tenants */
  readonly tenants?: Tenants | undefined;
  /** How long a transaction may continue when a replica terminates. */
  readonly longestTransaction: Duration;
  /** The connections of one replica to a server, by the server's name. */
  readonly pools: (server: string) => Pool;
  /** A Prometheus exporter in each pod, and the URL of the statistics. @default - none */
  readonly exporter?: { readonly image: Image; readonly url: SecretKey } | undefined;
}

const USER = 70; // of the usual images on Alpine
const EXPORTER_PORT = 9127;

/** Time for Services to remove a terminating pod, and again for clients to disconnect between two transactions. */
const LEAVE = Duration.seconds(10);

/** The Prometheus exporter of its statistics. Source: pgbouncer_exporter. */
function exporterOf({ image, url }: NonNullable<PgBouncerProps['exporter']>): ContainerProps {
  return {
    name: 'exporter',
    image,
    env: { PGBOUNCER_EXPORTER_CONNECTION_STRING: url },
    ports: { [METRICS_PORT]: EXPORTER_PORT },
    resources: { cpu: { request: '10m', limit: '100m' }, memory: { request: '16Mi', limit: '64Mi' } },
    probes: {
      health: { http: '/' },
      liveness: { period: 30, timeout: 5 },
      readiness: { period: 15, timeout: 5 },
    },
  };
}

/**
 * PgBouncer in transaction mode for the databases of a system and of its tenants: Service `pgbouncer-svc`, port 5432, and `pgbouncer-pods` for who has to
 * reach each replica. New tenants and changed passwords
 * are reloaded without a restart; other changes, and a new revision of the passwords, restart the pods.
 * Source: the seed of Salient, "PgBouncer in Kubernetes"; pgbouncer.org.
 *
 * @example
 * const pooler = pgbouncer({
 *   ...{ system, namespace, image, servers, resources, rolePasswords, tenants },
 *   config: pgbouncerConfig({ namespace, servers, poolSize: 5, maxClients: 5000 }),
 *   replicas: 2, roles: ['shop_reader'], longestTransaction: Duration.minutes(1),
 *   pools: () => ({ perPod: 10, why: '2 roles × 5' }),
 * });
 */
export function pgbouncer(props: PgBouncerProps): Component {
  const { exporter, tenants, from = 'pgbouncer' } = props;
  return component({
    system: props.system,
    namespace: props.namespace,
    name: 'pgbouncer',
    about: 'connection pooler of the databases',
    from,
    image: props.image,
    command: ['/bin/sh', '/etc/pgbouncer/pgbouncer.sh'],
    ports: { postgres: { port: 5432, protocol: 'tcp' } },
    service: 'pgbouncer-svc',
    podsService: 'pgbouncer-pods',
    env: { ...(tenants && { TENANT_PREFIX: tenants.prefix }), LEAVE_SECONDS: String(LEAVE.toSeconds()) },
    mounts: [
      { path: '/etc/pgbouncer', from: props.config },
      { path: '/etc/berth/roles', from: props.rolePasswords, keys: props.roles, reloadsInPlace: true },
      ...(tenants ? [{ path: '/etc/berth/tenants', from: tenants.tenantPasswords, reloadsInPlace: true }] : []),
      ...caMounts(props.servers),
    ],
    scratch: [{ path: '/run/pgbouncer', size: Size.mebibytes(16), memory: true }, { path: '/tmp' }],
    resources: props.resources,
    scale: { replicas: props.replicas },
    probes: {
      health: { tcp: true },
      liveness: { period: 10, timeout: 5 },
      readiness: { period: 5 },
    },
    shutdown: {
      preStopDelay: LEAVE,
      drainTimeout: Duration.seconds(LEAVE.toSeconds() + props.longestTransaction.toSeconds() + 5),
    },
    user: USER,
    connectsTo: props.servers.map((server) => pooled(server, props.pools(server.name))),
    stage: 'pooling',
    priority: 'data',
    // Source: pgbouncer_exporter.
    metrics: exporter && {
      path: '/metrics',
      port: EXPORTER_PORT,
      pool: {
        waiting: 'pgbouncer_pools_client_waiting_connections',
        connections: 'pgbouncer_databases_current_connections',
      },
    },
    beside: exporter === undefined ? [] : [exporterOf(exporter)],
  });
}
