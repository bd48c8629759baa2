import { type Database, type DatabaseProps, database } from '../../lib/parts/postgres/database';
import { type RedisStore, redisStore } from '../../lib/parts/redis/store';
import init from './init.sql';
import type { PliersConfig } from './settings';

type DataProps = Pick<DatabaseProps, 'system' | 'environment' | 'namespace' | 'source'>;

/** What Pliers keeps, in the data namespace: PostgreSQL, and Redis for the cache and the sessions. Source: the seed, Docker Compose. */
export function data(props: DataProps, settings: PliersConfig): { database: Database; cache: RedisStore } {
  const { backups, migrations } = settings;
  return {
    database: database({
      ...props,
      config: settings.database,
      client: settings.postgresClient,
      init,
      migrations: {
        backend: settings.services.api,
        command: migrations.command,
        env: { NODE_ENV: props.environment.longName },
        resources: migrations,
        user: 1001,
      },
      backups,
      // The seed's: it says so, and when it asks.
      initdbArgs: '--encoding=UTF8',
      readiness: { period: 10, timeout: 5, failures: 5 },
    }),
    cache: redisStore({ ...props, config: settings.redis, backups }),
  };
}
