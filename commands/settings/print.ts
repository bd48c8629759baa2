import { stringify } from 'yaml';
import { isMapping } from '../../lib/config/layers';
import type { DerivedNumber } from '../../lib/model/requirements';
import { flow, OPTIONS } from '../shared/flow';

/** Where the value at a path comes from, such as `environments/prod/shop.yaml:5`. */
export type OriginOf = (path: readonly PropertyKey[]) => string;

/** The longest mapping or list on one line, and the column of what follows it. */
const LONGEST = 100;
const COLUMN = 60;

/** The places of all single values of a value. */
function originsOf(value: unknown, path: readonly PropertyKey[], originOf: OriginOf): string[] {
  const entries: [PropertyKey, unknown][] = isMapping(value)
    ? Object.entries(value)
    : Array.isArray(value)
      ? [...value.entries()]
      : [];
  return entries.length === 0
    ? [originOf(path)]
    : entries.flatMap(([key, one]) => originsOf(one, [...path, key], originOf));
}

/** A line and where its value comes from. */
function note(line: string, origin: string): string {
  const [first = '', ...others] = line.split('\n');
  return [`${first.padEnd(COLUMN)} # ${origin}`, ...others].join('\n');
}

/** The lines of a value behind its key, `name:` or `-`. */
function entry(lead: string, value: unknown, path: readonly PropertyKey[], indent: string, originOf: OriginOf): string {
  const isCollection = isMapping(value) || Array.isArray(value);
  const [origin = '', ...others] = [...new Set(originsOf(value, path, originOf))];
  if (!isCollection) {
    // Further lines of a text are below its key, so that a list's entry needs no other form.
    const [first = '', ...rest] = stringify({ x: value }, OPTIONS).trimEnd().split('\n');
    const lines = [`${indent}${lead}${first.slice(2)}`, ...rest.map((line) => (line === '' ? '' : `${indent}${line}`))];
    return note(lines.join('\n'), origin);
  }
  const short = `${indent}${lead} ${flow(value)}`;
  const isText = typeof Object.values(value).find((one) => typeof one === 'string' && one.includes('\n')) === 'string';
  if (others.length === 0 && !isText && short.length <= LONGEST) return note(short, origin);
  return `${indent}${lead}\n${block(value, path, `${indent}  `, originOf)}`;
}

function block(value: object, path: readonly PropertyKey[], indent: string, originOf: OriginOf): string {
  const entries: string[] = Array.isArray(value)
    ? value.map((one, index) => entry('-', one, [...path, index], indent, originOf))
    : Object.entries(value).map(([key, one]) => entry(`${flow(key)}:`, one, [...path, key], indent, originOf));
  return entries.join('\n');
}

/** The numbers that follow from requirements, with their arithmetic, as comments. */
export function printDerived(derived: readonly DerivedNumber[]): string {
  const lines = derived.map(({ name, value, formula, source, from }) => {
    const law = source === from ? '' : `; ${source}`;
    return `# ${name}: ${value} = ${formula} (${from}${law})`;
  });
  return ['', '# What follows from requirements:', ...lines].join('\n');
}

/** Settings as YAML, with the place of each value behind it: mappings and lists of one place on one line where they are short. */
export function printSettings(settings: object, originOf: OriginOf): string {
  return block(settings, [], '', originOf);
}
