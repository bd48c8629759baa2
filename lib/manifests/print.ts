import { Document } from 'yaml';

/** YAML 1.1 decides what needs quotes, because Kubernetes reads "on" and "1e3" as 1.1 does. */
export function print(object: unknown): string {
  const document = new Document(object, { version: '1.1', schema: 'yaml-1.1', aliasDuplicateObjects: false });
  return document.toString({ lineWidth: 0, directives: false });
}
