import type { Image } from '../../base/image';
import { type Component, component } from '../../model/component';
import type { Config } from '../../model/config';
import type { ExistingObject, Resources, Timing } from '../../model/container';
import type { SecretKey } from '../../model/secret';
import { Duration, Size } from '../../model/units';
import administrator from './administrator.sh';
import { tuning } from './tuning';

/** What runs beside the server, by file name. */
export const POSTGRES_SCRIPTS = { 'administrator.sh': administrator };

export interface PostgresProps {
  readonly system: string;
  readonly namespace: string;
  /** The path of the setting that it comes from. @default - it has none of its own */
  readonly from?: string | undefined;
  /** Of its objects and its Service. @default postgres */
  readonly name?: string;
  /** The official image, or one that takes the same variables. */
  readonly image: Image;
  /** The password of the superuser `postgres`, which nobody else has. */
  readonly superuserPassword: SecretKey;
  /** The role that may make roles and databases and is no superuser. */
  readonly administrator: { readonly user: SecretKey; readonly password: SecretKey };
  /** Holds {@link POSTGRES_SCRIPTS}. */
  readonly scripts: Config;
  readonly maxConnections: number;
  readonly resources: Resources;
  /** The size of its volume. */
  readonly size: string;
  readonly storageClass?: string | undefined;
  /** The Secret with tls.crt and tls.key. @default - connections are not encrypted */
  readonly certificate?: ExistingObject | undefined;
  /** More for initdb, such as `--encoding=UTF8`. @default - nothing */
  readonly initdbArgs?: string | undefined;
  /** When it is asked whether it is ready. @default - every 5 s */
  readonly readiness?: Timing | undefined;
}

const USER = 70; // of the official image on Alpine; the data directory belongs to whoever starts it first
const DATA = '/var/lib/postgresql/data';
const CERTIFICATE = '/etc/postgres-tls';
const SCRIPTS = '/etc/berth/scripts';

/**
 * One PostgreSQL in the cluster: port 5432, passwords by SCRAM, tuned by its memory, data on a volume that stays.
 * Source: the official image's documentation.
 */
export function postgres(props: PostgresProps): Component {
  // -h: over TCP, since the server that only prepares the first start listens on the socket alone.
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
    about: 'a database server',
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
      // A volume's root may hold lost+found, which initdb refuses.
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
      // Recovery after a crash takes as long as it takes; a restart would only begin it anew.
      startup: { period: 5, failures: 120 },
      liveness: { period: 10, timeout: 5, failures: 6 },
      readiness: props.readiness ?? { period: 5, timeout: 3 },
    },
    // The image stops by SIGINT: sessions end, a checkpoint is written. There is nobody to wait for before.
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
