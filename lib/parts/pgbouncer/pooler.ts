import type { Component } from '../../model/component';
import { type Limited, to } from '../../model/connection';
import type { Server } from '../../model/database';
import { Secret, type SecretKey } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import { Duration } from '../../model/units';
import { rolePassword } from '../secrets';
import { type PgBouncerConfigProps, type PgBouncerProps, pgbouncer, pgbouncerConfig } from './pgbouncer';
import type { PoolerConfig } from './settings';

/** The user of PgBouncer's exporter, which reads PgBouncer's statistics; it exists on no database server. */
const STATS_USER = 'pgbouncer_stats';

/**
 * The user of PgBouncer's console, by which migrations have each replica open new connections to a database. It exists on no database
 * server, and only they and PgBouncer have its password: PgBouncer knows no lesser right for that than the one to give any command.
 */
export const CONSOLE_USER = 'pgbouncer_console';

/** The users of PgBouncer itself, whose passwords it reads beside those of roles. */
export function poolerUsers(monitored: boolean): string[] {
  return [CONSOLE_USER, ...(monitored ? [STATS_USER] : [])];
}

/** PgBouncer, and how its clients connect to it: each replica has a limit, and is alone while another one restarts. */
export interface Pooler extends Limited {
  readonly component: Component;
}

/** The props of {@link pooler}. */
export interface PoolerProps
  extends Pick<PgBouncerConfigProps, 'databases'>,
    Pick<PgBouncerProps, 'system' | 'namespace' | 'from' | 'rolePasswords' | 'roles' | 'tenants' | 'pools'> {
  readonly source: SecretSource;
  /** The settings from the environment file, where `from` is their path. */
  readonly config: PoolerConfig;
  readonly servers: readonly [Server, ...Server[]];
  /** Whether each replica has a Prometheus exporter. */
  readonly monitored: boolean;
}

/** The URL of the statistics, for the exporter of the same pod. */
function statsUrl(namespace: string, source: SecretSource): SecretKey {
  const secret = new Secret({
    namespace,
    name: 'pgbouncer-exporter',
    externalName: 'pgbouncer-exporter-external-secret',
    source,
    values: {
      PASSWORD: rolePassword(STATS_USER),
      URL: {
        template: [
          `postgres://${STATS_USER}:`,
          { urlEncoded: 'PASSWORD' },
          '@127.0.0.1:5432/pgbouncer?sslmode=disable',
        ],
      },
    },
  });
  return { secret, key: 'URL' };
}

/** PgBouncer by the settings of an environment file, between applications and the servers of their databases. */
export function pooler({ source, config, monitored, databases, ...props }: PoolerProps): Pooler {
  const { namespace, servers, roles } = props;
  const { poolSize, maxClients, replicas, longestTransaction, exporter } = config;
  const component = pgbouncer({
    ...props,
    image: config,
    config: pgbouncerConfig({
      namespace,
      servers,
      databases,
      poolSize,
      maxClients,
      statsUser: monitored ? STATS_USER : undefined,
      consoleUser: CONSOLE_USER,
    }),
    replicas,
    resources: config,
    roles: [...roles, ...poolerUsers(monitored)],
    longestTransaction: Duration.seconds(longestTransaction),
    exporter: monitored ? { image: exporter, url: statsUrl(namespace, source) } : undefined,
  });
  const limit = {
    name: 'each replica of PgBouncer',
    maxConnections: maxClients,
    reserved: 0,
    from: `${props.from}.maxClients`,
  };
  return { component, connection: { ...to(component), limit } };
}
