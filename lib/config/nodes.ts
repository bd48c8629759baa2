import { z } from 'zod';
import { bytesOf, quantityOf } from '../base/quantity';
import { labels } from './edge';
import { count, cpu, labelKey, memory, name, rule, text } from './fields';

const zone = text(/^[a-z0-9][-a-z0-9]{0,62}$/, 'the name of a zone such as us-east-1a');
const cores = cpu.transform(({ request }) => quantityOf(request) as number);
const bytes = memory.transform(({ request }) => bytesOf(request));
const SIZE = 'either type, of environments/prices.yaml, or cpu and memory';

const pool = z
  .strictObject({
    type: text(/^[A-Za-z0-9][\w. -]{0,62}$/, 'a type of nodes such as e2-standard-2')
      .optional()
      .describe('A type of `nodes` in environments/prices.yaml, instead of cpu and memory'),
    cpu: cores.optional().describe('Cores of a node'),
    memory: bytes.optional().describe('Memory of a node'),
    gpus: count(0, 16).default(0).describe('GPUs (nvidia.com/gpu) of a node'),
    count: count(0, 5000).describe('How many nodes there are'),
    max: count(1, 5000).optional().describe('To how many a cluster autoscaler adds nodes; none are added when absent'),
    zones: z
      .array(zone)
      .min(1)
      .optional()
      .describe('The zones that its nodes are spread over evenly; not checked when absent'),
    labels: labels.default({}).describe('Labels of its nodes'),
    taints: z.array(labelKey).default([]).describe('Keys of taints with the effect NoSchedule'),
    reserved: z
      .strictObject({ cpu: cores, memory: bytes })
      .optional()
      .describe(
        'What Kubernetes, DaemonSets and pods that are not described here take of each node; by the formula of GKE and usual DaemonSets when absent',
      ),
  })
  .refine(
    ...rule<{ type?: unknown; cpu?: unknown; memory?: unknown }>('type', SIZE, (given) =>
      given.type === undefined
        ? given.cpu !== undefined && given.memory !== undefined
        : given.cpu === undefined && given.memory === undefined,
    ),
  )
  .refine(
    ...rule<{ count?: unknown; max?: unknown }>(
      'max',
      'at least count',
      (given) => typeof given.max !== 'number' || typeof given.count !== 'number' || given.max >= given.count,
    ),
  );

/** The node pools of a cluster. */
export const nodes = z
  .record(name, pool)
  .optional()
  .describe('Node pools, by name: all pods at their maximum have to fit on them. Not checked when absent');

/** One node pool, with defaults filled in. Memory is in bytes. */
export type NodePool = z.output<typeof pool>;
