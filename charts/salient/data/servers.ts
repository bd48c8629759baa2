import { addresses } from '../../../lib/model/connection';
import type { ClusterRole } from '../../../lib/model/postgres-cluster';
import { Secret, type SecretValue } from '../../../lib/model/secret';
import type { SecretSource } from '../../../lib/model/secret-source';
import { archiveDrill } from '../../../lib/parts/cloudnative-pg/archive-drill';
import { cloudNativePg } from '../../../lib/parts/cloudnative-pg/cluster';
import { roleCredentials } from '../../../lib/parts/cloudnative-pg/role-credentials';
import {
  type DataServer,
  externalServer,
  serverObjectName,
  statefulsetServer,
} from '../../../lib/parts/postgres/servers';
import type { SalientConfig } from '../settings';
import type { Tenant } from '../tenant-list';
import { databaseOf, ROLES, TENANT_PREFIX } from './names';

type ServerConfig = SalientConfig['database'] | SalientConfig['tenantServers'][string];

export interface ServersProps {
  readonly system: string;
  readonly namespace: string;
  readonly source: SecretSource;
  readonly settings: Pick<SalientConfig, 'database' | 'tenantServers' | 'tenants' | 'monitoring'>;
  readonly rolePassword: (role: string) => SecretValue;
  readonly tenantPassword: (tenant: Tenant) => SecretValue;
}

/** The roles of a CloudNativePG cluster: those of the data tier, and one for each tenant whose database it holds. */
function clusterRoles(
  name: string,
  { settings, namespace, source, tenantPassword, rolePassword }: ServersProps,
): ClusterRole[] {
  const admin = settings.database.name;
  const cluster = serverObjectName(name);
  const own = (role: string): ClusterRole => ({
    name: role,
    password: roleCredentials({ namespace, cluster, role, source, password: rolePassword(role) }),
    databases: [admin],
  });
  const tenants = settings.tenants
    .filter(({ server }) => server === name)
    .map((tenant): ClusterRole => {
      const { slug, state, connectionLimit, revision } = tenant;
      const role = databaseOf(slug);
      if (state === 'removed') return { name: role, dropped: true };
      const password = roleCredentials({
        namespace,
        cluster,
        role,
        source,
        password: tenantPassword(tenant),
        optional: true, // provisioning reports a tenant without a password; the others do not wait for it
        revision: revision - 1,
      });
      return { name: role, password, connectionLimit, ...(state === 'active' && { databases: [role] }) };
    });
  const main = name === 'main' ? [ROLES.owner, ROLES.reader, ROLES.writer].map(own) : [];
  const owners = [...(name === 'main' ? [ROLES.owner] : []), ...tenants.map((tenant) => tenant.name)];
  // pg_read_all_data, since the operator revokes the membership in the role of a tenant whose line is gone and whose database is still dumped.
  const reads = { memberOf: ['pg_read_all_data', ROLES.restore, ...owners], bypassrls: true };
  return [
    ...main,
    { ...own(ROLES.backup), databases: 'all', createdb: true, ...reads },
    { ...own(ROLES.restore), databases: 'all' }, // it restores into new databases, whose names are not known here
    ...tenants,
  ];
}

/** The access key of a cluster's archive. */
function archiveSecret(object: string, { namespace, source }: ServersProps) {
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

function cluster(name: string, config: ServerConfig & { kind: 'cloudnative-pg' }, props: ServersProps): DataServer {
  const { namespace, settings } = props;
  const object = serverObjectName(name);
  const { archive, apiServer } = config;
  const key = archiveSecret(object, props).pick('ACCESS_KEY_ID', 'SECRET_ACCESS_KEY');
  const roles = clusterRoles(name, props);
  const databases = roles
    .filter((role) => role.dropped !== true && role.name.startsWith(TENANT_PREFIX))
    .map((role) => ({ name: role.name, owner: role.name }));
  const made = cloudNativePg({
    system: props.system,
    namespace,
    name: object,
    serverName: name,
    image: config,
    instances: config.instances,
    maxConnections: config.maxConnections,
    reserved: config.reserved,
    resources: config,
    size: config.storage,
    storageClass: config.storageClass,
    // Every cluster is created with a database; on other servers than main it is the operator's default one, and stays empty.
    database:
      name === 'main' ? { name: settings.database.name, owner: ROLES.owner } : { name: 'app', owner: ROLES.backup },
    databases,
    roles,
    archive: {
      destination: archive.destination,
      endpoint: archive.endpoint,
      retention: archive.retention,
      schedule: archive.schedule,
      credentials: {
        accessKeyId: key.ACCESS_KEY_ID,
        secretAccessKey: key.SECRET_ACCESS_KEY,
      },
      connectsTo: [addresses('the archive of the write-ahead log', archive.addresses, archive.port, 's3')],
    },
    operator: config.operator.namespace,
    ...(settings.monitoring.enabled && { prometheus: settings.monitoring.prometheus }),
    // Some network plugins judge the Service's port, others the endpoint's.
    apiServer: apiServer.ports.map((port) => addresses('the API server', apiServer.addresses, port)),
  });
  const { hour, rpo, image = config } = archive.drill;
  return { server: made.server, cluster: made, drill: archiveDrill({ cluster: made, hour, rpo, image }) };
}

/** The servers of an environment; the first holds the admin database. */
export function dataServers(props: ServersProps): DataServer[] {
  const { database, tenantServers } = props.settings;
  const all: [string, ServerConfig][] = [['main', database], ...Object.entries(tenantServers)];
  return all.map(([name, config]): DataServer => {
    if (config.kind === 'external') return externalServer(name, config, props);
    return config.kind === 'statefulset' ? statefulsetServer(name, config, props) : cluster(name, config, props);
  });
}
