import { unmetAlternatives } from '../../../../lib/checks/cluster/schema-alternatives';
import type { Schema } from '../../../../lib/checks/cluster/schema-table';

/** What a value does not meet of a schema, whose parts are those before it. */
const unmet = (schema: Schema, value: unknown, ...parts: readonly Schema[]) =>
  unmetAlternatives([...parts, schema], parts.length, value);

const A: Schema = { required: ['a'] };
const B: Schema = { required: ['b'] };
const SHORT: Schema = { most: 2 };
const WORD: Schema = { pattern: '^[a-z]+$' };
const FIXED: Schema = { enum: ['x', 'y'] };

test.each<[string, Schema, unknown, readonly Schema[], string]>([
  ['none of several', { oneOf: [0, 1] }, {}, [A, B], 'exactly one of: a; or b'],
  ['two of several', { oneOf: [0, 1] }, { a: 1, b: 1 }, [A, B], 'exactly one of: a; or b'],
  ['none of some', { anyOf: [0, 1] }, { c: 1 }, [A, B], 'at least one of: a; or b'],
  ['what is excluded', { not: 0 }, { a: 1 }, [A], 'not a'],
  ['one of all', { allOf: [0, 1] }, 'ABC', [SHORT, WORD], 'at most 2'],
  ['another of all', { allOf: [0, 1] }, 'A', [SHORT, WORD], 'that matches ^[a-z]+$'],
  ['a list that is too long', { anyOf: [0] }, [1, 2, 3], [SHORT], 'at least one of: at most 2'],
  ['an item', { anyOf: [1] }, ['z'], [FIXED, { items: 0 }], 'at least one of: anything'],
  ['a number', { anyOf: [0] }, 3, [SHORT], 'at least one of: at most 2'],
  ['a field', { anyOf: [1] }, { k: 'z' }, [FIXED, { fields: { k: 0 } }], 'at least one of: k x or y'],
  ['an address', { anyOf: [0, 1] }, '10.0.0', [{ format: 'ipv4' }, { format: 'ipv6' }], 'an IPv4 address; or'],
  ['alternatives in a part', { allOf: [3] }, {}, [A, B, A, { oneOf: [0, 1] }], 'one of (a), (b)'],
])('%s is told', (_, schema, value, parts, expected) => {
  expect(unmet(schema, value, ...parts)).toContain(expected);
});

test.each<[string, Schema, unknown, readonly Schema[]]>([
  ['no alternatives', { type: 'object' }, {}, []],
  ['exactly one', { oneOf: [0, 1] }, { a: 1 }, [A, B]],
  ['both of some', { anyOf: [0, 1] }, { a: 1, b: 1 }, [A, B]],
  ['all', { allOf: [0, 1] }, 'ab', [SHORT, WORD]],
  ['a value of another type than the keyword', { allOf: [0] }, true, [WORD]],
  ['an address with leading zeros', { anyOf: [0] }, '010.0.0.1', [{ format: 'ipv4' }]],
  [
    'an address of IPv4 in the form of IPv6, of IPv4',
    { allOf: [0, 1] },
    '::ffff:10.0.0.1',
    [{ format: 'ipv4' }, { format: 'ipv6' }],
  ],
])('%s is met', (_, schema, value, parts) => {
  expect(unmet(schema, value, ...parts)).toBeUndefined();
});

test('a field that is not given has its default, and a null one too', () => {
  const parts: readonly Schema[] = [{ default: 'x' }, { enum: ['x'] }, { fields: { k: 1 }, required: ['k'] }];
  const schema: Schema = { fields: { k: 0 }, not: 2 };
  expect([{}, { k: null }, { k: 'y' }].map((value) => unmet(schema, value, ...parts) !== undefined)).toEqual([
    true,
    true,
    false,
  ]);
});
