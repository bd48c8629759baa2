import type { Image } from '../../base/image';
import { type Component, component } from '../../model/component';
import type { Config } from '../../model/config';
import type { ExistingObject, Resources, Timing } from '../../model/container';
import type { SecretKey } from '../../model/secret';
import { Duration, Size } from '../../model/units';
import administrator from './administrator.sh';
import { tuning } from './tuning';

/** The scripts that run in the server's container, by file name. */
export const POSTGRES_SCRIPTS = { 'administrator.sh': administrator };

/** A PostgreSQL server of one pod. */
export interface PostgresProps {
  readonly system: string;
  readonly namespace: string;
  /** The path of its setting in the environment file. @default - it has no setting */
  readonly from?: string | undefined;
  /** The name of its objects and its Service. @default postgres */
  readonly name?: string;
  /** The official image, or one with the same environment variables. */
  readonly image: Image;
  /** The password of the superuser `postgres`. No other pod reads it. */
  readonly superuserPassword: SecretKey;
  /** A role that may create roles and databases, without being a superuser. */
  readonly administrator: { readonly user: SecretKey; readonly password: SecretKey };
  /** A ConfigMap with {@link POSTGRES_SCRIPTS}. */
  readonly scripts: Config;
  /** `max_connections`. */
  readonly maxConnections: number;
  readonly resources: Resources;
  /** The size of its volume: a Kubernetes quantity. */
  readonly size: string;
  /** @default - the cluster's default storage class */
  readonly storageClass?: string | undefined;
  /** The Secret with tls.crt and tls.key. @default - connections are not encrypted */
  readonly certificate?: ExistingObject | undefined;
  /** More arguments of initdb, such as `--encoding=UTF8`. @default - none */
  readonly initdbArgs?: string | undefined;
  /** The timing of the readiness probe. @default - every 5 s */
  readonly readiness?: Timing | undefined;
}

const USER = 70; // of the official image on Alpine; an existing data directory must belong to it
const DATA = '/var/lib/postgresql/data';
const CERTIFICATE = '/etc/postgres-tls';
const SCRIPTS = '/etc/berth/scripts';

/**
 * A PostgreSQL server of one pod: port 5432, SCRAM passwords, parameters by its memory limit, data on a volume.
 * Source: the documentation of the official image.
 *
 * @example
 * const server = postgres({
 *   ...{ system: 'shop', namespace: 'shop-prod-data', image, resources, scripts },
 *   superuserPassword: key.POSTGRES_SUPERUSER_PASSWORD,
 *   administrator: { user: key.POSTGRES_ADMIN_USER, password: key.POSTGRES_ADMIN_PASSWORD },
 *   maxConnections: 100, size: '5Gi',
 * });
 */
export function postgres(props: PostgresProps): Component {
  // Over TCP (-h), since the temporary server that initialises the data directory listens on the socket only.
  const ready = ['pg_isready', '-q', '-h', '127.0.0.1', '-p', '5432'];
  const parameters = {
    ...tuning(props.resources.memory.limit, props.maxConnections),
    ...(props.certificate !== undefined && {
      ssl: 'on',
      ssl_cert_file: `${CERTIFICATE}/tls.crt`,
      ssl_key_file: `${CERTIFICATE}/tls.key`,
    }),
  };
  const name = props.name ?? 'postgres';
  return component({
    system: props.system,
    namespace: props.namespace,
    name,
    about: 'database server',
    from: props.from,
    image: props.image,
    args: Object.entries(parameters).flatMap(([parameter, value]) => ['-c', `${parameter}=${value}`]),
    ports: { postgres: { port: 5432, protocol: 'tcp' } },
    env: {
      POSTGRES_USER: 'postgres',
      POSTGRES_PASSWORD: props.superuserPassword,
      POSTGRES_ADMIN_USER: props.administrator.user,
      POSTGRES_ADMIN_PASSWORD: props.administrator.password,
      POSTGRES_INITDB_ARGS: ['--auth-host=scram-sha-256 --data-checksums', props.initdbArgs ?? []].flat().join(' '),
      // A subfolder, since initdb refuses a volume whose root contains lost+found.
      PGDATA: `${DATA}/pgdata`,
    },
    mounts: [
      { path: SCRIPTS, from: props.scripts },
      ...(props.certificate === undefined
        ? []
        : [{ path: CERTIFICATE, from: props.certificate, keys: ['tls.crt', 'tls.key'] }]),
    ],
    afterStart: ['/bin/bash', `${SCRIPTS}/administrator.sh`],
    resources: props.resources,
    scale: { replicas: 1 },
    probes: {
      health: { exec: ready },
      // Ten minutes, since a restart during crash recovery would only start the recovery again.
      startup: { period: 5, failures: 120 },
      liveness: { period: 10, timeout: 5, failures: 6 },
      readiness: props.readiness ?? { period: 5, timeout: 3 },
    },
    // The image stops by SIGINT: sessions are closed and a checkpoint is written. There is no second replica to take over, hence no delay.
    shutdown: { preStopDelay: Duration.seconds(0), drainTimeout: Duration.seconds(60) },
    user: USER,
    scratch: [
      { path: '/var/run/postgresql' },
      { path: '/tmp' },
      { path: '/dev/shm', memory: true, size: Size.mebibytes(128) },
    ],
    stage: 'data',
    priority: 'data',
    storage: [{ path: DATA, size: props.size, storageClass: props.storageClass }],
  });
}
