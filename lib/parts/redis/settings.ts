import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, cpu, imageWithDefault, memory, name, port, server, storage } from '../../config/fields';

/** The cache and the sessions: a Redis of somebody else's, or one pod of ours. */
export function redis(development: boolean) {
  const db = count(0, 15).default(0).describe('The number of the database');
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('external'),
        host: server,
        port: port.default(6379),
        addresses: addresses.describe(
          'Where the server answers: the only addresses that the pods may connect to at its port',
        ),
        db,
      })
      .describe('A managed server, with TLS and a password'),
    z
      .strictObject({
        kind: z.literal('statefulset'),
        ...imageWithDefault(development, { image: 'docker.io/library/redis', tag: '7.4-alpine' }),
        storage: storage.default('2Gi'),
        storageClass: name.optional().describe("The cluster's default when absent"),
        cpu: cpu.prefault('50m..500m'),
        memory: memory.prefault('256Mi'),
        db,
      })
      .describe('One Redis pod in the data namespace'),
  ]);
}

/** With defaults filled in. */
export type RedisConfig = z.output<ReturnType<typeof redis>>;
