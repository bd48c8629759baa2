import { yamlOf } from '../base/yaml';

/** Prints an object as a YAML document. It begins with `---`, so that concatenated files are one stream. */
export function print(object: unknown): string {
  return yamlOf(object, '---\n');
}
