import type { ClusterEnvironment } from '../../lib/config/platform';
import type { SecretSource } from '../../lib/model/secret-source';
import type { DataStoreProps } from '../../lib/parts/data-store';
import { type Database, type DatabaseMigrations, database } from '../../lib/parts/postgres/database';
import { type MessageQueue, messageQueue } from '../../lib/parts/rabbitmq/store';
import { type RedisStore, redisStore } from '../../lib/parts/redis/store';
import { namespacesOf } from './context';
import { MEANINGS } from './presets';
import type { ApplicationConfig } from './settings';
import { knownText } from './variables';

/** What keeps data, in the data namespace. */
export interface Data {
  readonly database: Database | undefined;
  readonly redis: RedisStore | undefined;
  readonly queue: MessageQueue | undefined;
}

/** A shell command that runs a list of arguments. */
function shellCommand(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** The migrations of all services, in their own images. */
function migrationsOf(
  name: string,
  environment: ClusterEnvironment,
  settings: ApplicationConfig,
): DatabaseMigrations[] {
  return Object.entries(settings.services).flatMap(([key, service]) => {
    if (service.migrations === undefined) return [];
    const { words, variable, database: target } = service.migrations;
    // The Job is in the data namespace: Secrets and ConfigMaps of the services are not there, nor may it connect to them.
    const texts = Object.entries(service.env).flatMap(([one, value]) => {
      const text = one === variable ? undefined : knownText({ name, environment, settings }, service, value);
      return text === undefined ? [] : [[one, text]];
    });
    return [
      {
        backend: { image: service.image, tag: service.tag, digest: service.digest },
        command: shellCommand(words),
        variable,
        from: `services.${key}.migrations`,
        env: Object.fromEntries(texts),
        meanings: MEANINGS,
        resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '256Mi', limit: '512Mi' } },
        user: service.user.id,
        group: service.user.group,
        ...(target !== undefined && { database: target }),
      },
    ];
  });
}

/** The database, Redis and RabbitMQ of an application, with the Jobs that create, migrate and dump them. */
export function dataOf(
  name: string,
  environment: ClusterEnvironment,
  settings: ApplicationConfig,
  source: SecretSource,
): Data {
  const { backups: given } = settings;
  const backups = given === undefined || 'none' in given ? undefined : given;
  const common = { system: name, environment, namespace: namespacesOf(name, environment).data, source, backups };
  const { redis, queue } = settings;
  return {
    database: settings.database && databaseOf(settings.database, common, settings),
    redis: redis && redisStore({ ...common, config: redis }),
    queue: queue && messageQueue({ ...common, config: queue, scraped: settings.monitoring.enabled }),
  };
}

function databaseOf(
  config: NonNullable<ApplicationConfig['database']>,
  common: DataStoreProps & { readonly environment: ClusterEnvironment },
  settings: ApplicationConfig,
): Database {
  const { databases, init, ...server } = config;
  const all = Object.entries(databases).map(([name, { user = name, extensions }]) => ({ name, user, extensions }));
  const [main, ...others] = all as [(typeof all)[number], ...typeof all];
  return database({
    ...common,
    config: { ...server, name: main.name, user: main.user },
    extensions: main.extensions,
    databases: others,
    monitoring: settings.monitoring,
    client: settings.postgresClient,
    migrations: migrationsOf(common.system, common.environment, settings),
    ...(init?.text !== undefined && { init: init.text }),
  });
}
