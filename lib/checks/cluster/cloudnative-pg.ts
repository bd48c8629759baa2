import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import type { Fields } from './pods';
import type { Prerequisite } from './prerequisite';

/** The database Clusters of CloudNativePG. */
export function clustersOf(cluster: ClusterIndex): ManifestObject[] {
  return cluster
    .ofKind('Cluster')
    .filter(({ apiVersion }) => typeof apiVersion === 'string' && apiVersion.startsWith('postgresql.cnpg.io/'));
}

/** The pods that the operator creates for Clusters. Source: cloudnative-pg.io, Labels and annotations. */
export function clusterPods(cluster: ClusterIndex): Prerequisite[] {
  return clustersOf(cluster).flatMap(({ metadata: { namespace = 'default', name } }) => {
    const labels = {
      'cnpg.io/cluster': name,
      'app.kubernetes.io/name': 'postgresql',
      'app.kubernetes.io/instance': name,
      'app.kubernetes.io/component': 'database',
      'app.kubernetes.io/managed-by': 'cloudnative-pg',
    };
    const instance = { ...labels, 'cnpg.io/podRole': 'instance' };
    return ['primary', 'replica'].map((role) => ({
      ...{ kind: 'Pod', namespace, name },
      labels: { ...instance, 'cnpg.io/instanceRole': role },
    }));
  });
}

const LOGIN = 'username user password dbname host port pgpass uri jdbc-uri fqdn-uri fqdn-jdbc-uri'.split(' ');

/** The Secrets that the operator creates for a Cluster, unless the Cluster names existing ones. Source: cloudnative-pg.io, Connecting, Certificates. */
export function clusterSecrets({ metadata: { name }, spec }: ManifestObject): { name: string; keys: Set<string> }[] {
  const { bootstrap, certificates, enableSuperuserAccess, superuserSecret }: Fields = spec ?? {};
  const made = (isMade: boolean, suffix: string, keys: readonly string[]) =>
    isMade ? [{ name: `${name}-${suffix}`, keys: new Set(keys) }] : [];
  return [
    ...made(!certificates?.serverCASecret || !certificates?.clientCASecret, 'ca', ['ca.crt', 'ca.key']),
    ...made(!certificates?.serverTLSSecret, 'server', ['tls.crt', 'tls.key']),
    ...made(!certificates?.replicationTLSSecret, 'replication', ['tls.crt', 'tls.key']),
    ...made(!bootstrap?.initdb?.secret, 'app', LOGIN),
    ...made(enableSuperuserAccess === true && !superuserSecret, 'superuser', LOGIN),
  ];
}
