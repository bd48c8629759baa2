import type { ClusterRole } from '../../../lib/model/postgres-cluster';
import type { SecretValue } from '../../../lib/model/secret';
import type { SecretSource } from '../../../lib/model/secret-source';
import { roleCredentials } from '../../../lib/parts/cloudnative-pg/role-credentials';
import { backupRoles, clusterServer, systemRole } from '../../../lib/parts/cloudnative-pg/server';
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
  readonly tenantPassword: (tenant: Tenant) => SecretValue;
}

/** The roles of a CloudNativePG cluster: those of the data tier, and one for each tenant whose database it holds. */
function clusterRoles(name: string, { settings, namespace, source, tenantPassword }: ServersProps): ClusterRole[] {
  const place = { namespace, source, cluster: serverObjectName(name) };
  const tenants = settings.tenants
    .filter(({ server }) => server === name)
    .map((tenant): ClusterRole => {
      const { slug, state, connectionLimit, revision } = tenant;
      const role = databaseOf(slug);
      if (state === 'removed') return { name: role, dropped: true };
      const password = roleCredentials({
        ...place,
        role,
        password: tenantPassword(tenant),
        optional: true, // provisioning reports a tenant without a password; the others do not wait for it
        revision: revision - 1,
      });
      return { name: role, password, connectionLimit, ...(state === 'active' && { databases: [role] }) };
    });
  const main = name === 'main' ? [ROLES.owner, ROLES.reader, ROLES.writer] : [];
  const owners = [...(name === 'main' ? [ROLES.owner] : []), ...tenants.map((tenant) => tenant.name)];
  return [
    ...main.map((role) => systemRole(place, role, [settings.database.name])),
    ...backupRoles(place, ROLES, owners),
    ...tenants,
  ];
}

function cluster(name: string, config: ServerConfig & { kind: 'cloudnative-pg' }, props: ServersProps): DataServer {
  const { system, namespace, source, settings } = props;
  const roles = clusterRoles(name, props);
  const databases = roles
    .filter((role) => role.dropped !== true && role.name.startsWith(TENANT_PREFIX))
    .map((role) => ({ name: role.name, owner: role.name }));
  return clusterServer(name, config, {
    system,
    namespace,
    source,
    monitoring: settings.monitoring,
    // Every cluster is created with a database; on other servers than main it is the operator's default one, and stays empty.
    database:
      name === 'main' ? { name: settings.database.name, owner: ROLES.owner } : { name: 'app', owner: ROLES.backup },
    databases,
    roles,
  });
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
