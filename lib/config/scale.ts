import { z } from 'zod';
import { count, rule } from './fields';

interface ScaleFields {
  readonly replicas?: unknown;
  readonly min?: unknown;
  readonly max?: unknown;
  readonly cpu?: unknown;
  readonly memory?: unknown;
  readonly queue?: unknown;
}

const optional = count(1, 500).optional();
const limits = ({ replicas: _, ...others }: ScaleFields) => Object.values(others).filter((one) => one !== undefined);

/** The rules of all scales. @param by what the autoscaler scales by, for messages */
function withRules<Shape extends z.ZodRawShape>(shape: Shape, by: string) {
  return z
    .strictObject({
      replicas: optional.describe('A fixed number of pods'),
      ...shape,
      max: optional.describe('The most pods of the autoscaler'),
      cpu: optional.describe('The CPU that pods use on average, in % of their request: above it there are more pods'),
      memory: optional.describe('The same of their memory'),
    })
    .refine(
      ...rule<ScaleFields>('replicas', 'either replicas, or min and max', (value) =>
        value.replicas === undefined ? value.min !== undefined || value.max !== undefined : limits(value).length === 0,
      ),
    )
    .refine(...rule<ScaleFields>('min', 'a min beside max', ({ min, max }) => max === undefined || min !== undefined))
    .refine(...rule<ScaleFields>('max', 'a max beside min', ({ min, max }) => min === undefined || max !== undefined))
    .refine(
      ...rule<ScaleFields>(
        'min',
        'a min that is not above max',
        ({ min, max }) => typeof min !== 'number' || typeof max !== 'number' || min <= max,
      ),
    )
    .refine(
      ...rule<ScaleFields>(
        'cpu',
        `${by}, by which the autoscaler scales`,
        ({ min, cpu, memory, queue }) =>
          min === undefined || cpu !== undefined || memory !== undefined || queue !== undefined,
      ),
    )
    .describe('How many pods: a fixed number, or an autoscaler');
}

/** Either a fixed number of replicas, or an autoscaler: min, max, and the target utilisation in % of the request. */
export const scale = withRules(
  {
    min: count(1, 500, 'at least 1: without a pod nothing is measured, and nothing starts the first one')
      .optional()
      .describe('The fewest pods of the autoscaler'),
  },
  'cpu or memory',
);

/** The same, or by the length of a queue: KEDA also starts the first pod, and ends the last one. */
export const queueScale = withRules(
  {
    min: count(0, 500)
      .optional()
      .describe('The fewest pods of the autoscaler; 0 only with queue: KEDA then starts the first pod'),
    queue: z
      .strictObject({
        name: z.string().describe('One of queue.queues'),
        messages: count(1, 1_000_000).describe('How many messages there are for each pod, those at work included'),
      })
      .optional()
      .describe('Scales by the length of a queue; needs KEDA'),
  },
  'cpu, memory or queue',
).refine(
  ...rule<ScaleFields>(
    'min',
    'queue beside it (KEDA can start the first pod), or at least 1',
    ({ min, queue }) => min !== 0 || queue !== undefined,
  ),
);
