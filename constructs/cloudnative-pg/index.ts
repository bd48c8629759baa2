export { CloudNativePg } from './cloudnative-pg';
export {
  type Archive,
  type CloudNativePgProps,
  type ClusterDatabase,
  type ClusterRole,
  cloudNativePg,
  type PostgresCluster,
} from './cluster';
export { type RoleCredentialsProps, roleCredentials } from './role-credentials';
