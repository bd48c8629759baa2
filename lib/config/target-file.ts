import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { InputError } from '../base/problem';
import { FOLDER, readFile } from './environment-folders';
import { parse } from './parse';
import type { YamlFile } from './yaml-file';

/** What is said for another platform, by system and by environment, with the place of each setting. */
export interface TargetFile<Options> {
  readonly value: Readonly<Record<string, Readonly<Record<string, Options>>>>;
  readonly yaml: YamlFile;
}

/**
 * Reads and checks the file of another platform in `environments/`, such as `compose.yaml`.
 *
 * @returns undefined if there is none; then nothing is made for the platform
 * @throws InputError with every problem of the file
 */
export function loadTargetFile<Options>(
  root: string,
  name: string,
  schema: z.ZodType<TargetFile<Options>['value']>,
): TargetFile<Options> | undefined {
  const file = `${FOLDER}/${name}.yaml`;
  if (!existsSync(join(root, file))) return undefined;
  const yaml = readFile(root, file);
  if (Array.isArray(yaml)) throw new InputError(yaml);
  const parsed = parse(schema, yaml);
  if ('problems' in parsed) throw new InputError(parsed.problems);
  return { value: parsed.value, yaml };
}
