import { Document } from 'yaml';

/** Texts by content: a process that makes dist/ more than once prints only what is new. Printing costs a hundred times what a look costs. */
const printed = new Map<string, string>();

/**
 * An object as a YAML document. It begins with `---`, so that files one after the other are a stream, as `cdk8s synth --stdout` prints
 * them. YAML 1.1 decides what needs quotes, because Kubernetes reads "on" and "1e3" as 1.1 does.
 */
export function print(object: unknown): string {
  const content = JSON.stringify(object);
  const known = printed.get(content);
  if (known !== undefined) return known;
  const document = new Document(object, { version: '1.1', schema: 'yaml-1.1', aliasDuplicateObjects: false });
  const text = `---\n${document.toString({ lineWidth: 0, directives: false })}`;
  printed.set(content, text);
  return text;
}
