export { WAVES } from './annotations';
export * from './argocd';
export * from './backup/backup';
export * from './cloudnative-pg';
export * from './component';
export { Config, type ConfigKey, ConfigMap } from './config-map';
export { addresses, internet } from './connections';
export * from './container';
export { controllerOf } from './edge/controller';
export { Edge } from './edge/edge';
export type { EdgeProps } from './edge/props';
export { Job, nameOf } from './job';
export { type MigrationsProps, migrationScripts, migrations } from './migrations/migrations';
export { Monitoring } from './monitoring/monitoring';
export { Namespaces } from './namespaces';
export { ACME_SOLVER, NetworkPolicies } from './network';
export { type PooledDatabase, pgbouncer, pgbouncerConfig } from './pgbouncer/pgbouncer';
export { ClusterIssuers } from './platform/cluster-issuers';
export { hasSolverPods, type Platform } from './platform/platform';
export { PriorityClasses } from './platform/priority-classes';
export { POSTGRES_SCRIPTS, type PostgresProps, postgres } from './postgres/postgres';
export { type Parameters, tuning } from './postgres/tuning';
export { prometheusPods, scraping } from './prometheus';
export { PROVISIONING_SCRIPTS, provisionDatabase, provisioning } from './provisioning/provisioning';
export {
  type RedisBackupProps,
  type RedisDrill,
  redisBackup,
  redisBackupScripts,
  redisRestore,
  redisRestoreDrill,
} from './redis/backup';
export {
  maxMemory,
  type RedisConfigProps,
  type RedisProps,
  redis,
  redisConfig,
} from './redis/redis';
export type { Keep, Repository } from './restic';
export { type RoutedBackend, type RoutedBackendProps, type RouterProps, routedBackend } from './routed-backend';
export {
  commandFor,
  type ExternalSource,
  remoteRef,
  Secret,
  type SecretKey,
  type SecretSource,
  Secrets,
  type SecretValue,
  STAMP,
  type Store,
  type TemplatePart,
} from './secrets';
export { caMounts, type Server, serverTable, type Tls } from './servers';
export type { RateLimit, Route, Site } from './site';
export type {
  DatabaseClient,
  DatabaseServer,
  GivenObject,
  GivenPods,
  MonitoringProps,
  Placement,
  System,
} from './system';
export { type Purpose, type Schedule, type Task, type TaskProps, task } from './task';
export { Workload, type WorkloadProps } from './workload';
