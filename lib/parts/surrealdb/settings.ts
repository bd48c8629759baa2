import { z } from 'zod';
import { imageOf } from '../../base/versions';
import { addresses } from '../../config/address-fields';
import { cpu, imageWithDefault, memory, name, port, server, storage } from '../../config/fields';

const IMAGE = imageOf('SurrealDB');

/**
 * The settings of SurrealDB in an environment file: an external server, or one pod in the cluster. The image is that of the server, and of
 * backups of either.
 */
export function surrealdb(development: boolean) {
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('external'),
        ...imageWithDefault(development, IMAGE),
        host: server.describe('Its host'),
        port: port.default(443).describe('Its port'),
        addresses: addresses.describe('The address ranges of the server; pods may connect to no others at its port'),
      })
      .describe('A managed server, with TLS'),
    z
      .strictObject({
        kind: z.literal('statefulset'),
        ...imageWithDefault(development, IMAGE),
        storage: storage.default('10Gi'),
        storageClass: name.optional().describe("The cluster's default when absent"),
        cpu: cpu.prefault('250m..2'),
        memory: memory.prefault('512Mi..2Gi').describe('Half of the limit, less 1 GiB, becomes the cache of RocksDB'),
      })
      .describe('One pod with RocksDB on a volume'),
  ]);
}

/** The settings of {@link surrealdb} with defaults filled in. */
export type SurrealDbConfig = z.output<ReturnType<typeof surrealdb>>;
