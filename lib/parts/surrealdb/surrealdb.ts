import type { Image } from '../../base/image';
import { type Component, component } from '../../model/component';
import type { Resources } from '../../model/container';
import type { SecretKey } from '../../model/secret';
import type { Storage } from '../../model/storage';
import { Duration } from '../../model/units';

/** The port of SurrealDB: HTTP and WebSockets. */
export const SURREALDB_PORT = 8000;

/** How long RocksDB may take to write what it has in memory, and to release its lock, after SIGTERM. */
export const CLOSE_TIME = Duration.seconds(60);

/**
 * The arguments of a server on RocksDB. User and password come from SURREAL_USER and SURREAL_PASS: arguments are visible to others. A
 * commit is on the disk before it is acknowledged, which is the default. Source: surrealdb.com, CLI, start.
 *
 * @param path the folder of the database
 */
export function startArguments(path: string): string[] {
  return ['start', '--no-banner', '--log', 'info', '--bind', `0.0.0.0:${SURREALDB_PORT}`, `rocksdb:${path}`];
}

/** A SurrealDB server of one pod. */
export interface SurrealDbProps {
  readonly system: string;
  readonly namespace: string;
  /** The name of its objects and its Service. @default surrealdb */
  readonly name?: string;
  /** The official image, with the program `/surreal`; backups run in it too, for which it needs a shell. */
  readonly image: Image;
  /** The root user, which the server makes at its first start only. A later change has to be made with DEFINE USER OVERWRITE as well. */
  readonly user: SecretKey;
  readonly password: SecretKey;
  readonly resources: Resources;
  /** The volume; it is mounted by one pod. */
  readonly storage: Omit<Storage, 'access' | 'shared'>;
  /** The folder of the database: below the path of the volume. */
  readonly path: string;
  /** The numeric user and group of the pod. @default 10001 */
  readonly runAs?: number;
}

/**
 * A SurrealDB server of one pod with RocksDB on a volume: port 8000, with a root user from a Secret. RocksDB locks its folder, so that a
 * second server on it ends at once. Source: surrealdb.com, Running SurrealDB; CLI, start.
 */
export function surrealdb(props: SurrealDbProps): Component {
  const { system, namespace, name = 'surrealdb', image, resources } = props;
  return component({
    system,
    namespace,
    name,
    about: 'the database',
    from: 'database',
    image,
    command: ['/surreal', ...startArguments(props.path)],
    ports: { http: SURREALDB_PORT },
    env: { SURREAL_USER: props.user, SURREAL_PASS: props.password },
    resources,
    scale: { replicas: 1 },
    probes: {
      health: { http: '/health' },
      // Ten minutes to read the log of RocksDB, since a restart would only start that again.
      startup: { period: 5, timeout: 5, failures: 120 },
      liveness: { period: 10, timeout: 5, failures: 6 },
      readiness: { period: 5, timeout: 5, failures: 3 },
    },
    // There is no second replica to take over, hence no delay.
    shutdown: { preStopDelay: Duration.seconds(0), drainTimeout: CLOSE_TIME },
    ...(props.runAs !== undefined && { user: props.runAs }),
    stage: 'data',
    priority: 'data',
    storage: [props.storage],
  });
}
