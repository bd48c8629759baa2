import { hashOf } from '../base/hash';
import type { Image } from '../base/image';
import type { Connection } from '../model/connection';
import type { ContainerProps } from '../model/container';
import type { SecretKey } from '../model/secret';
import { Size } from '../model/units';

/** Where dumps are kept: a restic repository on S3. */
export interface Repository {
  /** As restic names it: `s3:https://s3.us-east-1.amazonaws.com/bucket`. */
  readonly url: string;
  /** How the tasks get there. */
  readonly connection: Connection;
  /** Encrypts the repository: without it nothing can be read, ever. */
  readonly password: SecretKey;
  readonly accessKeyId: SecretKey;
  readonly secretAccessKey: SecretKey;
}

/** How many snapshots are kept. */
export interface Keep {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

/** What is taken from restic's image, since dumps are made in that of the server: the program, and the authorities that it trusts. */
export const TOOLS = { path: '/tools', size: Size.mebibytes(128) };

/** Where restic keeps what it knows of the repository. */
export const CACHE = '/cache';

/** Packs are put together in files before they are sent: at most six of 17 MiB at a time. In MiB. */
export const PACKS_MIB = 128;

/** The container that takes {@link TOOLS} from restic's own image. */
export function resticTools(image: Image): ContainerProps {
  return {
    name: 'restic',
    image,
    command: ['/bin/cp', '/usr/bin/restic', '/etc/ssl/certs/ca-certificates.crt', TOOLS.path],
    scratch: [TOOLS],
    resources: { cpu: { request: '10m', limit: '500m' }, memory: { request: '16Mi', limit: '64Mi' } },
  };
}

/** The variables by which restic finds a repository, and under which name its snapshots are. */
export function resticEnv(repository: Repository, host: string): NonNullable<ContainerProps['env']> {
  return {
    SNAPSHOT_HOST: host,
    RESTIC_REPOSITORY: repository.url,
    RESTIC_PASSWORD: repository.password,
    AWS_ACCESS_KEY_ID: repository.accessKeyId,
    AWS_SECRET_ACCESS_KEY: repository.secretAccessKey,
    RESTIC_CACHE_DIR: CACHE,
    SSL_CERT_FILE: `${TOOLS.path}/ca-certificates.crt`,
    // restic takes memory for each processor of the node, whatever its limit.
    GOMAXPROCS: '2',
  };
}

/** A minute of half an hour that is always the same for one history and mostly another for others, so that not all begin at once. */
export function nightlyMinute(host: string): number {
  return Number.parseInt(hashOf(host, 8), 16) % 30;
}
