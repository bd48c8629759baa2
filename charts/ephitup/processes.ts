import type { Scratch } from '../../lib/model/container';
import { Duration, Size } from '../../lib/model/units';
import { CLOSE_TIME, SURREALDB_PORT, startArguments } from '../../lib/parts/surrealdb/surrealdb';
import type { EphitupConfig } from './settings';

export const API_PORT = 5055;

/** The folders that outlive the pods. */
export const DATABASE_FOLDER = '/mydata';
export const FILES_FOLDER = '/app/data';

/** The folder of RocksDB. */
export const DATABASE_PATH = `${DATABASE_FOLDER}/mydatabase.db`;

/** The variables that processes read; `configuration.ts` has their values. */
export const VARIABLES = {
  database: ['SURREAL_USER', 'SURREAL_PASS'],
  /** How the application finds its database and its files. */
  data: ['SURREAL_URL', 'SURREAL_USER', 'SURREAL_PASSWORD', 'SURREAL_NAMESPACE', 'SURREAL_DATABASE', 'DATA_PATH'],
  s3: ['S3_BUCKET_NAME', 'S3_ENDPOINT_URL', 'S3_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  /** The keys of the users' providers are encrypted with FERNET_SECRET_KEY. */
  keys: ['OPENAI_API_KEY', 'FERNET_SECRET_KEY'],
  login: ['JWT_SECRET'],
  frontend: ['INTERNAL_API_URL'],
} as const;

/** One of the four processes: the one description from which both shapes are derived. */
export interface Process {
  readonly command: readonly string[];
  /** @default - it listens at none */
  readonly port?: number;
  /** Which of {@link VARIABLES} it reads. */
  readonly needs: readonly (keyof typeof VARIABLES)[];
  /** Variables that only this process may have. @default - none */
  readonly own?: Readonly<Record<string, string>>;
  /** Writable folders whose content is lost with the pod, besides /tmp. @default - none */
  readonly scratch?: readonly Scratch[];
  /** How long it may take to end after SIGTERM. */
  readonly stop: Duration;
}

export type ProcessName = 'database' | 'api' | 'worker' | 'frontend';

/**
 * The four processes, in the order of their start. Source: the seed, "Processes Running". Other than there SurrealDB gets no password as an
 * argument and logs less, and the frontend is `node server.js`: `npm run start -p 8502` passes the port to npm.
 */
export function processesOf({ finish }: Pick<EphitupConfig, 'finish'>): Readonly<Record<ProcessName, Process>> {
  return {
    database: {
      command: ['surreal', ...startArguments(DATABASE_PATH)],
      port: SURREALDB_PORT,
      needs: ['database'],
      stop: CLOSE_TIME,
    },
    api: {
      command: ['uvicorn', 'api.main:app', '--host', '0.0.0.0', '--port', String(API_PORT)],
      port: API_PORT,
      needs: ['data', 's3', 'keys', 'login'],
      stop: Duration.seconds(30),
    },
    worker: {
      command: ['surreal-commands-worker', '--import-modules', 'commands'],
      needs: ['data', 's3', 'keys'],
      stop: Duration.seconds(finish),
    },
    frontend: {
      command: ['node', '/app/frontend/server.js'],
      port: 8502,
      needs: ['frontend'],
      own: { PORT: '8502', HOSTNAME: '0.0.0.0' },
      scratch: [{ path: '/app/frontend/.next/cache', size: Size.mebibytes(256) }],
      stop: Duration.seconds(10),
    },
  };
}
