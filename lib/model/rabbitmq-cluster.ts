import type { Secret } from './secret';

/** What RabbitMQ's cluster operator is told of a cluster, besides its component. Source: rabbitmq.com, Cluster Operator. */
export interface RabbitMqCluster {
  /** More lines of rabbitmq.conf. */
  readonly config: string;
  /** The Secret with the user by which the operator asks the nodes: `username`, `password` and `default_user.conf`. */
  readonly user: Secret;
}
