export { WAVES } from './annotations';
export * from './component';
export { Config, type ConfigKey, ConfigMap } from './config-map';
export { addresses, internet } from './connections';
export * from './container';
export { IngressEdge } from './ingress';
export { Job, nameOf } from './job';
export { Namespaces } from './namespaces';
export { ACME_SOLVER, NetworkPolicies } from './network';
export { type PostgresProps, postgres } from './postgres';
export { type RoutedBackend, type RoutedBackendProps, type RouterProps, routedBackend } from './routed-backend';
export { commandFor, Secret, type SecretKey, type SecretSource, Secrets, type TemplatePart } from './secrets';
export { caMounts, type Server, serverTable, type Tls } from './servers';
export type { Route, Site } from './site';
export type {
  DatabaseClient,
  DatabaseServer,
  EdgeProps,
  GivenObject,
  GivenPods,
  Placement,
  System,
} from './system';
export { type Schedule, type Task, type TaskProps, task } from './task';
export { Workload, type WorkloadProps } from './workload';
