import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { cpu, imageOr, memory, name, port, server, storage } from '../../config/fields';

/** The image of the server, pinned, as its data is: a server reads no data of a newer one. */
const SERVER = { image: 'docker.io/surrealdb/surrealdb', tag: 'v3.3.5' };

/** The settings of SurrealDB in an environment file: an external server, or one pod in the cluster. */
export function surrealdb(development: boolean) {
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('external'),
        host: server,
        port: port.default(443),
        addresses: addresses.describe('The address ranges of the server; pods may connect to no others at its port'),
      })
      .describe('A managed server, with TLS'),
    z
      .strictObject({
        kind: z.literal('statefulset'),
        ...imageOr(development, SERVER),
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

/** The image in which backups run: the program `/surreal` of the server's version, and a shell, which the server's own image lacks. */
export function surrealClient(development: boolean) {
  return z
    .strictObject(imageOr(development, { ...SERVER, tag: `${SERVER.tag}-dev` }))
    .prefault({})
    .describe("The image of backups: SurrealDB's of the same version whose tag ends with -dev, which has a shell");
}
