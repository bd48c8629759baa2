import { unknownFunctions } from '../../../../lib/checks/cluster/cel';
import { brokenRules } from '../../../../lib/checks/cluster/definition-rules';
import { type Schema, type SchemaTable, tableOf } from '../../../../lib/checks/cluster/schema-table';

const committed = tableOf('gateway.networking.k8s.io/v1/HTTPRoute') as SchemaTable;

test('every rule of the committed definitions compiles, and calls only functions that are known', () => {
  const rules = committed.schemas.flatMap(({ rules = [] }) => rules);
  const expressions = new Set(rules.flatMap(({ rule, messageExpression }) => [rule, messageExpression ?? 'true']));
  expect(expressions.size).toBeGreaterThan(150);
  for (const expression of expressions)
    expect({ expression, unknown: unknownFunctions(expression) }).toEqual({ expression, unknown: [] });
});

test('functions that are not known are named, and a syntax error is one', () => {
  expect(unknownFunctions('quantity(self).isLessThan(quantity("1")) && self.size() > 0')).toEqual(
    expect.arrayContaining(['quantity', 'isLessThan']),
  );
  expect(() => unknownFunctions('self ==')).toThrow();
});

test('no rule compares with the former state of an object', () => {
  expect(committed.schemas.flatMap(({ rules = [] }) => rules).filter(({ rule }) => /\boldSelf\b/.test(rule))).toEqual(
    [],
  );
});

/** What breaks a rule of the field `a` of an object. */
const found = (fields: Schema, given: unknown, others: readonly Schema[] = []) =>
  brokenRules({ a: given }, others.length + 1, {
    kinds: {},
    schemas: [...others, fields, { type: 'object', fields: { a: others.length } }],
  }).map(({ path, field, expected }) => `${path.join('.')}${field}: ${expected}`);

const judged = (type: Schema['type'], rule: string, given: unknown, more: Partial<Schema> = {}) =>
  found({ type, rules: [{ rule }], ...more } as Schema, given);

test.each<[Schema['type'], string, unknown, Partial<Schema>?]>([
  ['integer', 'self / 2 == 1', 3],
  ['integer', 'type(self) == int', 3],
  ['integer', 'self == 9007199254740993', 9007199254740993n],
  ['number', 'type(self) == double', 3],
  ['number', 'self / 2.0 == 1.5', 3],
  ['int-or-string', 'type(self) == int ? self == 80 : self == "http"', 80],
  ['int-or-string', 'type(self) == int ? self == 80 : self == "http"', 'http'],
  ['string', 'duration(self) < duration("1h")', '30m'],
  ['string', 'self < timestamp("2031-01-01T00:00:00Z")', '2030-01-31T12:00:00Z', { format: 'date-time' }],
  ['string', 'self < timestamp("2031-01-01T00:00:00Z")', new Date('2030-01-31'), { format: 'date-time' }],
  ['string', 'size(self) == 5', 'aGVsbG8=', { format: 'byte' }],
  ['string', 'self.matches("^(?i)get$")', 'GET'],
  ['string', 'self.size() == 1', '😀'],
  ['string', '!isIP(self)', 'example.com'],
  ['string', 'isIP(self)', '10.0.0.1'],
  ['string', '!isIP(self)', '::ffff:10.0.0.1'],
  ['string', '!isIP(self)', 'fe80::1%eth0'],
  ['string', 'self.split("/")[0].upperAscii() == "A" && self.substring(2).lowerAscii() == "b"', 'a/B'],
  [undefined, 'self.all(x, type(x) == int)', [1, 2]],
])('%s: %s holds', (type, rule, given, more = {}) => {
  expect(judged(type, rule, given, more)).toEqual([]);
});

test('a broken rule is told by its message, or else by itself', () => {
  const schema = (more: object): Schema => ({ type: 'integer', rules: [{ rule: 'self > 1', ...more }] });
  expect(found(schema({}), 1)).toEqual(['a: self > 1']);
  expect(found(schema({ message: 'must be more than 1' }), 1)).toEqual(['a: must be more than 1']);
  expect(found(schema({ message: 'no', messageExpression: '"not " + string(self)' }), 1)).toEqual(['a: not 1']);
  expect(found(schema({ message: 'no', messageExpression: 'self.unknown' }), 1)).toEqual(['a: no']);
  expect(found(schema({ message: 'no', fieldPath: '.b' }), 1)).toEqual(['a.b: no']);
});

test('a rule without a result is broken, as in the API server', () => {
  const [message] = found({ type: 'object', rules: [{ rule: 'self.b == 1', message: 'b must be 1' }], fields: {} }, {});
  expect(message).toMatch(/^a: b must be 1 \(.+\)$/);
});

test('rules of items, of values and of fields are judged where they are', () => {
  const named: Schema = { type: 'string', rules: [{ rule: 'self != ""', message: 'must not be empty' }] };
  expect(found({ type: 'array', items: 0 }, ['x', ''], [named])).toEqual(['a.1: must not be empty']);
  expect(found({ type: 'object', values: 0 }, { x: '', y: 'z' }, [named])).toEqual(['a.x: must not be empty']);
  expect(found({ type: 'object', fields: { name: 0 } }, { name: '' }, [named])).toEqual(['a.name: must not be empty']);
});

test('defaults are set before rules are judged, also inside a default', () => {
  const mode: Schema = { type: 'string', default: 'Terminate' };
  const rules = [{ rule: 'self.mode == "Terminate"', message: 'mode' }];
  expect(found({ type: 'object', fields: { mode: 0 }, rules }, {}, [mode])).toEqual([]);
  expect(found({ type: 'object', fields: { mode: 0 }, rules }, { mode: null }, [mode])).toEqual([]);
  expect(found({ type: 'object', fields: { mode: 0 }, rules }, { mode: 'Passthrough' }, [mode])).toEqual(['a: mode']);
  const tls: Schema = { type: 'object', default: {}, fields: { mode: 0 } };
  const outer: Schema = { type: 'object', fields: { tls: 1 }, rules: [{ rule: 'self.tls.mode == "Terminate"' }] };
  expect(found(outer, {}, [mode, tls])).toEqual([]);
});

test('names of fields are escaped, keys of maps are not', () => {
  const text: Schema = { type: 'string' };
  const rule =
    'self.__namespace__ + self.a__dash__b + self.c__dot__d + self.e__slash__f + self.g__underscores__h == "12345"';
  const fields = { namespace: 0, 'a-b': 0, 'c.d': 0, 'e/f': 0, g__h: 0 };
  const given = { namespace: '1', 'a-b': '2', 'c.d': '3', 'e/f': '4', g__h: '5' };
  expect(found({ type: 'object', fields, rules: [{ rule }] }, given, [text])).toEqual([]);
  expect(
    found(
      { type: 'object', values: 0, rules: [{ rule: '"a-b" in self && self["in"] == ""' }] },
      { 'a-b': '', in: '' },
      [text],
    ),
  ).toEqual([]);
});
