import { z } from 'zod';
import type { Environment } from './environment';

/** What an environment's platform is called: its file, its folder in `dist/`, the label of its objects. */
export const PLATFORM = 'platform';

/** What an operator edits of a cluster: `environments/<environment>/platform.yaml`, what it needs once, whatever systems it has. */
export function platformSchema(_: Environment) {
  return z.strictObject({
    priorityClasses: z
      .boolean()
      .default(false)
      .describe(
        'Make PriorityClasses, which the pods of the systems then have: berth-data, berth-serving, berth-background',
      ),
  });
}

/** The settings of an environment's platform, with defaults filled in. */
export type PlatformConfig = z.output<ReturnType<typeof platformSchema>>;
