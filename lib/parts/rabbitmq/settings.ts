import { z } from 'zod';
import { bytesOf } from '../../base/quantity';
import { imageOf } from '../../base/versions';
import { addresses } from '../../config/address-fields';
import { cpu, httpsUrl, imageWithDefault, memory, name, port, server, storage, text } from '../../config/fields';
import { certificate } from '../postgres/server-settings';
import { LEAST_MEMORY, LEAST_STORAGE } from './rabbitmq';

const IMAGE = imageOf('RabbitMQ');

/** The name of a user, a virtual host or a queue, as URLs and files of settings have them without quotes. */
const plain = (what: string) => text(/^[\w.-]{1,100}$/, `${what} of letters, digits, dots, dashes and underscores`);

/**
 * The settings of RabbitMQ in an environment file: an external server, or one pod in the cluster.
 *
 * @param application its name is the user, when the file does not say one
 */
export function queue(development: boolean, application: string) {
  const own = {
    vhost: z
      .union([z.literal('/'), plain('a name')], { error: '/, or a name of letters, digits, dots and dashes' })
      .default('/')
      .describe('The virtual host'),
    user: plain('a user').default(application === 'backup' ? 'backup-app' : application),
    queues: z
      .array(plain('a queue'))
      .default([])
      .describe('The queues by which services scale; services themselves declare them'),
  };
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
    z
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
      .refine(({ user }) => user !== 'backup' && user !== 'guest', {
        path: ['user'],
        message: 'another name: backup exports definitions, and RabbitMQ lets guest in from its own pod alone',
      })
      .describe('One RabbitMQ pod in the data namespace'),
  ]);
}

/** The settings of {@link queue} with defaults filled in. */
export type QueueConfig = z.output<ReturnType<typeof queue>>;
