import { domainToASCII } from 'node:url';
import { type ZodType, z } from 'zod';
import { expectedOneOf } from '../base/nearest';
import type { Problem } from '../base/problem';
import type { YamlFile } from './yaml-file';

// Each schema parses one or two files, so compiling it takes longer than it saves.
z.config({ jitless: true });

/** How the message of a key that a schema does not know begins. */
export const UNKNOWN_KEY = 'given an unknown key';

/** zod's own message. */
const INVALID_KEY = 'Invalid key in record';

/** Between the names of known keys, in the message of an issue. */
const SEPARATOR = ', ';

type RawIssue = z.core.$ZodRawIssue;

/** The keys of a mapping. One that may only be missing is there for its message. */
function keysOf(mapping: z.core.$ZodObjectDef | undefined): string[] {
  const isNever = ({ _zod: { def } }: z.core.$ZodType) =>
    def.type === 'optional' && (def as z.core.$ZodOptionalDef).innerType._zod.def.type === 'never';
  return Object.entries(mapping?.shape ?? {}).flatMap(([key, value]) => (isNever(value) ? [] : [key]));
}

const TYPE_NAMES: Record<string, string> = {
  object: 'a mapping of settings',
  record: 'a mapping of names',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** What a check of zod itself expected, for users who edit YAML. Custom checks have their own messages. */
function expectation(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected as string] ?? String(issue.expected);
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return keysOf(issue.inst?._zod.def as z.core.$ZodObjectDef | undefined).join(SEPARATOR);
    case 'invalid_union':
      return `one of ${(issue.options as readonly unknown[] | undefined)?.join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}${issue.origin === 'array' ? ' of them' : ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'array' ? ' of them' : ''}`;
    default:
      return undefined;
  }
}

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((here, key) => (here as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

/** `admin.allowedFrom, entry 1`: entries of lists are counted from 1. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => {
      const isEntry = typeof key === 'number';
      const separator = index === 0 ? '' : isEntry || typeof path[index - 1] === 'number' ? ', ' : '.';
      return `${separator}${isEntry ? `entry ${key + 1}` : String(key)}`;
    })
    .join('');
}

/** A value as messages show it: short, on one line. */
function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}

/** A value as the message of an issue shows it. The text at a key that must not be there may be a password. */
function givenOf(issue: z.core.$ZodIssue, value: unknown): string {
  const isNever = issue.code === 'invalid_type' && issue.expected === 'never';
  return isNever && typeof value === 'string' ? 'text' : describeValue(value);
}

/** What a user probably meant, as the end of a message, or nothing. */
function hintFor(value: unknown, { code, message, ...issue }: z.core.$ZodIssue): string {
  if ('expected' in issue && issue.expected === 'never') return '';
  if (
    code === 'invalid_type' &&
    'expected' in issue &&
    issue.expected === 'string' &&
    !message.includes('host name') &&
    /number|boolean/.test(typeof value)
  )
    return `; as text it is "${value}" in quotes`;
  if (typeof value !== 'string') return '';
  if (/\$\{?\w/.test(value)) return '; variables are not replaced here, so write the value itself';
  if (code === 'too_big')
    return `; it has ${value.length} characters, at most ${'maximum' in issue ? issue.maximum : ''} are allowed`;
  const [, tag] = message.includes('the tag has a field') ? (/:([\w.-]+)$/.exec(value) ?? []) : [];
  if (tag !== undefined) return `; put ${tag} into tag`;
  const isHost = message.includes('host name');
  const long = isHost ? value.split('.').find((label) => label.length > 63) : undefined;
  if (long !== undefined) return `; a part of it has ${long.length} characters, at most 63 are allowed`;
  const ascii = isHost && /[^ -~]/.test(value) ? domainToASCII(value) : '';
  if (ascii !== '') return `; in ASCII it is ${ascii}`;
  const lower = value.toLowerCase();
  return lower !== value && /lower-case|repository/.test(message) ? `; in lower case it is ${lower}` : '';
}

/**
 * Checks a file's value against a schema. Unknown keys are problems.
 *
 * The messages of custom checks say what was *expected*: "an IP range such as 203.0.113.0/24". With `params: { whole: true }` they are
 * the whole message.
 *
 * @returns the typed value, or every problem with its position, what was given and what was expected
 */
export function parse<T>(schema: ZodType<T>, yaml: YamlFile): { value: T } | { problems: Problem[] } {
  const result = schema.safeParse(yaml.value, { error: expectation });
  if (result.success) return { value: result.data };

  const reported = new Set<string>();
  const problems = result.error.issues.flatMap(issuesOf).flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        ...yaml.locateKey(issue.path, key),
        path: formatPath([...issue.path, key]),
        message: `${UNKNOWN_KEY}, ${expectedOneOf(issue.message.split(SEPARATOR), key)}`,
      }));
    }
    const path = formatPath(issue.path);
    // A record with a message of its own says more.
    if (issue.code === 'invalid_key' && issue.message === INVALID_KEY) {
      const key = String(issue.path.at(-1));
      const message = `given the key ${key}, expected ${issue.issues[0]?.message}`;
      return [{ ...yaml.locateKey(issue.path.slice(0, -1), key), path, message }];
    }
    const value = valueAt(yaml.value, issue.path);
    // Further problems of a text or a number follow from its first one.
    if (reported.has(path) && ['string', 'number', 'boolean'].includes(typeof value)) return [];
    reported.add(path);
    const whole = issue.code === 'custom' && issue.params?.whole === true;
    const given = whole ? '' : `given ${givenOf(issue, value)}, expected `;
    return [{ ...yaml.locate(issue.path), path, message: `${given}${issue.message}${hintFor(value, issue)}` }];
  });
  return { problems };
}

/** How far a value is from a form: the number of keys and values that are wrong. */
function weightOf(branch: readonly z.core.$ZodIssue[]): number {
  return branch.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
}

/** The issues of the one form of a value that fits best what was given: a mapping, where a text would do as well. */
function issuesOf(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const fitting = issue.errors.filter(
    (branch) => !branch.some(({ code, path }) => path.length === 0 && /^invalid_(type|value|format)$/.test(code)),
  );
  const [best, next] = fitting.sort((one, other) => weightOf(one) - weightOf(other));
  if (best === undefined || (next !== undefined && weightOf(next) === weightOf(best))) return [issue];
  return best.flatMap((one) => issuesOf({ ...one, path: [...issue.path, ...one.path] }));
}
