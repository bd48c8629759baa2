import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Problem } from '../base/problem';
import { isMapping } from './layers';
import { formatPath } from './parse';
import type { YamlDocument } from './yaml-file';

/** The largest file: what a ConfigMap holds, and room for others. Source: kubernetes.io, ConfigMaps. */
const MAX_BYTES = 512 * 1024;

/** Which values of a file are not what YAML makes of them. */
export interface ReadingRules {
  /** Whether the values at a path are text as it is written: `0755` is not 493. */
  readonly asWritten: (path: readonly string[]) => boolean;
  /** Whether `{ source: nginx.conf }` at a path stands for the text of a file beside the environment file. */
  readonly fromFile: (path: readonly string[]) => boolean;
}

/** Reads a file beside an environment file, or tells why it cannot be read. */
function textOf(root: string, yaml: YamlDocument, source: unknown, path: readonly string[]): string | Problem {
  const problem = (message: string): Problem => ({
    ...yaml.locate([...path, 'source']),
    path: formatPath([...path, 'source']),
    message,
  });
  if (typeof source !== 'string') return problem('given no text, expected the path of a file beside this one');
  const file = normalize(join(dirname(yaml.file), source));
  if (source.startsWith('/') || file.startsWith('..'))
    return problem(`given "${source}", expected a file of this repository, relative to the folder of ${yaml.file}`);
  const stats = statSync(join(root, file), { throwIfNoEntry: false });
  if (!stats?.isFile()) return problem(`given "${source}", expected a file: ${file} does not exist`);
  if (stats.size > MAX_BYTES)
    return problem(`given a file of ${stats.size} bytes, expected at most ${MAX_BYTES}: it becomes a ConfigMap`);
  const bytes = readFileSync(join(root, file));
  return isUtf8(bytes) ? bytes.toString('utf8') : problem(`given "${source}", expected a file of text (UTF-8)`);
}

/** The value of a file, with values as they are written and with the texts of files, as the rules say. */
export function readValues(
  root: string,
  yaml: YamlDocument,
  rules: ReadingRules,
): { value: unknown; problems: Problem[] } {
  const problems: Problem[] = [];
  const read = (value: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(value)) return value;
    if (!isMapping(value))
      return value !== null && typeof value !== 'string' && rules.asWritten(path) ? yaml.source(path) : value;
    // Beside a text of its own, the schema refuses it.
    if (Object.hasOwn(value, 'source') && !Object.hasOwn(value, 'text') && rules.fromFile(path)) {
      const text = textOf(root, yaml, value.source, path);
      if (typeof text !== 'string') problems.push(text);
      const { source: _, ...others } = value;
      return { ...others, text: typeof text === 'string' ? text : '' };
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, read(one, [...path, key])]));
  };
  return { value: read(yaml.value, []), problems };
}
