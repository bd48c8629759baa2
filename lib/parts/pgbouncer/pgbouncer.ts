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
import type { Tenants } from '../tenants';
import ini from './pgbouncer.ini';
import script from './pgbouncer.sh';

/** A database that is not on the main server, or whose pool is not of the usual size. */
export interface PooledDatabase {
  readonly name: string;
  readonly server: Server;
  /** @default - the usual one */
  readonly poolSize?: number | undefined;
}

export interface PgBouncerConfigProps {
  readonly namespace: string;
  /** The first holds every database that {@link databases} does not name. All are met with the same TLS mode. */
  readonly servers: readonly [Server, ...Server[]];
  readonly databases: readonly PooledDatabase[];
  /** Connections of one replica to a database, for each of its users. */
  readonly poolSize: number;
  /** Connections of clients that one replica takes. */
  readonly maxClients: number;
  /** The user that may read statistics. @default - nobody */
  readonly statsUser?: string | undefined;
}

function databaseLine(name: string, { host, port }: Server, poolSize?: number): Text {
  const size = poolSize === undefined ? '' : ` pool_size=${poolSize}`;
  return textOf(`${name} = host=`, host, ' port=', port, `${size}\n`);
}

/**
 * The files of PgBouncer: `pgbouncer.ini` as it stands beside this one, and what differs between environments.
 *
 * @throws when the servers are not met in one way, since PgBouncer has one TLS mode for all of them
 */
export function pgbouncerConfig(props: PgBouncerConfigProps): Config {
  const { namespace, servers, databases, statsUser } = props;
  const [main, ...others] = servers;
  const other = others.find(({ tls }) => tls !== main.tls);
  if (other) {
    throw new Error(
      `server ${other.name} is met with TLS mode ${other.tls} and ${main.name} with ${main.tls}, expected one for all`,
    );
  }
  const settings = {
    default_pool_size: props.poolSize,
    max_client_conn: props.maxClients,
    server_tls_sslmode: main.tls,
    ...(main.tls === 'verify-full' && { server_tls_ca_file: '/run/pgbouncer/authorities.crt' }),
    ...(statsUser !== undefined && { stats_users: statsUser }),
  };
  return new Config(namespace, 'pgbouncer-config', {
    'pgbouncer.sh': script,
    'pgbouncer.ini': ini,
    // Without a head of its own: PgBouncer forgets what it read of a section when the section begins once more.
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

export interface PgBouncerProps {
  readonly system: string;
  readonly namespace: string;
  /** PgBouncer 1.23 or later, with a shell. */
  readonly image: Image;
  /** Of {@link pgbouncerConfig}. */
  readonly config: Config;
  readonly servers: readonly Server[];
  readonly replicas: number;
  readonly resources: Resources;
  /** Holds the passwords of the system's own roles that go through PgBouncer, under their names. */
  readonly rolePasswords: Secret;
  readonly roles: readonly string[];
  readonly tenants: Tenants;
  /** How long a transaction may take when a replica ends. */
  readonly longestTransaction: Duration;
  /** What it opens at a server, by the server's name. */
  readonly pools: (server: string) => Pool;
  /** A Prometheus exporter beside it, and the URL by which it reads statistics. @default - none */
  readonly exporter?: { readonly image: Image; readonly url: SecretKey } | undefined;
}

const USER = 70; // of the usual images on Alpine
const EXPORTER_PORT = 9127;

/** For Services to forget a pod that ends, and then for clients to leave it between two transactions. */
const LEAVE = Duration.seconds(10);

/** What tells Prometheus of its statistics. Source: pgbouncer_exporter. */
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
 * PgBouncer in transaction mode before the databases of all tenants: Service `pgbouncer-svc`, port 5432. A tenant that comes or a
 * password that changes is read while it runs; what else changes, and a new revision of a password, rolls it.
 * Source: the seed of Salient, "PgBouncer in Kubernetes"; pgbouncer.org.
 */
export function pgbouncer(props: PgBouncerProps): Component {
  const { exporter } = props;
  return component({
    system: props.system,
    namespace: props.namespace,
    name: 'pgbouncer',
    about: 'the pool before the databases',
    from: 'pgbouncer',
    image: props.image,
    command: ['/bin/sh', '/etc/pgbouncer/pgbouncer.sh'],
    ports: { postgres: { port: 5432, protocol: 'tcp' } },
    service: 'pgbouncer-svc',
    env: { TENANT_PREFIX: props.tenants.prefix, LEAVE_SECONDS: String(LEAVE.toSeconds()) },
    mounts: [
      { path: '/etc/pgbouncer', from: props.config },
      { path: '/etc/berth/roles', from: props.rolePasswords, keys: props.roles, reloadsInPlace: true },
      { path: '/etc/berth/tenants', from: props.tenants.tenantPasswords, reloadsInPlace: true },
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
