import { keep } from '../../../lib/base/keep';

test('each text is asked for once, even where there is no answer', () => {
  const asked: string[] = [];
  const lengthOf = keep((text) => {
    asked.push(text);
    return text === '' ? undefined : text.length;
  });
  expect(['abc', '', 'abc', ''].map(lengthOf)).toEqual([3, undefined, 3, undefined]);
  expect(asked).toEqual(['abc', '']);
});
