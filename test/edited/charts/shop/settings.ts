import { z } from 'zod';
import { edge } from '../../../../lib/config/edge';
import type { Environment } from '../../../../lib/config/environment';
import { cpu, dns, host, image, imagePullSecrets, memory, scale } from '../../../../lib/config/fields';

/** What an operator edits of the shop: `environments/<environment>/shop.yaml`. */
export function shopSchema({ development }: Environment) {
  return z.strictObject({
    api: z.strictObject({
      ...image(development),
      scale: scale.prefault({ replicas: 2 }),
      cpu: cpu.prefault('100m..500m'),
      memory: memory.prefault('64Mi..128Mi'),
    }),
    hosts: z.strictObject({ shop: host }),
    edge: edge(development),
    dns,
    imagePullSecrets,
  });
}

/** With defaults filled in. */
export type ShopConfig = z.output<ReturnType<typeof shopSchema>>;
