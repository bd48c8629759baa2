import { addresses } from '../../../lib/model/connection';
import type { ClusterRole } from '../../../lib/model/postgres-cluster';
import { Secret, type SecretValue } from '../../../lib/model/secret';
import type { SecretSource } from '../../../lib/model/secret-source';
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

/** The roles of a cluster whose operator makes them: those of the data tier, and one for each tenant that it holds. */
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
        optional: true, // the Job tells of a tenant that has none, and others do not wait for it
        revision: revision - 1,
      });
      return { name: role, password, connectionLimit, ...(state === 'active' && { databases: [role] }) };
    });
  const main = name === 'main' ? [ROLES.owner, ROLES.reader, ROLES.writer].map(own) : [];
  const owners = [...(name === 'main' ? [ROLES.owner] : []), ...tenants.map((tenant) => tenant.name)];
  // The operator takes it out of the role of a tenant whose line is gone, whose database it still dumps.
  const reads = { memberOf: ['pg_read_all_data', ROLES.restore, ...owners], bypassrls: true };
  return [
    ...main,
    { ...own(ROLES.backup), databases: 'all', createdb: true, ...reads },
    { ...own(ROLES.restore), databases: 'all' }, // new ones, whose names are not known before
    ...tenants,
  ];
}

function cluster(name: string, config: ServerConfig & { kind: 'cloudnative-pg' }, props: ServersProps): DataServer {
  const { namespace, settings } = props;
  const object = serverObjectName(name);
  const { archive, apiServer } = config;
  const archiveKeys = new Secret({
    namespace,
    name: `${object}-archive`,
    externalName: `${object}-archive-external-secret`,
    source: props.source,
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
        about: 'the secret of that access key',
        development: 'development',
      },
    },
  });
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
    // Every cluster is made with a database; elsewhere than on the main server it is the operator's usual one, and empty.
    database:
      name === 'main' ? { name: settings.database.name, owner: ROLES.owner } : { name: 'app', owner: ROLES.backup },
    databases,
    roles,
    archive: {
      ...archive,
      credentials: {
        accessKeyId: { secret: archiveKeys, key: 'ACCESS_KEY_ID' },
        secretAccessKey: { secret: archiveKeys, key: 'SECRET_ACCESS_KEY' },
      },
      connectsTo: [addresses('the archive of the write-ahead log', archive.addresses, archive.port, 's3')],
    },
    operator: config.operator.namespace,
    ...(settings.monitoring.enabled && { prometheus: settings.monitoring.prometheus }),
    // Some network plugins see the Service's port, others that of its endpoints.
    apiServer: apiServer.ports.map((port) => addresses('the API server', apiServer.addresses, port)),
  });
  return { server: made.server, cluster: made };
}

/** The servers of an environment: the one that holds the admin database first. */
export function dataServers(props: ServersProps): DataServer[] {
  const { database, tenantServers } = props.settings;
  const all: [string, ServerConfig][] = [['main', database], ...Object.entries(tenantServers)];
  return all.map(([name, config]): DataServer => {
    if (config.kind === 'external') return externalServer(name, config, props);
    return config.kind === 'statefulset' ? statefulsetServer(name, config, props) : cluster(name, config, props);
  });
}
