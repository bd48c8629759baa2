import { addresses } from '../../model/connection';
import type { CloudNativePgProps, ClusterRole } from '../../model/postgres-cluster';
import { Secret } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import type { SystemMonitoringConfig } from '../monitoring/settings';
import { type DataServer, serverObjectName } from '../postgres/servers';
import { rolePassword } from '../secrets';
import { archiveDrill } from './archive-drill';
import { cloudNativePg } from './cluster';
import { roleCredentials } from './role-credentials';
import type { CloudNativePgServer } from './settings';

/** The cluster that a role is of. */
export interface RolePlace {
  readonly namespace: string;
  readonly source: SecretSource;
  /** The name of the cluster's objects. */
  readonly cluster: string;
}

/** One of the system's own roles, which may enter some databases. Its password is that of `rolePasswordsSecret`. */
export function systemRole(
  place: RolePlace,
  role: string,
  databases: NonNullable<ClusterRole['databases']>,
): ClusterRole {
  return { name: role, password: roleCredentials({ ...place, role, password: rolePassword(role) }), databases };
}

/**
 * The roles that dump and restore.
 *
 * @param owners the roles whose databases they dump
 */
export function backupRoles(
  place: RolePlace,
  { backup, restore }: { readonly backup: string; readonly restore: string },
  owners: readonly string[],
): ClusterRole[] {
  // pg_read_all_data, since the operator revokes the membership in the role of a tenant whose line is gone and whose database is still dumped.
  const memberOf = ['pg_read_all_data', restore, ...owners];
  return [
    { ...systemRole(place, backup, 'all'), createdb: true, bypassrls: true, memberOf },
    systemRole(place, restore, 'all'), // it restores into new databases, whose names are not known here
  ];
}

/** The access key of a cluster's archive. */
function archiveSecret(object: string, { namespace, source }: ClusterServerProps) {
  return new Secret({
    namespace,
    name: `${object}-archive`,
    externalName: `${object}-archive-external-secret`,
    source,
    values: {
      ACCESS_KEY_ID: {
        remote: `${object}-archive`,
        property: 'access-key-id',
        about: 'access key of the archive of the write-ahead log',
        development: 'development',
      },
      SECRET_ACCESS_KEY: {
        remote: `${object}-archive`,
        property: 'secret-access-key',
        about: 'secret access key of the archive of the write-ahead log',
        development: 'development',
      },
    },
  });
}

/** What a cluster has beside its settings. */
export interface ClusterServerProps
  extends Pick<CloudNativePgProps, 'system' | 'namespace' | 'database' | 'databases' | 'roles'> {
  readonly source: SecretSource;
  /** @default - its instances are not scraped */
  readonly monitoring?: Pick<SystemMonitoringConfig, 'enabled' | 'prometheus'> | undefined;
}

/**
 * A PostgreSQL cluster that CloudNativePG runs, by the settings of an environment file, with its archive and the drill that restores it.
 *
 * @param name the name by which settings refer to the server, such as `main`
 */
export function clusterServer(name: string, config: CloudNativePgServer, props: ClusterServerProps): DataServer {
  const { source: _, monitoring, ...own } = props;
  const object = serverObjectName(name);
  const { archive, apiServer } = config;
  const key = archiveSecret(object, props).pick('ACCESS_KEY_ID', 'SECRET_ACCESS_KEY');
  const cluster = cloudNativePg({
    ...own,
    name: object,
    serverName: name,
    image: config,
    instances: config.instances,
    maxConnections: config.maxConnections,
    reserved: config.reserved,
    resources: config,
    size: config.storage,
    storageClass: config.storageClass,
    archive: {
      destination: archive.destination,
      endpoint: archive.endpoint,
      retention: archive.retention,
      schedule: archive.schedule,
      credentials: { accessKeyId: key.ACCESS_KEY_ID, secretAccessKey: key.SECRET_ACCESS_KEY },
      connectsTo: [addresses('the archive of the write-ahead log', archive.addresses, archive.port, 's3')],
    },
    operator: config.operator.namespace,
    ...(monitoring?.enabled && { prometheus: monitoring.prometheus }),
    // Some network plugins judge the Service's port, others the endpoint's.
    apiServer: apiServer.ports.map((port) => addresses('the API server', apiServer.addresses, port)),
  });
  const { hour, rpo, image = config } = archive.drill;
  return { server: cluster.server, cluster, drill: archiveDrill({ cluster, hour, rpo, image }) };
}
