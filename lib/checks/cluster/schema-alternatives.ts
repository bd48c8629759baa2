import { isIP } from 'node:net';
import type { Schema } from './schema-table';
import { boundProblem, matches } from './schema-values';

type Schemas = readonly Schema[];
type Given = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The API server reads IPv4 addresses with leading zeros, and IPv4 in the form of IPv6 as either. */
const isAddress = (text: string, version: 4 | 6): boolean =>
  isIP(text.replace(/\b0+(?=\d)/g, '')) !== 0 && !text.includes('%') && text.includes(version === 4 ? '.' : ':');

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  ipv4: (text) => isAddress(text, 4),
  ipv6: (text) => isAddress(text, 6),
};

/** A value with the defaults of its schema, which the API server sets before it validates. */
function withDefaults(schemas: Schemas, number: number, value: unknown): unknown {
  const { items, fields } = schemas[number] as Schema;
  if (Array.isArray(value) && items !== undefined) return value.map((item) => withDefaults(schemas, items, item));
  if (!isObject(value) || fields === undefined) return value;
  const complete: Record<string, unknown> = { ...value };
  for (const [key, child] of Object.entries(fields)) {
    const given = value[key] ?? schemas[child]?.default;
    if (given === undefined) delete complete[key];
    else complete[key] = withDefaults(schemas, child, given);
  }
  return complete;
}

/** Whether a value is as a part of a schema says. Each keyword is for values of one type, and others pass it. Source: JSON Schema. */
function fits(schemas: Schemas, number: number, value: unknown): boolean {
  const part = schemas[number] as Schema;
  const of = (other: number) => fits(schemas, other, value);
  if (part.enum !== undefined && !part.enum.includes(value)) return false;
  if (typeof value === 'string') {
    if (part.pattern !== undefined && !matches(part.pattern, value)) return false;
    if (FORMATS[part.format ?? '']?.(value) === false || boundProblem(part, value.length) !== undefined) return false;
  }
  if (typeof value === 'number' && boundProblem(part, value) !== undefined) return false;
  if (Array.isArray(value)) {
    const { items } = part;
    if (boundProblem(part, value.length) !== undefined) return false;
    if (items !== undefined && !value.every((item) => fits(schemas, items, item))) return false;
  }
  if (isObject(value)) {
    if (boundProblem(part, Object.keys(value).length) !== undefined) return false;
    if (part.required?.some((key) => value[key] === undefined)) return false;
    const isWrong = ([key, child]: [string, number]) => value[key] !== undefined && !fits(schemas, child, value[key]);
    if (Object.entries(part.fields ?? {}).some(isWrong)) return false;
  }
  return (
    (part.allOf ?? []).every(of) &&
    (part.anyOf === undefined || part.anyOf.some(of)) &&
    (part.oneOf === undefined || part.oneOf.filter(of).length === 1) &&
    (part.not === undefined || !of(part.not))
  );
}

const WORDS: Readonly<Record<string, string>> = { ipv4: 'an IPv4 address', ipv6: 'an IPv6 address' };

/** What a part of a schema asks for, in words. */
function inWords(schemas: Schemas, number: number): string {
  const { enum: choices, pattern, format, least, most, required, fields, ...part } = schemas[number] as Schema;
  const every = (numbers: readonly number[] = []) => numbers.map((one) => inWords(schemas, one));
  const named = Object.entries(fields ?? {}).map(([key, child]) => `${key} ${inWords(schemas, child)}`);
  const needed = (required ?? []).filter((key) => fields?.[key] === undefined);
  const words = [
    choices?.map(String).join(' or '),
    pattern && `that matches ${pattern}`,
    format && (WORDS[format] ?? `as ${format}`),
    least !== undefined && `at least ${least}`,
    most !== undefined && `at most ${most}`,
    ...needed,
    ...named,
    ...every(part.allOf),
    part.anyOf && every(part.anyOf).join(' or '),
    part.oneOf && `one of (${every(part.oneOf).join('), (')})`,
    part.not !== undefined && `not ${inWords(schemas, part.not)}`,
  ];
  return words.filter(Boolean).join(' and ') || 'anything';
}

/** The expectation that a value does not meet, of the alternatives (`oneOf`, `anyOf`, `not`, `allOf`) of its schema, or undefined. */
export function unmetAlternatives(schemas: Schemas, number: number, given: unknown): string | undefined {
  const { oneOf, anyOf, allOf, not } = schemas[number] as Schema;
  if (oneOf === undefined && anyOf === undefined && allOf === undefined && not === undefined) return undefined;
  const value = withDefaults(schemas, number, given);
  const of = (other: number) => fits(schemas, other, value);
  const list = (numbers: readonly number[]) => numbers.map((one) => inWords(schemas, one)).join('; or ');
  if (oneOf && oneOf.filter(of).length !== 1) return `exactly one of: ${list(oneOf)}`;
  if (anyOf && !anyOf.some(of)) return `at least one of: ${list(anyOf)}`;
  const unmet = allOf?.find((one) => !of(one));
  if (unmet !== undefined) return inWords(schemas, unmet);
  return not !== undefined && of(not) ? `not ${inWords(schemas, not)}` : undefined;
}
