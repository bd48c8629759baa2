import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { USUAL_DAEMONS } from '../base/node-size';
import { InputError } from '../base/problem';
import { bytesOf, quantityOf } from '../base/quantity';
import { FOLDER, readFile } from './environment-folders';
import { count, cpu, memory, name, text } from './fields';
import { parse } from './parse';
import type { YamlFile } from './yaml-file';

/** The name of the file with prices: `environments/prices.yaml`. */
export const PRICES = 'prices';

const MONEY = 'an amount in US$ such as 25 or 0.12';
const money = z.number({ error: MONEY }).min(0, MONEY).max(1_000_000, MONEY);
const source = text(/\p{L}/u, 'where the price is from', 300).optional().describe('Where the price is from');
/** The name of a plan or of a type of nodes. */
const label = text(/^[A-Za-z0-9][\w. -]{0,62}$/, 'a name such as e2-standard-2');
const share = count(0, 100);

const cores = cpu.transform(({ request }) => quantityOf(request) as number);
const bytes = memory.transform(({ request }) => bytesOf(request));

/** What a node of a type has. */
const size = {
  cpu: cores.describe('Cores of a node'),
  memory: bytes.describe('Memory of a node'),
};

const reserved = z
  .strictObject({ cpu: cores, memory: bytes })
  .optional()
  .describe('What Kubernetes keeps of each node; by the formula of GKE when absent');

const node = z.strictObject({
  ...size,
  month: money.optional().describe('US$ a month; by the rates of CPU and memory when absent'),
  reserved,
  source,
});

const cluster = z.strictObject({
  nodes: label.describe('The type of its nodes, of `nodes` above'),
  least: count(1, 1000).default(3).describe('The fewest nodes: one for each zone'),
  database: label.optional().describe('The managed database, of `databases`; none is priced when absent'),
  loadBalancer: money.default(0).describe('US$ a month for each load balancer'),
  controlPlane: money.default(0).describe('US$ a month'),
  source,
});

const plan = z.strictObject({ ...size, month: money, source });
const fixed = z.strictObject({ month: money, source });

const system = z.strictObject({
  database: label
    .optional()
    .describe('The managed database of this system, where it is another than that of the cluster'),
  egress: count(0, 1_000_000).optional().describe('GB a month that leave the cloud'),
  other: z.record(label, money).default({}).describe('Further sums, in US$ a month, by names: redis: 30'),
});

const render = z.strictObject({
  plans: z.record(label, plan).describe('Plans of services, the smallest first'),
  databases: z.record(label, fixed).describe('Plans of databases'),
  database: label.describe('The plan of a system without a Blueprint'),
  disk: money.default(0).describe('US$ a month for a GB of a disk'),
  databaseDisk: money.default(0).describe("US$ a month for a GB of a database's disk"),
  tenantDatabase: label
    .optional()
    .describe(
      'The plan of a database for one tenant alone; used only to say from how many tenants Kubernetes is cheaper',
    ),
});

const rates = z.strictObject({
  cpuHour: money.default(0.031611),
  memoryHour: money.default(0.004237).describe('For a GiB'),
  gpuHour: money.default(0.95),
  storageHour: money.default(0.0000548).describe('For a GiB of volumes'),
  egress: money.default(0.12).describe('For a GB that leaves the cloud'),
  source,
});

/** The values of `of` that `known` does not have, as issues. */
type Check = { readonly path: readonly string[]; readonly given: string | undefined; readonly known: object };

/** The schema of `environments/prices.yaml`: what the parts of a system cost a month, in US$. */
export const pricesSchema = z
  .strictObject({
    date: text(/^\d{4}-\d{2}-\d{2}$/, 'the date of the prices such as "2026-11-30", in quotes'),
    typical: share
      .default(20)
      .describe('The typical load, in % of the way from the fewest to the most pods of what is scaled'),
    daemons: z
      .strictObject({ cpu: cores.prefault(USUAL_DAEMONS.cpu), memory: bytes.prefault(USUAL_DAEMONS.memory) })
      .prefault({})
      .describe('What DaemonSets take of each node: network, node-exporter, logs'),
    rates: rates.prefault({}),
    nodes: z.record(label, node),
    databases: z.record(label, fixed).default({}).describe('Managed databases, by size'),
    clusters: z
      .record(name, cluster)
      .refine((all) => Object.keys(all).length > 0, 'at least one')
      .describe('The kinds of cluster that are compared'),
    cluster: name.describe('The one of `clusters` by which npm run diff says what a change costs'),
    render: render.optional().describe('Without it, Render is not compared'),
    systems: z.record(name, system).default({}).describe('What objects do not tell, by system'),
  })
  .superRefine((value, context) => {
    const { clusters, nodes, databases, systems } = value;
    const checks: Check[] = [
      { path: ['cluster'], given: value.cluster, known: clusters },
      ...Object.entries(clusters).flatMap(([key, one]) => [
        { path: ['clusters', key, 'nodes'], given: one.nodes, known: nodes },
        { path: ['clusters', key, 'database'], given: one.database, known: databases },
      ]),
      ...Object.entries(systems).map(([key, one]) => ({
        path: ['systems', key, 'database'],
        given: one.database,
        known: databases,
      })),
      ...(value.render === undefined
        ? []
        : (['database', 'tenantDatabase'] as const).map((key) => ({
            path: ['render', key],
            given: value.render?.[key],
            known: value.render?.databases ?? {},
          }))),
    ];
    for (const { path, given, known } of checks) {
      if (given === undefined || Object.hasOwn(known, given)) continue;
      context.addIssue({
        code: 'custom',
        path: [...path],
        message: `one of ${Object.keys(known).join(', ')}`,
        input: given,
      });
    }
  });

/** Prices, with defaults filled in. Memory is in bytes. */
export type Prices = z.output<typeof pricesSchema>;

/** The prices, with the place of each. */
export interface PriceFile {
  readonly prices: Prices;
  readonly yaml: YamlFile;
}

/**
 * Reads and checks `environments/prices.yaml`.
 *
 * @returns undefined if there is none: then nothing is priced
 * @throws InputError with every problem of the file
 */
export function loadPrices(root: string): PriceFile | undefined {
  const file = `${FOLDER}/${PRICES}.yaml`;
  if (!existsSync(join(root, file))) return undefined;
  const yaml = readFile(root, file);
  if (Array.isArray(yaml)) throw new InputError(yaml);
  const parsed = parse(pricesSchema, yaml);
  if ('problems' in parsed) throw new InputError(parsed.problems);
  return { prices: parsed.value, yaml };
}
