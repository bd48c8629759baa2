import { domainToASCII } from 'node:url';
import { type ZodType, z } from 'zod';
import { expectedOneOf } from '../base/nearest';
import type { Problem } from '../base/problem';
import type { YamlFile } from './yaml-file';

// Each schema parses one or two files, so compiling it takes longer than it saves.
z.config({ jitless: true });

type RawIssue = z.core.$ZodRawIssue;

const TYPE_NAMES: Record<string, string> = {
  object: 'a mapping of settings',
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

/** What a user probably meant, as the end of a message, or nothing. */
function hintFor(value: unknown, { code, message, ...issue }: z.core.$ZodIssue): string {
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
 * The messages of custom checks say what was *expected*: "an IP range such as 203.0.113.0/24".
 *
 * @returns the typed value, or every problem with its position, what was given and what was expected
 */
export function parse<T>(schema: ZodType<T>, yaml: YamlFile): { value: T } | { problems: Problem[] } {
  const known = new Map<string, string[]>();
  const result = schema.safeParse(yaml.value, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') {
        const def = issue.inst?._zod.def as { shape?: object } | undefined;
        known.set(formatPath(issue.path ?? []), Object.keys(def?.shape ?? {}));
      }
      return expectation(issue);
    },
  });
  if (result.success) return { value: result.data };

  const reported = new Set<string>();
  const problems = result.error.issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      const siblings = known.get(formatPath(issue.path)) ?? [];
      return issue.keys.map((key) => ({
        file: yaml.file,
        position: yaml.locateKey(issue.path, key),
        path: formatPath([...issue.path, key]),
        message: `given an unknown key, ${expectedOneOf(siblings, key)}`,
      }));
    }
    const value = valueAt(yaml.value, issue.path);
    const path = formatPath(issue.path);
    // Further problems of a text or a number follow from its first one.
    if (reported.has(path) && ['string', 'number', 'boolean'].includes(typeof value)) return [];
    reported.add(path);
    return [
      {
        file: yaml.file,
        position: yaml.locate(issue.path),
        path,
        message: `given ${describeValue(value)}, expected ${issue.message}${hintFor(value, issue)}`,
      },
    ];
  });
  return { problems };
}
