import type { Environment } from '../../lib/config/environment';
import { type Database, database } from '../../lib/parts/postgres/database';
import { type RedisStore, redisStore } from '../../lib/parts/redis/store';
import { namespacesOf, nodeEnv, SYSTEM, sourceOf } from './configuration';
import init from './init.sql';
import type { PliersConfig } from './settings';

/** The data tier of Pliers, in its data namespace: PostgreSQL, and Redis for the cache and the sessions. */
export interface Data {
  readonly database: Database;
  readonly cache: RedisStore;
}

/** The data tier in one environment. Source: the seed, "Full Stack Composition". */
export function dataOf(environment: Environment, settings: PliersConfig): Data {
  const { backups, migrations, monitoring } = settings;
  const namespace = namespacesOf(environment).data;
  const props = { system: SYSTEM, environment, namespace, source: sourceOf(environment, settings) };
  return {
    database: database({
      ...props,
      config: settings.database,
      monitoring,
      client: settings.postgresClient,
      init,
      migrations: {
        backend: settings.services.api,
        command: migrations.command,
        env: { NODE_ENV: nodeEnv(environment), ENVIRONMENT: environment.tier },
        resources: migrations,
        user: 1001,
      },
      backups,
      // The seed's POSTGRES_INITDB_ARGS and health check.
      initdbArgs: '--encoding=UTF8',
      readiness: { period: 10, timeout: 5, failures: 5 },
    }),
    cache: redisStore({ ...props, config: settings.redis, backups }),
  };
}
