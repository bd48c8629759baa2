import { stringify } from 'yaml';
import { isMapping } from '../../lib/config/layers';

/** How values are printed as YAML: no line is broken, and nothing is an alias. */
export const OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false } as const;

/** A value as YAML on one line. */
export function flow(value: unknown): string {
  if (isMapping(value) && Object.keys(value).length > 0)
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${flow(key)}: ${flow(one)}`)
      .join(', ')} }`;
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  // As an entry of a list, since commas and brackets need quotes there.
  const options = { ...OPTIONS, collectionStyle: 'flow', flowCollectionPadding: false } as const;
  return stringify([value], options).trimEnd().slice(1, -1);
}

const LONGEST = 120;

/** A setting with what its line says: on one line, or with a line for each of its own settings where that is too long. */
export function setting(key: string, value: object, about: string, indent = ''): string {
  const line = `${indent}${key}: ${flow(value)}${about === '' ? '' : ` # ${about}`}`;
  if (line.length <= LONGEST) return line;
  const inner = Object.entries(value).map(([name, one]) => `${indent}  ${name}: ${flow(one)}`);
  return [`${indent}${key}:${about === '' ? '' : ` # ${about}`}`, ...inner].join('\n');
}
