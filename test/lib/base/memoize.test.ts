import { memoize } from '../../../lib/base/memoize';

test('each text is computed once, even if the result is undefined', () => {
  const asked: string[] = [];
  const lengthOf = memoize((text) => {
    asked.push(text);
    return text === '' ? undefined : text.length;
  });
  expect(['abc', '', 'abc', ''].map(lengthOf)).toEqual([3, undefined, 3, undefined]);
  expect(asked).toEqual(['abc', '']);
});
