import { z } from 'zod';
import { bytesOf } from '../../base/quantity';
import { imageOf } from '../../base/versions';
import { addresses } from '../../config/address-fields';
import { count, cpu, imageWithDefault, memory, name, port, server, storage } from '../../config/fields';
import { password } from '../../config/secrets';
import { leastVolume } from './redis';

/** The least memory that Redis starts with, in bytes: see `maxMemory`. */
const LEAST = 96 * 2 ** 20;

/** The settings of Redis in an environment file: an external server, or one pod in the cluster. */
export function redis(development: boolean) {
  const db = count(0, 15).default(0).describe('The number of the database');
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('external'),
        host: server.describe('Its host'),
        port: port.default(6379).describe('Its port'),
        addresses: addresses.describe('The address ranges of the server; pods may connect to no others at its port'),
        db,
        password,
      })
      .describe('A managed server, with TLS and a password'),
    z
      .strictObject({
        kind: z.literal('statefulset'),
        ...imageWithDefault(development, imageOf('Redis')),
        storage: storage.default('2Gi'),
        storageClass: name.optional().describe("The cluster's default when absent"),
        cpu: cpu.prefault('50m..500m'),
        memory: memory.prefault('256Mi'),
        keep: z
          .boolean()
          .default(true)
          .describe(
            'Whether data outlives the pod, on a volume with backups; false makes a cache, which drops what was not used for long when it is full',
          ),
        db,
        password,
      })
      .refine(({ memory: { limit } }) => bytesOf(limit) >= LEAST, { path: ['memory'], message: 'at least 96Mi' })
      .refine(
        ({ keep, memory: { limit }, storage: size }) =>
          !keep || bytesOf(limit) < LEAST || bytesOf(size) >= leastVolume(limit),
        {
          path: ['storage'],
          message: 'at least three times what Redis may hold, which is a little less than half of its memory',
        },
      )
      .describe('One Redis pod in the data namespace'),
  ]);
}

/** The settings of {@link redis} with defaults filled in. */
export type RedisConfig = z.output<ReturnType<typeof redis>>;
