import { Duration, Size } from 'cdk8s';
import { WAVES } from './annotations';
import { type Component, component } from './component';
import type { Image, Resources } from './container';
import type { SecretKey } from './secrets';

export interface PostgresProps {
  readonly system: string;
  readonly namespace: string;
  /** The official image, or one that takes the same variables. */
  readonly image: Image;
  /** The database that is made at the first start. */
  readonly database: string;
  readonly user: SecretKey;
  readonly password: SecretKey;
  readonly resources: Resources;
  /** The size of its volume. */
  readonly size: string;
  readonly storageClass?: string | undefined;
}

const USER = 70; // of the official image on Alpine; the data directory belongs to whoever starts it first
const DATA = '/var/lib/postgresql/data';

/**
 * One PostgreSQL in the cluster: Service `postgres`, port 5432, passwords by SCRAM, data on a volume that stays.
 * Source: the official image's documentation.
 */
export function postgres(props: PostgresProps): Component {
  // -h: over TCP, since the server that only prepares the first start listens on the socket alone.
  const ready = ['pg_isready', '-q', '-h', '127.0.0.1', '-p', '5432'];
  return component({
    system: props.system,
    namespace: props.namespace,
    name: 'postgres',
    image: props.image,
    port: 5432,
    portName: 'postgres',
    service: { name: 'postgres' },
    env: {
      POSTGRES_USER: props.user,
      POSTGRES_PASSWORD: props.password,
      POSTGRES_DB: props.database,
      POSTGRES_INITDB_ARGS: '--auth-host=scram-sha-256 --data-checksums',
      // A volume's root may hold lost+found, which initdb refuses.
      PGDATA: `${DATA}/pgdata`,
    },
    resources: props.resources,
    scale: { replicas: 1 },
    probes: {
      health: { exec: ready },
      // Recovery after a crash takes as long as it takes; a restart would only begin it anew.
      startup: { period: 5, failures: 120 },
      liveness: { period: 10, timeout: 5, failures: 6 },
      readiness: { period: 5, timeout: 3 },
    },
    // The image stops by SIGINT: sessions end, a checkpoint is written. There is nobody to wait for before.
    stop: { leave: Duration.seconds(0), drain: Duration.seconds(60) },
    user: USER,
    scratch: [
      { path: '/var/run/postgresql' },
      { path: '/tmp' },
      { path: '/dev/shm', memory: true, size: Size.mebibytes(128) },
    ],
    wave: WAVES.data,
    storage: { path: DATA, size: props.size, storageClass: props.storageClass },
  });
}
