import { stringify } from 'yaml';

/** YAML that readers of version 1.1 read alike, where `no` is a boolean and `10001:10001` a number. */
export function yamlOf(value: unknown): string {
  return stringify(value, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false });
}

/** A text as lines of comments. */
export function commentOf(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '#' : `# ${line}`))
    .join('\n');
}
