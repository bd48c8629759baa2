import { Document } from 'yaml';
import { keep } from '../base/keep';

/** Printing costs a hundred times what a look costs, and a process may make dist/ more than once. */
const textOf = keep((content) => {
  const document = new Document(JSON.parse(content), {
    version: '1.1',
    schema: 'yaml-1.1',
    aliasDuplicateObjects: false,
  });
  return `---\n${document.toString({ lineWidth: 0, directives: false })}`;
});

/**
 * An object as a YAML document. It begins with `---`, so that files one after the other are a stream, as `cdk8s synth --stdout` prints
 * them. YAML 1.1 decides what needs quotes, because Kubernetes reads "on" and "1e3" as 1.1 does.
 */
export function print(object: unknown): string {
  return textOf(JSON.stringify(object));
}
