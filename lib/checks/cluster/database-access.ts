import { quantityOf } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import { clustersOf } from './cloudnative-pg';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { at, type Fields, listOf } from './pods';
import type { FieldFinding, Finding } from './violation';

/** What a line of pg_hba does wrong, or undefined. Source: postgresql.org, The pg_hba.conf File. */
function lineProblem(line: string): string | undefined {
  const words = line.replace(/#.*/, '').match(/"[^"]*"|\S+/g) ?? [];
  const [type = ''] = words;
  const method = words.slice(type === 'local' ? 3 : 4).find((word) => /^[a-z][\w-]*$/.test(word));
  if (method === 'trust') return 'trust, which asks for no password, expected scram-sha-256';
  if (method === 'md5') return 'md5, whose hashes are easily guessed, expected scram-sha-256';
  if (method === 'password') return 'password, which sends the password itself, expected scram-sha-256';
  return /^host(nossl|nogssenc)?$/.test(type) && method === 'scram-sha-256'
    ? `${type}, which also takes connections without TLS, expected hostssl`
    : undefined;
}

function hbaFindings({ spec }: ManifestObject): FieldFinding[] {
  return listOf(spec?.postgresql?.pg_hba).flatMap((line, index): FieldFinding[] => {
    const problem = typeof line === 'string' ? lineProblem(line) : undefined;
    return problem === undefined ? [] : [{ path: `spec.postgresql.pg_hba[${index}]`, message: `given ${problem}` }];
  });
}

/** Parameters with which data or passwords are lost. Source: postgresql.org, Server Configuration. */
const PARAMETERS: Readonly<Record<string, readonly [wrong: RegExp, because: string]>> = {
  fsync: [/^(off|false|no|0)$/i, 'a machine that fails leaves a broken database'],
  full_page_writes: [/^(off|false|no|0)$/i, 'a machine that fails leaves a broken database'],
  synchronous_commit: [/^off$/i, 'a commit that was answered may be lost'],
  password_encryption: [/^md5$/i, 'hashes of md5 are easily guessed, and scram-sha-256 cannot use them'],
  ssl: [/^(off|false|no|0)$/i, 'connections are readable on their way'],
};

function parameterFindings({ spec }: ManifestObject): FieldFinding[] {
  const given: Fields = spec?.postgresql?.parameters ?? {};
  const path = 'spec.postgresql.parameters';
  const wrong = Object.entries(PARAMETERS).flatMap(([name, [pattern, because]]): FieldFinding[] =>
    pattern.test(String(given[name])) ? [{ path: `${path}.${name}`, message: `given ${given[name]}: ${because}` }] : [],
  );
  // PostgreSQL's units are powers of 1,024.
  const buffers = quantityOf(
    String(given.shared_buffers).replace(/([kMG])B$/i, (_, unit) => `${unit === 'k' ? 'K' : unit}i`),
  );
  const memory = quantityOf(at(spec, 'resources.limits.memory'));
  if (buffers === undefined || memory === undefined || buffers < memory) return wrong;
  const message = `given ${given.shared_buffers} of a memory limit of ${at(spec, 'resources.limits.memory')}, expected about a quarter: PostgreSQL does not start`;
  return [...wrong, { path: `${path}.shared_buffers`, message, level: 'broken' }];
}

/** Rights by which a role leaves its own database, or the database server. Source: postgresql.org, Role Attributes, Predefined Roles. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  superuser: 'may do everything, and run programs on the server',
  createrole: 'may give rights to itself by way of new roles',
  replication: 'may copy all databases',
  bypassrls: 'sees rows that policies hide',
  createdb: 'may fill the disk with databases of its own',
};
const POWERFUL = /^pg_(?:read_all_data|write_all_data|execute_server_program|read_server_files|write_server_files)$/;

/** Rights of a role that are more than its own database. A role for dumps reads everything, and so has some of them. */
function roleFindings(role: Fields, path: string, names: ReadonlySet<unknown>): FieldFinding[] {
  const member = listOf(role?.inRoles);
  const dumps = role?.bypassrls === true && member.includes('pg_read_all_data') && role?.superuser !== true;
  const expected = 'expected a role with the rights of its own database';
  const attributes = Object.entries(ATTRIBUTES).filter(
    ([name]) => role?.[name] === true && !(dumps && ['bypassrls', 'createdb'].includes(name)),
  );
  const roles = dumps ? [] : member.filter((one) => POWERFUL.test(String(one)) || names.has(one));
  return [
    ...attributes.map(([name, what]) => ({
      path: `${path}.${name}`,
      message: `given true for role ${role.name}, which ${what}, ${expected}`,
    })),
    ...roles.map((one) => ({
      path: `${path}.inRoles`,
      message: `given ${one} for role ${role.name}, which has the rights of that role as well, ${expected}`,
    })),
  ];
}

function clusterFindings(object: ManifestObject): FieldFinding[] {
  const { enableSuperuserAccess, instances, postgresql, managed } = object.spec ?? {};
  const findings = [...hbaFindings(object), ...parameterFindings(object)];
  const report = (path: string, message: string) => findings.push({ path, message });
  if (enableSuperuserAccess === true) {
    report('spec.enableSuperuserAccess', 'given true, expected false: the superuser may log in over the network');
  }
  const { number: standbys, dataDurability, standbyNamesPre, standbyNamesPost } = postgresql?.synchronous ?? {};
  const servers = instances + listOf(standbyNamesPre).length + listOf(standbyNamesPost).length;
  if (typeof standbys === 'number' && dataDurability !== 'preferred' && servers <= standbys) {
    report(
      'spec.instances',
      `given ${instances}, expected more than ${standbys}, the number of synchronous standbys: writes would wait for ever`,
    );
  }
  if (object.metadata.annotations?.['cnpg.io/hibernation'] === 'on') {
    report('metadata.annotations["cnpg.io/hibernation"]', 'given on, expected none: no instance runs');
  }
  for (const [index, { serviceTemplate }] of listOf(managed?.services?.additional).entries()) {
    const type = serviceTemplate?.spec?.type;
    if (type !== 'LoadBalancer' && type !== 'NodePort') continue;
    report(
      `spec.managed.services.additional[${index}].serviceTemplate.spec.type`,
      `given ${type}, expected ClusterIP: the database is reachable from outside the cluster`,
    );
  }
  return findings;
}

const isOfCluster = ({ apiVersion }: ManifestObject) => apiGroupOf(apiVersion) === 'postgresql.cnpg.io';

/** Roles of one cluster that log in with the password of another role. */
function sharedPasswords(roles: readonly ManifestObject[], clusters: readonly ManifestObject[]): Finding[] {
  const keyOf = (namespace = 'default', cluster: unknown, secret: unknown) => `${namespace}/${cluster}/${secret}`;
  const owners = new Map<string, unknown>();
  const initial = clusters.flatMap((object) => {
    const { name, namespace } = object.metadata;
    const { owner, secret } = object.spec?.bootstrap?.initdb ?? {};
    const path = 'spec.bootstrap.initdb.secret.name';
    return secret?.name && owner ? [{ object, path, role: owner, key: keyOf(namespace, name, secret.name) }] : [];
  });
  const others = roles.flatMap((object) => {
    const { cluster, name, passwordSecret } = object.spec ?? {};
    const key = keyOf(object.metadata.namespace, cluster?.name, passwordSecret?.name);
    return passwordSecret?.name ? [{ object, path: 'spec.passwordSecret.name', role: name, key }] : [];
  });
  return [...others, ...initial].flatMap(({ object, path, role, key }): Finding[] => {
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, role);
    const message = `given the Secret of role ${owner} for role ${role}, expected one of its own: each could log in as the other`;
    return owner === undefined || owner === role ? [] : [{ object, path, message }];
  });
}

/** Clusters of CloudNativePG and their roles that let in more than they should. Source: cloudnative-pg.io, API Reference. */
export function cloudNativePgFindings(cluster: ClusterIndex): Finding[] {
  const clusters = clustersOf(cluster);
  const roles = cluster.ofKind('DatabaseRole').filter(isOfCluster);
  const names = new Set(roles.map(({ spec }) => spec?.name));
  return [
    ...clusters.flatMap((object) => [
      ...clusterFindings(object).map((finding) => ({ object, ...finding })),
      ...listOf(object.spec?.managed?.roles).flatMap((role, index) =>
        roleFindings(role, `spec.managed.roles[${index}]`, names).map((finding) => ({ object, ...finding })),
      ),
    ]),
    ...roles.flatMap((object) => roleFindings(object.spec, 'spec', names).map((finding) => ({ object, ...finding }))),
    ...sharedPasswords(roles, clusters),
  ];
}

/** Declarative databases and roles that the operator drops. Source: cloudnative-pg.io, Declarative Database Management. */
export function droppedData(cluster: ClusterIndex): Finding[] {
  return cluster
    .ofKind('Database', 'DatabaseRole')
    .filter(isOfCluster)
    .flatMap((object): Finding[] => {
      const policy = object.kind === 'Database' ? 'databaseReclaimPolicy' : 'databaseRoleReclaimPolicy';
      const { ensure, [policy]: reclaim } = object.spec ?? {};
      const what = objectName(object);
      return [
        ...(ensure === 'absent'
          ? [
              {
                object,
                path: 'spec.ensure',
                message: `given absent, expected present: the operator drops what ${what} names`,
              },
            ]
          : []),
        ...(reclaim === 'delete'
          ? [
              {
                object,
                path: `spec.${policy}`,
                message: `given delete, expected retain: deleting ${what} would drop it`,
              },
            ]
          : []),
      ];
    });
}
