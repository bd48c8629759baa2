import type { Image } from '../../base/image';
import { bytesOf } from '../../base/quantity';
import { type Component, component } from '../../model/component';
import { Config } from '../../model/config';
import type { Resources } from '../../model/container';
import type { SecretKey } from '../../model/secret';
import { Duration, Size } from '../../model/units';
import definitions from './definitions.sh';
import conf from './rabbitmq.conf';
import start from './start.sh';

/** The least memory that RabbitMQ runs with, in bytes. */
export const LEAST_MEMORY = 256 * 2 ** 20;

/** The smallest volume that leaves it room above `disk_free_limit`, in bytes. */
export const LEAST_STORAGE = 2 ** 30;

/** The name of the port of its HTTP API. */
export const MANAGEMENT = 'management';

/** A RabbitMQ server of one pod. */
export interface RabbitMqProps {
  readonly system: string;
  readonly namespace: string;
  /** The official image of RabbitMQ 4, or one with the same programs. */
  readonly image: Image;
  readonly vhost: string;
  /** The user of applications. */
  readonly user: string;
  readonly password: SecretKey;
  /** The password of the user `backup`, which exports definitions. @default - no such user */
  readonly backupPassword?: SecretKey | undefined;
  readonly resources: Resources;
  /** The size of its volume: a Kubernetes quantity. */
  readonly size: string;
  /** @default - the cluster's default storage class */
  readonly storageClass?: string | undefined;
}

/** The user rabbitmq in the official image. */
export const USER = 999;

/** The folder of what is made anew at each start: definitions, and the cookie of its programs. It is in memory. */
const HOME = '/run/rabbitmq';

function configOf({ namespace, resources }: RabbitMqProps): Config {
  return new Config(namespace, 'rabbitmq-config', {
    enabled_plugins: '[rabbitmq_management].\n',
    // Otherwise it takes the memory of the node for its own, and lets publishers wait too late.
    'rabbitmq.conf': `${conf}\ntotal_memory_available_override_value = ${bytesOf(resources.memory.limit)}\n`,
    'definitions.sh': definitions,
    'start.sh': start,
  });
}

/**
 * A RabbitMQ server of one pod: AMQP at port 5672, and its HTTP API at port 15672, with a user and a virtual host. Data is on a volume, below
 * the name of the node, which is the same in each pod. Source: rabbitmq.com, Configuration, Clustering and Node Names.
 */
export function rabbitMq(props: RabbitMqProps): Component {
  const { system, namespace, resources, size, storageClass } = props;
  return component({
    system,
    namespace,
    name: 'rabbitmq',
    about: 'queues',
    from: 'queue',
    image: props.image,
    command: ['/bin/sh', '/etc/rabbitmq/start.sh'],
    ports: { amqp: { port: 5672, protocol: 'tcp' }, [MANAGEMENT]: 15672 },
    env: {
      HOME,
      QUEUE_USER: props.user,
      QUEUE_VHOST: props.vhost,
      QUEUE_PASSWORD: props.password,
      ...(props.backupPassword !== undefined && { BACKUP_PASSWORD: props.backupPassword }),
      RABBITMQ_NODENAME: 'rabbit@localhost',
      RABBITMQ_MNESIA_BASE: '/var/lib/rabbitmq/mnesia',
      RABBITMQ_CONFIG_FILE: '/etc/rabbitmq/rabbitmq.conf',
      RABBITMQ_ENABLED_PLUGINS_FILE: '/etc/rabbitmq/enabled_plugins',
      RABBITMQ_LOGS: '-',
      // Nodes find each other by these ports, and there is one.
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    },
    mounts: [{ path: '/etc/rabbitmq', from: configOf(props) }],
    scratch: [{ path: HOME, size: Size.mebibytes(1), memory: true }, { path: '/tmp' }],
    resources,
    scale: { replicas: 1 },
    probes: {
      health: { exec: ['rabbitmq-diagnostics', '-q', 'check_port_connectivity'] },
      alive: { exec: ['rabbitmq-diagnostics', '-q', 'ping'] },
      // Ten minutes to read its queues. Each check starts a program that takes a second or more.
      startup: { period: 10, timeout: 15, failures: 60 },
      liveness: { period: 60, timeout: 30, failures: 3 },
      readiness: { period: 30, timeout: 30, failures: 3 },
    },
    // On SIGTERM it closes connections and writes what is in memory. There is no second node to take over, hence no delay.
    shutdown: { preStopDelay: Duration.seconds(0), drainTimeout: Duration.seconds(60) },
    user: USER,
    stage: 'data',
    priority: 'data',
    storage: [{ path: '/var/lib/rabbitmq', size, storageClass }],
  });
}
