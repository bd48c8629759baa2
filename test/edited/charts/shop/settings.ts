import { z } from 'zod';
import { edge } from '../../../../lib/config/edge';
import type { Environment } from '../../../../lib/config/environment';
import { cpu, dns, host, image, imagePullSecrets, memory } from '../../../../lib/config/fields';
import { scale } from '../../../../lib/config/scale';
import { secrets } from '../../../../lib/config/secrets';
import { backups } from '../../../../lib/parts/backup/settings';
import { database, postgresClient, withClientTag } from '../../../../lib/parts/postgres/settings';
import { redis } from '../../../../lib/parts/redis/settings';

/** The settings of the shop in `environments/<environment>/shop.yaml`. */
export function shopSchema({ development }: Environment) {
  const service = z.strictObject({
    ...image(development),
    scale: scale.prefault({ replicas: 2 }),
    cpu: cpu.prefault('100m..500m'),
    memory: memory.prefault('64Mi..128Mi'),
  });
  const settings = z.strictObject({
    web: service,
    api: service,
    hosts: z.strictObject({ shop: host }),
    database: database(development, 'shop'),
    redis: redis(development),
    postgresClient: postgresClient(development, 16, "the server's"),
    backups: development ? backups(development).optional() : backups(development),
    secrets: secrets(development),
    edge: edge(development),
    dns,
    imagePullSecrets,
  });
  return settings.transform(withClientTag(16));
}

export type ShopConfig = z.output<ReturnType<typeof shopSchema>>;
