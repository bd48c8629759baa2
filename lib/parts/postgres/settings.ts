import { z } from 'zod';
import { addresses, count, cpu, image, memory, name, port, server, storage, text } from '../../config/fields';

const certificate = text(
  /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/,
  'one or more certificates in PEM: -----BEGIN CERTIFICATE----- …',
  256 * 1024,
);

/** How many connections a server takes. */
export const budget = {
  maxConnections: count(10, 100_000).default(100).describe("The server's max_connections"),
  reserved: count(0, 1000)
    .default(10)
    .describe('Of these, kept for superusers, and for people and tools beside the pods'),
};

/** A server that somebody else runs. */
export const externalServer = {
  kind: z.literal('external'),
  host: server,
  port: port.default(5432),
  addresses: addresses.describe(
    'Where the server answers: the only addresses that the pods may connect to at its port',
  ),
  ca: certificate
    .optional()
    .describe(
      "The authority behind the server's certificate; without it connections are encrypted and the server is not proven",
    ),
  ...budget,
};

/** What a server of ours is made of. */
export const volume = {
  storage: storage.default('5Gi'),
  storageClass: name.optional().describe("The cluster's default when absent"),
  cpu: cpu.prefault('100m..1'),
  memory: memory.prefault('256Mi..512Mi'),
};

/** A server that is one pod of ours. */
export function statefulsetServer(development: boolean) {
  return {
    kind: z.literal('statefulset'),
    ...image(development),
    ...volume,
    tls: name
      .optional()
      .describe('The Secret with tls.crt, tls.key and ca.crt; without one connections are not encrypted'),
    ...budget,
  };
}

type Made<Fields extends z.ZodRawShape> = z.output<z.ZodObject<Fields>>;
export type ExternalServer = Made<typeof externalServer>;
export type StatefulsetServer = Made<ReturnType<typeof statefulsetServer>>;
