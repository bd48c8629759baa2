import { z } from 'zod';
import { name, text, storage as volumeSize } from '../../lib/config/fields';
import type { Scratch } from '../../lib/model/container';
import { type Storage, volumeName } from '../../lib/model/storage';
import { Size } from '../../lib/model/units';
import { command, filePath, reason } from './values';

/** A size in whole mebibytes or gibibytes. */
export const size = text(/^[1-9]\d{0,4}(Mi|Gi)$/, 'a size such as 64Mi or 2Gi').transform((given) => {
  const amount = Number.parseInt(given, 10);
  return given.endsWith('Gi') ? Size.gibibytes(amount) : Size.mebibytes(amount);
});

const place = z
  .union(
    [
      size,
      z.strictObject({
        size: size.prefault('64Mi').describe('The most that is written'),
        memory: z
          .boolean()
          .default(false)
          .describe('Whether it is in memory, which then counts as memory of the container'),
      }),
    ],
    {
      error: 'a size such as 64Mi, or a mapping with size',
    },
  )
  .transform((given) => (given instanceof Size ? { size: given, memory: false } : given));

/** Writable paths: `[/tmp]`, or `{ /tmp: 64Mi, /cache: { size: 1Gi, memory: true } }`. */
export const writes = z
  .union([z.array(filePath), z.record(filePath, place)], { error: 'a list of paths, or sizes by path' })
  .transform((given): Scratch[] =>
    Array.isArray(given)
      ? given.map((path) => ({ path }))
      : Object.entries(given).map(([path, one]) => ({ path, ...one })),
  );

const volume = z
  .union(
    [
      volumeSize,
      z.strictObject({
        size: volumeSize,
        class: name.optional().describe("The cluster's default when absent"),
        access: z
          .enum(['one', 'many', 'each'])
          .default('one')
          .describe(
            'one: one pod, replaced and never doubled. each: a volume for each replica. many: all replicas share it',
          ),
        backup: z
          .union(
            [
              z.strictObject({
                dump: command.describe(
                  'Prints its content; the program comes first, as no ENTRYPOINT of the image runs',
                ),
              }),
              z.strictObject({ none: reason.describe('Why it needs no backup') }),
            ],
            { error: '{ dump: command }, or { none: why }' },
          )
          .optional()
          .describe('A command that prints its content, or the reason why it has no backup'),
      }),
    ],
    { error: 'a size such as 10Gi, or a mapping with size' },
  )
  .transform((given) =>
    typeof given === 'string'
      ? { size: given, access: 'one' as const, class: undefined, backup: undefined }
      : { class: undefined, backup: undefined, ...given },
  );

/** Volumes by the paths where they are mounted. */
export const storage = z.record(filePath, volume).default({});

/** The volumes of a service. Each is named like its path, so that one more changes no other. */
export function storageOf(settings: z.output<typeof storage>): Storage[] {
  return Object.entries(settings).map(([path, { size: amount, class: storageClass, access }]) => ({
    name: volumeName(path),
    path,
    size: amount,
    access,
    ...(storageClass !== undefined && { storageClass }),
  }));
}

/** The volumes whose content a command prints. */
export function dumpsIn(settings: z.output<typeof storage>) {
  return Object.entries(settings).flatMap(([path, { access, backup }]) =>
    backup !== undefined && 'dump' in backup ? [{ path, access, command: backup.dump }] : [],
  );
}

/** The names of the tasks that keep what such a command prints. */
export function dumpNames(service: string, path: string): { readonly dump: string; readonly drill: string } {
  const name = `${service}-${volumeName(path)}`;
  return { dump: `${name}-dump`, drill: `${name}-drill` };
}
