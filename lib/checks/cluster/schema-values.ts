import { memoize } from '../../base/memoize';
import { nearest } from '../../base/nearest';
import { quantityOf } from '../../base/quantity';
import type { Schema } from './schema-table';

/** How a value is shown in a message. */
export type Show = (value: unknown) => string;

const EXPECTED: Readonly<Record<NonNullable<Schema['type']>, string>> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'an object',
  quantity: 'a quantity such as 500m or 1Gi',
  'int-or-string': 'a whole number or text',
};

/** The remedy if missing or superfluous quotes cause the wrong type. */
function quoteRemedy(type: NonNullable<Schema['type']>, value: unknown): string {
  if (type === 'string') return ['number', 'boolean', 'bigint'].includes(typeof value) ? '; put it in quotes' : '';
  return typeof value === 'string' && ['boolean', 'integer', 'number'].includes(type) ? '; leave out the quotes' : '';
}

/** The message for a value of the wrong type. */
export function wrongType({ type = 'object' }: Schema, value: unknown, show: Show): string {
  return `given ${show(value)}, expected ${EXPECTED[type]}${quoteRemedy(type, value)}`;
}

function wrongChoice(choices: readonly unknown[], value: unknown, show: Show): string {
  const named = choices.filter((choice) => choice !== '').map(String);
  const meant = typeof value === 'string' ? nearest(value, named) : undefined;
  const expected = named.length > 1 ? `one of ${named.join(', ')}` : named.join();
  return `given ${show(value)}, expected ${expected}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** The problem with a number or a count that is out of bounds, or undefined. */
export function boundProblem({ least, most }: Schema, value: number, what = ''): string | undefined {
  if (least !== undefined && value < least) return `given ${value}${what}, expected at least ${least}`;
  return most !== undefined && value > most ? `given ${value}${what}, expected at most ${most}` : undefined;
}

/** The patterns are written for Go, where `(?i)` ignores case. Those that JavaScript does not support are not checked. */
const patternOf = memoize((source): RegExp | undefined => {
  try {
    const [, start, rest] = /^(\^?)\(\?i\)(.*)$/s.exec(source) ?? [];
    return rest === undefined ? new RegExp(source, 'u') : new RegExp(`${start}${rest}`, 'iu');
  } catch {
    return undefined;
  }
});

/** Whether a text matches a pattern, as far as it can be checked. */
export const matches = (pattern: string, text: string): boolean => patternOf(pattern)?.test(text) !== false;

/** Whether a text is base64 (RFC 4648). Line ends are ignored, as in Go. */
function isBase64(text: string): boolean {
  const packed = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function textProblem(schema: Schema, value: string, show: Show): string | undefined {
  const { enum: choices, format, pattern } = schema;
  if (choices && !choices.includes(value)) return wrongChoice(choices, value, show);
  if (format === 'byte' && !isBase64(value)) {
    return 'given text that is not base64, expected base64; a Secret takes plain text under stringData';
  }
  if (format === 'date-time' && !DATE_TIME.test(value)) {
    return `given ${show(value)}, expected a time such as 2030-01-31T12:00:00Z`;
  }
  if (pattern !== undefined && !matches(pattern, value)) {
    return `given ${show(value)}, expected text that matches ${pattern}`;
  }
  return boundProblem(schema, value.length, ' letters');
}

function numberProblem(schema: Schema, value: unknown, show: Show): string | undefined {
  const isNumber = schema.type === 'number' ? Number.isFinite(value) : Number.isInteger(value);
  // YAML parsers may return a bigint for a large number.
  if (!isNumber && typeof value !== 'bigint') return wrongType(schema, value, show);
  if (schema.enum && !schema.enum.includes(value)) return wrongChoice(schema.enum, value, show);
  const number = Number(value);
  return schema.format === 'int32' && (number >= 2 ** 31 || number < -(2 ** 31))
    ? `given ${show(value)}, expected a whole number of 32 bits`
    : boundProblem(schema, number);
}

/** The problem with a value that is neither a list nor an object, or undefined. */
export function scalarProblem(schema: Schema, value: unknown, show: Show): string | undefined {
  switch (schema.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrongType(schema, value, show);
    case 'quantity':
      return quantityOf(value) === undefined ? wrongType(schema, value, show) : undefined;
    case 'int-or-string':
      return typeof value === 'string' ? textProblem(schema, value, show) : numberProblem(schema, value, show);
    case 'integer':
    case 'number':
      return numberProblem(schema, value, show);
    default:
      // YAML 1.1 parsers return a Date for a timestamp.
      if (schema.format === 'date-time' && value instanceof Date) return undefined;
      return typeof value === 'string' ? textProblem(schema, value, show) : wrongType(schema, value, show);
  }
}
