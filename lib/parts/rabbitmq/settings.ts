import { z } from 'zod';
import { bytesOf } from '../../base/quantity';
import { imageOf } from '../../base/versions';
import { addresses } from '../../config/address-fields';
import { cpu, httpsUrl, imageWithDefault, memory, name, port, server, storage, text } from '../../config/fields';
import { certificate } from '../postgres/server-settings';
import { LEAST_CLUSTER_MEMORY, LEAST_CLUSTER_STORAGE, OPERATOR } from './cluster';
import { LEAST_MEMORY, LEAST_STORAGE } from './rabbitmq';

const IMAGE = imageOf('RabbitMQ');

/** The name of a user, a virtual host or a queue, as URLs and files of settings have them without quotes. */
const plain = (what: string) => text(/^[\w.-]{1,100}$/, `${what} of letters, digits, dots, dashes and underscores`);

/** The fields of every kind. */
function common(application: string) {
  return {
    vhost: z
      .union([z.literal('/'), plain('a name')], { error: '/, or a name of letters, digits, dots and dashes' })
      .default('/')
      .describe('The virtual host'),
    user: plain('a user')
      .default(application === 'backup' ? 'backup-app' : application)
      .describe('The user of the services'),
    queues: z
      .array(plain('a queue'))
      .default([])
      .describe('The queues by which services scale; services themselves declare them'),
  };
}

type Common = ReturnType<typeof common>;

/** The users that RabbitMQ in the cluster has besides that of the application. */
const isReserved = (user: string) => ['backup', 'guest', OPERATOR].includes(user);

const RESERVED = {
  path: ['user'],
  message:
    'another name: backup exports definitions, operator is that of a cluster, and RabbitMQ lets guest in from its own pod alone',
};

/** Releases before it ask the Kubernetes API for their peers. Source: rabbitmq.com, Cluster Formation and Peer Discovery. */
function findsPeers(tag: string): boolean {
  const [, major, minor = '9'] = /^(\d+)(?:\.(\d+))?/.exec(tag) ?? [];
  return major === undefined || Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 1);
}

/** A server of one pod. */
function onePod(development: boolean, own: Common) {
  return z
    .strictObject({
      kind: z.literal('statefulset'),
      ...imageWithDefault(development, IMAGE),
      storage: storage.default('2Gi'),
      storageClass: name.optional().describe("The cluster's default when absent"),
      cpu: cpu.prefault('100m..1'),
      memory: memory.prefault('512Mi'),
      ...own,
    })
    .refine(({ memory: { limit } }) => bytesOf(limit) >= LEAST_MEMORY, {
      path: ['memory'],
      message: 'at least 256Mi',
    })
    .refine((given) => bytesOf(given.storage) >= LEAST_STORAGE, {
      path: ['storage'],
      message: 'at least 1Gi: publishers wait when less than 256 MB are free',
    })
    .refine(({ user }) => !isReserved(user), RESERVED)
    .describe('One RabbitMQ pod in the data namespace');
}

/** A cluster that RabbitMQ's cluster operator runs. */
function cluster(development: boolean, own: Common) {
  return z
    .strictObject({
      kind: z.literal('operator'),
      ...imageWithDefault(development, IMAGE),
      storage: storage.default('10Gi').describe('The size of the volume of each node'),
      storageClass: name.optional().describe("The cluster's default when absent"),
      cpu: cpu.prefault('250m..1').describe('Of each node'),
      memory: memory.prefault('2Gi').describe('Of each node'),
      operator: z
        .strictObject({ namespace: name.default('rabbitmq-system') })
        .prefault({})
        .describe('The operator'),
      ...own,
    })
    .refine(({ memory: { limit } }) => bytesOf(limit) >= LEAST_CLUSTER_MEMORY, {
      path: ['memory'],
      message: 'at least 1Gi: the log of quorum queues takes up to half of that',
    })
    .refine((given) => bytesOf(given.storage) >= LEAST_CLUSTER_STORAGE, {
      path: ['storage'],
      message: 'at least 4Gi: publishers wait when less than 2 GB are free',
    })
    .refine(({ tag }) => findsPeers(tag), {
      path: ['tag'],
      message: 'RabbitMQ 4.1 or later, whose nodes find each other without the Kubernetes API',
    })
    .refine(({ user }) => !isReserved(user), RESERVED)
    .describe("A cluster of three nodes in the data namespace, which RabbitMQ's cluster operator runs, without TLS");
}

/**
 * The settings of RabbitMQ in an environment file: an external server, one pod in the cluster, or a cluster of an operator.
 *
 * @param application its name is the user, when the file does not say one
 */
export function queue(development: boolean, application: string) {
  const own = common(application);
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('external'),
        host: server,
        port: port.optional().describe('5671, or 5672 without TLS, when absent'),
        tls: z.boolean().default(true),
        addresses: addresses.describe('The address ranges of the server; pods may connect to no others at its port'),
        ca: certificate
          .optional()
          .describe('The CA certificate of its certificate: a file in each container that connects to it'),
        management: httpsUrl('https://rabbitmq.example.com')
          .optional()
          .describe(
            'The HTTP API of its management plugin, with a certificate of a public authority: KEDA asks it for the length of queues',
          ),
        ...own,
      })
      .refine(({ tls, ca }) => tls || ca === undefined, {
        path: ['ca'],
        message: 'no ca beside tls: false: without TLS no certificate is verified',
      })
      .describe('A managed server'),
    onePod(development, own),
    cluster(development, own),
  ]);
}

/** The settings of {@link queue} with defaults filled in. */
export type QueueConfig = z.output<ReturnType<typeof queue>>;
