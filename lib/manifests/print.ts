import { Document } from 'yaml';
import { memoize } from '../base/memoize';

/** Memoized, since a process may print the same object several times. */
const textOf = memoize((content) => {
  const document = new Document(JSON.parse(content), {
    version: '1.1',
    schema: 'yaml-1.1',
    aliasDuplicateObjects: false,
  });
  return `---\n${document.toString({ lineWidth: 0, directives: false })}`;
});

/**
 * Prints an object as a YAML document. It begins with `---`, so that concatenated files are one stream. Quoting follows YAML 1.1,
 * because Kubernetes reads "on" and "1e3" as 1.1 does.
 */
export function print(object: unknown): string {
  return textOf(JSON.stringify(object));
}
