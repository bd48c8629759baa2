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

/** A setting with what its line says: on one line, or with lines for each of its own settings where that is too long. Text of several lines stays so. */
export function setting(key: string, value: unknown, about: string, indent = ''): string {
  const comment = about === '' ? '' : ` # ${about}`;
  const line = `${indent}${flow(key)}: ${flow(value)}${comment}`;
  const isLong = line.length > LONGEST || line.includes('\\n');
  if (isLong && isMapping(value)) {
    const inner = Object.entries(value).map(([name, one]) => setting(name, one, '', `${indent}  `));
    return [`${indent}${flow(key)}:${comment}`, ...inner].join('\n');
  }
  if (typeof value !== 'string' || !value.includes('\n')) return line;
  return stringify({ [key]: value }, { ...OPTIONS, blockQuote: 'literal' })
    .trimEnd()
    .replaceAll(/^(?=.)/gm, indent);
}
