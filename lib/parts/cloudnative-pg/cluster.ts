import { hostOf, portOf } from '../../model/address';
import type { Connection, Destination } from '../../model/connection';
import type { ExternalPods } from '../../model/kubernetes';
import { portsOf } from '../../model/port';
import type { CloudNativePgProps, PostgresCluster } from '../../model/postgres-cluster';
import { prometheusPods } from '../monitoring/prometheus';
import { serverSetting } from '../postgres/servers';
import { tuning } from '../postgres/tuning';

/** The ports of an instance. Source: cloudnative-pg.io, Security, Exposed ports. */
const PORTS = { postgres: 5432, status: 8000, metrics: 9187 } as const;

/** The instances, the operator and Prometheus, with their connections. Source: cloudnative-pg.io, Networking. */
function externalPodsOf(
  pods: Destination,
  { archive, apiServer, operator, prometheus }: CloudNativePgProps,
): ExternalPods[] {
  const at = (port: number): Connection => ({ to: { ...pods, port } });
  const { system, namespace, name, labels = {} } = pods;
  return [
    {
      ...{ system, namespace, name, labels },
      // Replication, and the status check of the other instances.
      connectsTo: [at(PORTS.postgres), at(PORTS.status), ...apiServer, ...archive.connectsTo],
    },
    {
      ...{ system: 'cloudnative-pg', namespace: operator, name: 'cnpg-controller-manager' },
      labels: { 'app.kubernetes.io/name': 'cloudnative-pg' },
      connectsTo: [at(PORTS.status), at(PORTS.postgres)],
    },
    ...(prometheus === undefined ? [] : [prometheusPods(prometheus, [at(PORTS.metrics)])]),
  ];
}

/**
 * A PostgreSQL cluster that CloudNativePG runs, with its roles and databases. Replication is synchronous, so acknowledged commits survive
 * the loss of an instance; any time within the archive's retention can be restored.
 */
export function cloudNativePg(props: CloudNativePgProps): PostgresCluster {
  const { system, namespace, name = 'postgres' } = props;
  const labels = { 'cnpg.io/cluster': name };
  // The Service of the primary is `<name>-rw`.
  const ports = portsOf({ postgres: { port: PORTS.postgres, protocol: 'tcp' } });
  const primary = { namespace, name, ports, service: { name: `${name}-rw` } };
  const pods: Destination = { system, namespace, name, labels, port: PORTS.postgres };
  return {
    databases: [],
    ...props,
    name,
    // By the request and not the limit: the operator refuses shared buffers that are larger than the request.
    parameters: tuning(props.resources.memory.request, props.maxConnections),
    labels,
    server: {
      name: props.serverName,
      host: hostOf(primary),
      port: portOf(primary),
      tls: 'verify-full',
      ca: { existing: 'Secret', name: `${name}-ca` },
      volume: props.size,
      connection: {
        to: pods,
        limit: {
          name: `${namespace}/${name}`,
          maxConnections: props.maxConnections,
          reserved: props.reserved,
          from: `${serverSetting(props.serverName)}.maxConnections`,
        },
      },
    },
    externalPods: externalPodsOf(pods, props),
  };
}
