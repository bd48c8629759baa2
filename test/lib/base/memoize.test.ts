import { memoize, memoizeOf } from '../../../lib/base/memoize';

test('each text is computed once, even if the result is undefined', () => {
  const asked: string[] = [];
  const lengthOf = memoize((text) => {
    asked.push(text);
    return text === '' ? undefined : text.length;
  });
  expect(['abc', '', 'abc', ''].map(lengthOf)).toEqual([3, undefined, 3, undefined]);
  expect(asked).toEqual(['abc', '']);
});

test('a result of an object is computed once for each object, undefined too', () => {
  const computed: object[] = [];
  const of = memoizeOf((key: { readonly name?: string }) => {
    computed.push(key);
    return key.name;
  });
  const [one, other, none] = [{ name: 'a' }, { name: 'a' }, {}];
  expect([of(one), of(one), of(other), of(none), of(none)]).toEqual(['a', 'a', 'a', undefined, undefined]);
  expect(computed).toEqual([one, other, none]);
});
