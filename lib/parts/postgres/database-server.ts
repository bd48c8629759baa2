import { hostOf, portOf } from '../../model/address';
import type { Server } from '../../model/database';
import type { ClusterRole } from '../../model/postgres-cluster';
import type { Secret } from '../../model/secret';
import { backupRoles, clusterServer, systemRole } from '../cloudnative-pg/server';
import type { CloudNativePgServer } from '../cloudnative-pg/settings';
import type { SystemMonitoringConfig } from '../monitoring/settings';
import { type Pooler, pooler } from '../pgbouncer/pooler';
import type { PoolerConfig } from '../pgbouncer/settings';
import type { OwnedDatabase } from './databases';
import type { ExternalServer, StatefulsetServer } from './server-settings';
import {
  type DataServer,
  externalServer,
  type ServerProps,
  serverObjectName,
  serverSetting,
  statefulsetServer,
} from './servers';

/** The name of the server of an application, of which there is one. */
const NAME = 'main';

/** The setting of its pooler. */
const POOLER = `${serverSetting(NAME)}.pgbouncer`;

/** The server of one application: outside the cluster, one pod, or a cluster that CloudNativePG runs. */
export type DatabaseServerConfig = (ExternalServer | StatefulsetServer | CloudNativePgServer) & {
  /** The pooler between the server and its clients. @default - they connect to the server itself */
  readonly pgbouncer?: PoolerConfig | undefined;
};

/** What the server and its pooler are made of. */
export interface DatabaseServerProps extends ServerProps {
  readonly config: DatabaseServerConfig;
  /** The monitoring settings of the environment file. @default - neither CloudNativePG's instances nor the pooler are scraped */
  readonly monitoring?: Pick<SystemMonitoringConfig, 'enabled' | 'prometheus'>;
}

type BackupRoles = Parameters<typeof backupRoles>[1];
type Databases = readonly [OwnedDatabase, ...OwnedDatabase[]];

/** The roles of a cluster: the owners, who enter their databases alone, and those that dump and restore. */
function clusterRoles(
  { namespace, source }: DatabaseServerProps,
  databases: Databases,
  roles: BackupRoles,
): ClusterRole[] {
  const place = { namespace, source, cluster: serverObjectName(NAME) };
  const owners = [...new Set(databases.map(({ user }) => user))];
  const ofOwner = (owner: string) => databases.filter(({ user }) => user === owner).map(({ name }) => name);
  return [...owners.map((owner) => systemRole(place, owner, ofOwner(owner))), ...backupRoles(place, roles, owners)];
}

function serverOfKind(props: DatabaseServerProps, databases: Databases, roles: BackupRoles): DataServer {
  const { config, system, namespace, source, monitoring } = props;
  if (config.kind === 'external') return externalServer(NAME, config, props);
  if (config.kind === 'statefulset') return statefulsetServer(NAME, config, props);
  const [first, ...others] = databases.map(({ name, user }) => ({ name, owner: user }));
  return clusterServer(NAME, config, {
    ...{ system, namespace, source, monitoring },
    database: first as { name: string; owner: string },
    databases: others,
    roles: clusterRoles(props, databases, roles),
  });
}

/** The server of an application's databases. */
export function serverOf(props: DatabaseServerProps, databases: Databases, roles: BackupRoles): DataServer {
  const made = serverOfKind(props, databases, roles);
  if (props.config.pgbouncer !== undefined) return made;
  const { connection } = made.server;
  const limit = { ...connection.limit, pooler: POOLER };
  return { ...made, server: { ...made.server, connection: { ...connection, limit } } };
}

/** The pooler before the server, if the settings have one. */
export function poolerOf(
  { config: { pgbouncer }, system, namespace, source, monitoring }: DatabaseServerProps,
  databases: Databases,
  server: Server,
  rolePasswords: Secret,
): Pooler | undefined {
  if (pgbouncer === undefined) return undefined;
  const { length } = databases;
  const { poolSize } = pgbouncer;
  return pooler({
    ...{ system, namespace, source, rolePasswords },
    from: POOLER,
    config: pgbouncer,
    servers: [server],
    roles: [...new Set(databases.map(({ user }) => user))],
    pools: () => ({
      perPod: length * poolSize,
      why: length === 1 ? 'its pool' : `${length} databases × ${poolSize}`,
      from: `${POOLER}.poolSize`,
    }),
    monitored: monitoring?.enabled ?? false,
  });
}

/** The server as the services see it, which are in another namespace: the pooler, or the server itself. */
export function serverForClients({ server, cluster }: DataServer, before: Pooler | undefined): Server {
  if (before !== undefined) {
    const { component, connection } = before;
    return { name: server.name, host: hostOf(component), port: portOf(component), tls: 'disable', connection };
  }
  if (cluster === undefined) return server;
  // The certificate of the cluster's authority is in a Secret that the operator makes beside the cluster, which no other namespace has.
  const { ca: _, ...others } = server;
  return { ...others, tls: 'require' };
}
