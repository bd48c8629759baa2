import { hostOf, portOf, type Text, textOf } from '../../model/address';
import { addresses, type Connection, to } from '../../model/connection';
import type { ExternalPods } from '../../model/kubernetes';
import { Secret } from '../../model/secret';
import { type DataStore, type DataStoreProps, passwordOf, snapshotHost } from '../data-store';
import { definitionsBackup } from './backup';
import { rabbitMqCluster } from './cluster';
import { MANAGEMENT, rabbitMq } from './rabbitmq';
import type { QueueConfig } from './settings';

/** The RabbitMQ of one system. */
export interface MessageQueueProps extends DataStoreProps {
  /** The settings of the environment file. */
  readonly config: QueueConfig;
  /** Whether Prometheus scrapes the nodes of a cluster. @default false */
  readonly scraped?: boolean;
}

/** RabbitMQ's HTTP API, from the view of those who ask for the length of queues. */
export interface Management {
  /** Its URL with user and password, like {@link DataStore.url}. */
  readonly url: DataStore['url'];
  /** @default - it is outside of the cluster */
  readonly connection?: Connection;
}

/** The RabbitMQ of one system, from the view of its clients. */
export interface MessageQueue extends DataStore {
  /** For the `connectsTo` of its clients. */
  readonly connection: Connection;
  readonly host: Text;
  readonly port: Text;
  /** @default - unknown, as that of a managed server whose settings do not say it */
  readonly management?: Management;
  /** The operator that runs it. @default - none */
  readonly externalPods?: readonly ExternalPods[];
}

/** A URL with the user and the password. @param place what follows them */
function urlWith(scheme: string, user: string, place: Text): DataStore['url'] {
  return (password) => ({
    template: [`${scheme}://${encodeURIComponent(user)}:`, { urlEncoded: password }, textOf('@', place)],
  });
}

/** `host:port/vhost`. Source: rabbitmq.com, AMQP 0-9-1 URI Specification. */
function placeOf(host: Text, port: Text, vhost: string): Text {
  return textOf(host, ':', port, `/${encodeURIComponent(vhost)}`);
}

/** A managed server. */
function external(config: QueueConfig & { readonly kind: 'external' }): MessageQueue {
  const { host, tls, port: given = tls ? 5671 : 5672, vhost, user, management } = config;
  const port = String(given);
  return {
    connection: addresses('RabbitMQ', config.addresses, given),
    host,
    port,
    password: passwordOf('queue', 'RabbitMQ', false),
    url: urlWith(tls ? 'amqps' : 'amqp', user, placeOf(host, port, vhost)),
    components: [],
    tasks: [],
    ...(management !== undefined && {
      // KEDA takes what follows the last / for a virtual host, and what is before it for the path of the API.
      management: { url: urlWith('https', user, `${management.replace(/^https:\/\//, '').replace(/\/*$/, '')}/`) },
    }),
  };
}

/** One pod, or a cluster, with its passwords. */
function inCluster(props: MessageQueueProps, config: Exclude<QueueConfig, { kind: 'external' }>): MessageQueue {
  const { system, namespace, source, backups, scraped = false } = props;
  const { vhost, user } = config;
  const password = passwordOf('queue', 'RabbitMQ', true);
  const secret = new Secret<string>({
    namespace,
    name: 'rabbitmq-credentials',
    externalName: 'rabbitmq-external-secret',
    source,
    values: {
      QUEUE_PASSWORD: password,
      ...(backups !== undefined && {
        BACKUP_PASSWORD: {
          remote: 'queue/backup-password',
          about: 'password of the RabbitMQ user that exports definitions',
          random: true,
          ofRole: true,
          development: 'development-backup',
        },
      }),
    },
  });
  const backupPassword = backups && { secret, key: 'BACKUP_PASSWORD' };
  const own = {
    ...{ system, namespace, vhost, user },
    image: config,
    password: { secret, key: 'QUEUE_PASSWORD' },
    backupPassword,
    resources: config,
    size: config.storage,
    storageClass: config.storageClass,
  };
  const { server, operator } =
    config.kind === 'operator'
      ? rabbitMqCluster({ ...own, source, scraped, operator: config.operator.namespace })
      : { server: rabbitMq(own) };
  const [host, port] = [hostOf(server), portOf(server)];
  return {
    connection: to(server),
    host,
    port,
    password,
    url: urlWith('amqp', user, placeOf(host, port, vhost)),
    components: [server],
    ...(operator !== undefined && { externalPods: [operator] }),
    tasks:
      backups === undefined || backupPassword === undefined
        ? []
        : definitionsBackup({ server, password: backupPassword, source, backups, host: snapshotHost(props) }),
    management: {
      url: urlWith('http', user, textOf(host, ':', portOf(server, MANAGEMENT))),
      connection: to(server, MANAGEMENT),
    },
  };
}

/**
 * The RabbitMQ of one system: the connection to an external server, or a pod or a cluster with its passwords, and with backups of its
 * definitions.
 *
 * @example
 * const queue = messageQueue({
 *   ...{ system: 'shop', environment, namespace: 'shop-prod-data', source },
 *   config: settings.queue, backups: settings.backups,
 * });
 * component({ ...props, connectsTo: [queue.connection] });
 */
export function messageQueue(props: MessageQueueProps): MessageQueue {
  const { config } = props;
  return config.kind === 'external' ? external(config) : inCluster(props, config);
}
