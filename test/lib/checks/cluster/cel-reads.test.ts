import { evaluate, parsed } from '../../../../lib/checks/cluster/cel';
import { partRead, readsOf } from '../../../../lib/checks/cluster/cel-reads';

const partOf = (expression: string, value: unknown) =>
  JSON.stringify(partRead(readsOf([parsed(expression).expr]), value));

test.each<[string, unknown, unknown]>([
  ['has(self.a) ? self.b == "x" : true', { a: 1, b: 'x', c: 1 }, { a: 2, b: 'x', c: 2 }],
  ['self.list.all(i, i.k == 1)', { list: [{ k: 1, other: 1 }] }, { list: [{ k: 1, other: 2 }] }],
  ['size(self.list) < 3 && self.map.size() == 1', { list: [1], map: { a: 1 } }, { list: [2], map: { b: 1 } }],
  ['self[0].a.size() + self[1].a.size() < 9', [{ a: [1] }, { a: [2], b: 1 }], [{ a: [3], b: 2 }, { a: [4] }]],
  ['self.all(x, self.exists_one(y, x.k == y.k))', [{ k: 1, o: 1 }], [{ k: 1, o: 2 }]],
  ['self.__namespace__ == "a"', { namespace: 'a', name: 'b' }, { namespace: 'a', name: 'c' }],
])('%s reads no more than it needs', (expression, one, other) => {
  expect(partOf(expression, one)).toBe(partOf(expression, other));
});

test.each<[string, unknown, unknown]>([
  ['has(self.a)', { a: 1 }, {}],
  ['has(self.a.b)', { a: {} }, {}],
  ['self.a == "x"', { a: 'x' }, { a: 'y' }],
  ['self.a == "1"', { a: '1' }, { a: 1 }],
  ['self == "x"', 'x', 'y'],
  ['self.list.all(i, i.k == 1)', { list: [{ k: 1 }] }, { list: [{ k: 1 }, { k: 1 }] }],
  ['self.list.all(i, i == 1)', { list: [1] }, { list: [2] }],
  ['self.list.filter(i, i.a)[0].b == 1', { list: [{ a: true, b: 1 }] }, { list: [{ a: true, b: 2 }] }],
  ['self.map.all(key, key != "x")', { map: { x: 1 } }, { map: { y: 1 } }],
  ['size(self.text) < 3', { text: 'ab' }, { text: 'abcd' }],
  ['size(self.map) < 2', { map: { a: 1 } }, { map: { a: 1, b: 1 } }],
  ['self.a__dash__b == 1', { 'a-b': 1 }, { 'a-b': 2 }],
  ['"x" in self', ['x'], ['y']],
  ['self.list[0] == self.list[1]', { list: [1, 1] }, { list: [1, 2] }],
  ['self.n == 9007199254740993', { n: 9007199254740993n }, { n: 9007199254740992n }],
  ['{"k": self.a}.k == 1', { a: 1 }, { a: 2 }],
  ['type(self.a) == int', { a: 1 }, { a: 'x' }],
])('%s reads what it depends on', (expression, one, other) => {
  expect(partOf(expression, one)).not.toBe(partOf(expression, other));
});

test('a variable of a loop hides `self`', () => {
  const expression = 'self.list.all(self, self > 0)';
  expect(partOf(expression, { list: [1], k: 1 })).toBe(partOf(expression, { list: [1], k: 2 }));
  expect(partOf(expression, { list: [1] })).not.toBe(partOf(expression, { list: [-1] }));
  expect(evaluate('size(self) == 1', ['a'])).toEqual({ value: true });
});
