import type { Environment } from '../../lib/config/environment';
import { type Text, urlOf } from '../../lib/model/address';
import { Config } from '../../lib/model/config';
import type { ContainerProps } from '../../lib/model/container';
import { portsOf } from '../../lib/model/port';
import { Secret } from '../../lib/model/secret';
import type { SecretSource } from '../../lib/model/secret-source';
import { secretSource } from '../../lib/parts/secrets';
import { DATABASE_FOLDER, VARIABLES } from './processes';
import type { EphitupConfig } from './settings';

export const SYSTEM = 'ephitup';

/** The namespace and the database of the application in SurrealDB. */
const NAMES = { SURREAL_NAMESPACE: 'open_notebook', SURREAL_DATABASE: 'production' };

export function namespaceOf({ name }: Environment): string {
  return `${SYSTEM}-${name}`;
}

/** Where the values of its secrets come from. */
export function sourceOf(environment: Environment, settings: EphitupConfig): SecretSource {
  return secretSource(SYSTEM, settings.secrets, environment, {
    storeName: 'ephitup-store',
    serviceAccount: 'ephitup-sa',
  });
}

/** How the processes find each other. */
export interface Addresses {
  /** The WebSocket of the database. */
  readonly database: Text;
  readonly api: Text;
}

/** The URL of the API's Service in the shape split. */
export function apiUrl(environment: Environment, port: number): Text {
  const service = { name: 'api' };
  return urlOf({ namespace: namespaceOf(environment), name: 'api', ports: portsOf({ http: port }), service });
}

/** What the variables mean to the processes. */
export const MEANINGS = {
  DATA_PATH: 'the folder of the database, where it is in the same pod',
  SURREAL_URL: 'the WebSocket of SurrealDB',
  SURREAL_NAMESPACE: 'the namespace in SurrealDB',
  SURREAL_DATABASE: 'the database in that namespace',
  INTERNAL_API_URL: 'the API, as the server of the frontend reaches it',
  S3_BUCKET_NAME: 'the bucket for audio and uploads; without it, they are files in /app/data',
  S3_ENDPOINT_URL: 'the S3 endpoint of the bucket',
  S3_REGION: 'the region of the bucket',
  PORT: 'the port that it listens at',
  HOSTNAME: 'the address that it listens at',
  MIGRATION: 'the command that migrates the database, which the API runs before its first start in a pod',
};

/** The application's ConfigMap. */
export function configOf(environment: Environment, { s3 }: EphitupConfig, addresses: Addresses): Config {
  return new Config<string>(namespaceOf(environment), 'ephitup-config', {
    DATA_PATH: DATABASE_FOLDER,
    SURREAL_URL: addresses.database,
    ...NAMES,
    INTERNAL_API_URL: addresses.api,
    ...(s3 !== undefined && { S3_BUCKET_NAME: s3.bucket, S3_ENDPOINT_URL: s3.endpoint, S3_REGION: s3.region }),
  });
}

const databasePassword = {
  remote: 'surrealdb',
  property: 'password',
  about: 'password of the root user of SurrealDB',
  random: true,
  ofRole: true,
  development: 'development',
} as const;

const bucketKeys = {
  AWS_ACCESS_KEY_ID: {
    remote: 's3',
    property: 'access-key-id',
    about: 'ID of the access key of the bucket for audio and uploads',
    development: 'development',
  },
  AWS_SECRET_ACCESS_KEY: {
    remote: 's3',
    property: 'secret-access-key',
    about: 'secret of the access key of the bucket for audio and uploads',
    development: 'development',
  },
} as const;

/** The Secret of the application and of its database. SurrealDB has the password too: so it is fetched by its revision, never by itself. */
export function credentialsOf(environment: Environment, settings: EphitupConfig): Secret {
  return new Secret<string>({
    namespace: namespaceOf(environment),
    name: 'ephitup-credentials',
    externalName: 'ephitup-external-secret',
    source: sourceOf(environment, settings),
    revisionKey: true,
    values: {
      SURREAL_USER: {
        remote: 'surrealdb',
        property: 'user',
        about: 'name of the root user of SurrealDB, other than root',
        development: 'ephitup',
      },
      SURREAL_PASS: databasePassword,
      SURREAL_PASSWORD: databasePassword,
      FERNET_SECRET_KEY: {
        remote: 'fernet/key',
        about: 'encrypts the API keys that users have stored',
        random: 'fernet',
        permanent: true,
        development: 'ZGV2ZWxvcG1lbnQta2V5LWtub3duLXRvLWV2ZXJ5b24=',
      },
      JWT_SECRET: {
        remote: 'jwt/secret',
        about: 'signs the tokens of logged-in users',
        random: true,
        development: 'development-secret-known-to-everyone',
      },
      OPENAI_API_KEY: { remote: 'openai/api-key', about: 'API key of OpenAI', development: 'development' },
      ...(settings.s3 !== undefined && bucketKeys),
    },
  });
}

/** References to the variables of some groups, as far as they are configured. */
export function variablesOf(
  groups: readonly (keyof typeof VARIABLES)[],
  config: Config,
  secret: Secret,
): NonNullable<ContainerProps['env']> {
  const names = [...new Set(groups.flatMap((group) => [...VARIABLES[group]]))];
  const inConfig = names.filter((name) => Object.hasOwn(config.data, name));
  const inSecret = names.filter((name) => Object.hasOwn(secret.values, name));
  return { ...config.pick(...inConfig), ...secret.pick(...inSecret) };
}
