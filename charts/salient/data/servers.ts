import type { SalientConfig } from '../../../config/salient';
import type { Tenant } from '../../../config/tenants';
import {
  addresses,
  type ClusterRole,
  type Component,
  Config,
  cloudNativePg,
  type GivenObject,
  POSTGRES_SCRIPTS,
  type PostgresCluster,
  postgres,
  roleCredentials,
  Secret,
  type SecretSource,
  type SecretValue,
  type Server,
} from '../../../constructs';
import { databaseOf, ROLES, TENANT_PREFIX } from './names';

type ServerConfig = SalientConfig['database'] | SalientConfig['tenantServers'][string];

/** One server of the data tier: how it is met, and what of it is ours. */
export interface DataServer {
  readonly server: Server;
  readonly maxConnections: number;
  readonly reserved: number;
  /** The credentials of the role that makes roles and databases. @default - an operator makes them */
  readonly administrator?: Secret;
  /** @default - no operator runs it */
  readonly cluster?: PostgresCluster;
  readonly components: readonly Component[];
  readonly configs: readonly Config[];
  readonly secrets: readonly Secret[];
  /** What somebody else brings. */
  readonly givenObjects: readonly GivenObject[];
}

export interface ServersProps {
  readonly system: string;
  readonly namespace: string;
  readonly source: SecretSource;
  readonly settings: Pick<SalientConfig, 'database' | 'tenantServers' | 'tenants'>;
  readonly rolePassword: (role: string) => SecretValue;
  readonly tenantPassword: (tenant: Tenant) => SecretValue;
}

/** `postgres` for the main server, `postgres-eu` for the one that is called eu. */
function objectName(name: string): string {
  return name === 'main' ? 'postgres' : `postgres-${name}`;
}

function administratorOf(name: string, { namespace, source }: ServersProps) {
  const object = objectName(name);
  return {
    namespace,
    name: `${object}-credentials`,
    externalName: `${object}-external-secret`,
    source,
    values: {
      POSTGRES_ADMIN_USER: { remote: `${object}/admin-user`, development: 'salient_provisioner' },
      POSTGRES_ADMIN_PASSWORD: { remote: `${object}/admin-password`, development: 'development' },
    },
  };
}

function external(name: string, config: ServerConfig & { kind: 'external' }, props: ServersProps): DataServer {
  const { host, port, ca } = config;
  const authority =
    ca === undefined ? undefined : new Config(props.namespace, `${objectName(name)}-ca`, { 'ca.crt': ca });
  const credentials = new Secret(administratorOf(name, props));
  return {
    server: {
      name,
      host,
      port,
      tls: authority === undefined ? 'require' : 'verify-full',
      ...(authority !== undefined && { ca: authority }),
      connection: addresses(`the database server ${name}`, config.addresses, port),
    },
    maxConnections: config.maxConnections,
    reserved: config.reserved,
    administrator: credentials,
    secrets: [credentials],
    givenObjects: [],
    components: [],
    configs: authority === undefined ? [] : [authority],
  };
}

function statefulset(name: string, config: ServerConfig & { kind: 'statefulset' }, props: ServersProps): DataServer {
  const { namespace } = props;
  const object = objectName(name);
  const { values, ...secret } = administratorOf(name, props);
  const credentials = new Secret({
    ...secret,
    values: {
      ...values,
      POSTGRES_SUPERUSER_PASSWORD: { remote: `${object}/superuser-password`, development: 'development' },
    },
  });
  const scripts = new Config(namespace, `${object}-scripts`, POSTGRES_SCRIPTS);
  const key = credentials.pick('POSTGRES_SUPERUSER_PASSWORD', 'POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD');
  const component = postgres({
    system: props.system,
    namespace,
    name: object,
    image: config,
    superuserPassword: key.POSTGRES_SUPERUSER_PASSWORD,
    administrator: { user: key.POSTGRES_ADMIN_USER, password: key.POSTGRES_ADMIN_PASSWORD },
    scripts,
    maxConnections: config.maxConnections,
    resources: config,
    size: config.storage,
    storageClass: config.storageClass,
    tls: config.tls,
  });
  return {
    server: {
      name,
      host: `${component.service.name}.${namespace}.svc.cluster.local`,
      port: component.service.port,
      tls: config.tls === undefined ? 'disable' : 'verify-full',
      ...(config.tls !== undefined && { ca: { foreign: 'Secret', name: config.tls } as const }),
      connection: { to: component },
    },
    maxConnections: config.maxConnections,
    reserved: config.reserved,
    administrator: credentials,
    secrets: [credentials],
    givenObjects:
      config.tls === undefined
        ? []
        : [{ kind: 'Secret', namespace, name: config.tls, keys: ['tls.crt', 'tls.key', 'ca.crt'] }],
    components: [component],
    configs: [scripts],
  };
}

/** The roles of a cluster whose operator makes them: those of the data tier, and one for each tenant that it holds. */
function clusterRoles(
  name: string,
  { settings, namespace, source, tenantPassword, rolePassword }: ServersProps,
): ClusterRole[] {
  const admin = settings.database.name;
  const cluster = objectName(name);
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
    { ...own(ROLES.restore), databases: 'all' }, // new ones, whose names nobody knows before
    ...tenants,
  ];
}

function cluster(name: string, config: ServerConfig & { kind: 'cloudnative-pg' }, props: ServersProps): DataServer {
  const { namespace, settings } = props;
  const object = objectName(name);
  const { archive, apiServer } = config;
  const archiveKeys = new Secret({
    namespace,
    name: `${object}-archive`,
    externalName: `${object}-archive-external-secret`,
    source: props.source,
    values: {
      ACCESS_KEY_ID: { remote: `${object}-archive`, property: 'access-key-id', development: 'development' },
      SECRET_ACCESS_KEY: { remote: `${object}-archive`, property: 'secret-access-key', development: 'development' },
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
      connectsTo: [addresses('the archive of the write-ahead log', archive.addresses, archive.port)],
    },
    operator: config.operator.namespace,
    ...(config.prometheus && { prometheus: config.prometheus }),
    // Some network plugins see the Service's port, others that of its endpoints.
    apiServer: apiServer.ports.map((port) => addresses('the API server', apiServer.addresses, port)),
  });
  return {
    server: made.server,
    maxConnections: config.maxConnections,
    reserved: config.reserved,
    cluster: made,
    components: [],
    configs: [],
    givenObjects: [],
    secrets: [archiveKeys, ...roles.flatMap(({ password }) => password ?? [])],
  };
}

/** The servers of an environment: the one that holds the admin database first. */
export function dataServers(props: ServersProps): DataServer[] {
  const { database, tenantServers } = props.settings;
  const all: [string, ServerConfig][] = [['main', database], ...Object.entries(tenantServers)];
  return all.map(([name, config]): DataServer => {
    if (config.kind === 'external') return external(name, config, props);
    return config.kind === 'statefulset' ? statefulset(name, config, props) : cluster(name, config, props);
  });
}
