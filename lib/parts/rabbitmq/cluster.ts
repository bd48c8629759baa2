import { type Component, component } from '../../model/component';
import { Config } from '../../model/config';
import type { Connection } from '../../model/connection';
import type { ExternalPods } from '../../model/kubernetes';
import { Secret } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import { Size } from '../../model/units';
import conf from './cluster.conf';
import definitions from './definitions.sh';
import { MANAGEMENT, type RabbitMqProps, USER } from './rabbitmq';

/** The least memory of a node, in bytes: the log of quorum queues takes 512 MB. Source: rabbitmq.com, Quorum Queues, resource use. */
export const LEAST_CLUSTER_MEMORY = 2 ** 30;

/** The smallest volume of a node that leaves it room above the operator's `disk_free_limit` of 2 GB, in bytes. */
export const LEAST_CLUSTER_STORAGE = 4 * 2 ** 30;

/** The number of nodes: two of them are a majority. */
const NODES = 3;

/** The user of the operator. */
export const OPERATOR = 'operator';

/** Ports that only nodes connect to. Source: rabbitmq.com, Networking and RabbitMQ, port access. */
const PEER_PORTS = [4369, 25672];

const METRICS_PORT = 15692;

/** In memory, from its first container to its last: the definitions with hashes of passwords. */
const HOME = '/run/rabbitmq';

/** A RabbitMQ cluster that RabbitMQ's cluster operator runs. */
export interface RabbitMqClusterProps extends RabbitMqProps {
  readonly source: SecretSource;
  /** The namespace of the operator. */
  readonly operator: string;
  /** Whether Prometheus scrapes its nodes. */
  readonly scraped: boolean;
}

/** The user of the operator, which finds the Secret by its name. Source: rabbitmq.com, Using the Cluster Operator, secret backend. */
function operatorUser({ namespace, source }: RabbitMqClusterProps): Secret {
  return new Secret<string>({
    namespace,
    name: 'rabbitmq-default-user',
    externalName: 'rabbitmq-default-user-external-secret',
    source,
    values: {
      username: { template: [OPERATOR] },
      password: {
        remote: 'queue/operator-password',
        about:
          "password of the RabbitMQ user of its operator, of letters and digits: it is also in the server's configuration",
        random: true,
        ofRole: true,
        development: 'development-operator',
      },
      'default_user.conf': { template: [`default_user = ${OPERATOR}\ndefault_pass = `, { plain: 'password' }, '\n'] },
    },
  });
}

/**
 * A RabbitMQ cluster of three nodes, whose queues are quorum queues unless a client says otherwise. An init container writes its users and its
 * virtual host, which each node loads at its start, as the server of one pod does. Connections are without TLS: policies keep them to the
 * pods that are to have them.
 *
 * @returns the cluster, and its operator
 */
export function rabbitMqCluster(props: RabbitMqClusterProps): { server: Component; operator: ExternalPods } {
  const { system, namespace, image, password, backupPassword, resources, size, storageClass, scraped } = props;
  const user = operatorUser(props);
  const at = (port: number): Connection => ({ to: { system, namespace, name: 'rabbitmq', port } });
  const home = { path: HOME, size: Size.mebibytes(1), memory: true };
  const server = component({
    ...{ system, namespace, image, resources },
    name: 'rabbitmq',
    about: 'queues, run by the cluster operator of RabbitMQ',
    from: 'queue',
    operator: { config: conf, user },
    podsService: 'rabbitmq-nodes',
    ports: {
      amqp: { port: 5672, protocol: 'tcp' },
      [MANAGEMENT]: 15672,
      prometheus: { port: METRICS_PORT, service: 'none' },
    },
    scratch: [home],
    init: [
      {
        name: 'definitions',
        image,
        command: ['/bin/sh', '/etc/berth/rabbitmq/definitions.sh'],
        env: {
          HOME,
          QUEUE_USER: props.user,
          QUEUE_VHOST: props.vhost,
          QUEUE_PASSWORD: password,
          ...(backupPassword !== undefined && { BACKUP_PASSWORD: backupPassword }),
          OPERATOR_PASSWORD: { secret: user, key: 'password' },
        },
        mounts: [
          {
            path: '/etc/berth/rabbitmq',
            from: new Config(namespace, 'rabbitmq-definitions', { 'definitions.sh': definitions }),
          },
        ],
        scratch: [home],
        resources: { cpu: { request: '20m', limit: '200m' }, memory: { request: '64Mi', limit: '64Mi' } },
      },
    ],
    scale: { replicas: NODES },
    user: USER,
    stage: 'data',
    priority: 'data',
    storage: [{ name: 'persistence', path: '/var/lib/rabbitmq/mnesia', access: 'each', size, storageClass }],
    connectsTo: PEER_PORTS.map(at),
    ...(scraped && { metrics: { path: '/metrics', port: METRICS_PORT } }),
  });
  return {
    server,
    operator: {
      ...{ system: 'rabbitmq', namespace: props.operator, name: 'rabbitmq-cluster-operator' },
      labels: { 'app.kubernetes.io/name': 'rabbitmq-cluster-operator' },
      connectsTo: [at(15672)],
    },
  };
}
