import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, cpu, imageWithDefault, memory, name, port, server, storage } from '../../config/fields';

/** The settings of Redis in an environment file: an external server, or one pod in the cluster. */
export function redis(development: boolean) {
  const db = count(0, 15).default(0).describe('The number of the database');
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('external'),
        host: server,
        port: port.default(6379),
        addresses: addresses.describe('The address ranges of the server; pods may connect to no others at its port'),
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

/** The settings of {@link redis} with defaults filled in. */
export type RedisConfig = z.output<ReturnType<typeof redis>>;
