import { median } from '../../bench/measure';
import { rowsOf } from '../../bench/result';

const usage = (wall: number) => ({ wall, cpu: wall * 2, memory: 10 });

test('a median is the middle, or the mean of the two in the middle', () => {
  expect(median([30, 1, 2])).toBe(2);
  expect(median([40, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
});

test('a ratio is the median of the ratios within rounds, not the ratio of medians', () => {
  // The machine was slow in the second round, for both.
  const samples = new Map([
    ['helm', [100, 1000, 110].map(usage)],
    ['berth', [210, 2000, 100].map(usage)],
  ]);
  const [helm, berth] = rowsOf(samples, 'helm');
  expect(helm).toEqual({ name: 'helm', median: usage(110), least: usage(100), ratio: { wall: 1, cpu: 1, memory: 1 } });
  expect(berth).toEqual({
    name: 'berth',
    median: usage(210),
    least: usage(100),
    ratio: { wall: 2, cpu: 2, memory: 1 },
  });
});

test('a tool that took too long has no figures, and without the compared one there are no ratios', () => {
  expect(rowsOf(new Map([['kustomize', undefined]]), 'helm')).toEqual([{ name: 'kustomize' }]);
  expect(rowsOf(new Map([['berth', [usage(5)]]]), 'helm')).toEqual([
    { name: 'berth', median: usage(5), least: usage(5) },
  ]);
});
