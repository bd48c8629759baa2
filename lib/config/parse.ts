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

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((here, key) => (here as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

/** `admin.allowedFrom[0]` */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
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
    const given = describeValue(valueAt(yaml.value, issue.path));
    return [
      {
        file: yaml.file,
        position: yaml.locate(issue.path),
        path: formatPath(issue.path),
        message: `given ${given}, expected ${issue.message}`,
      },
    ];
  });
  return { problems };
}
