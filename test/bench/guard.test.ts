import { formatJudgements, judge, lower, TENANTS } from '../../bench/guard';
import type { Row } from '../../bench/result';

const HELM = { name: 'helm template', least: { wall: 1, cpu: 100, memory: 1 } };
const row = (name: string, ratio: number): Row => ({ name, least: { wall: 99, cpu: 100 * ratio, memory: 99 } });
const figures = (...rows: Row[]) => ({ sizes: [{ tenants: TENANTS, objects: 3, rows: [HELM, ...rows] }] });
const judged = (rows: Row[], reference = figures()) => judge([HELM, ...rows], reference);

test('a ratio of more than 1.3 times the reference is a regression, whatever wall time and memory are', () => {
  const [fine, slow] = judged(
    [row('berth, a', 2.6), row('berth, b', 2.61)],
    figures(row('berth, a', 2), row('berth, b', 2)),
  );
  expect(fine?.isRegression).toBe(false);
  expect(slow?.isRegression).toBe(true);
});

test('other tools are not judged, nor what mostly waits for the file system', () => {
  for (const name of ['cdk8s synth', 'berth, without dist'])
    expect(judged([row(name, 9)], figures(row(name, 1)))).toEqual([]);
});

test('what was not measured, or has no reference at that size, is a regression', () => {
  const smaller = { sizes: [{ tenants: 10, objects: 3, rows: [HELM, row('berth, a', 1)] }] };
  for (const judgements of [
    judged([row('berth, a', 1)], smaller),
    judged([{ name: 'berth, a' }], figures(row('berth, a', 1))),
    judged([], figures(row('berth, a', 1))),
  ])
    expect(judgements).toMatchObject([{ name: 'berth, a', isRegression: true }]);
});

test('after a second measurement, the lower ratio of each counts', () => {
  const reference = figures(row('berth, a', 1), row('berth, b', 1));
  const first = judged([row('berth, a', 1.5), row('berth, b', 1.1)], reference);
  const second = judged([row('berth, a', 1.2), row('berth, b', 1.4)], reference);
  expect(lower(first, second).map(({ ratio }) => ratio)).toEqual([1.2, 1.1]);
  expect(lower(first, [])).toEqual(first);
});

test('a regression names the ratio, the reference and the remedy', () => {
  const text = formatJudgements(judged([row('berth, a', 3)], figures(row('berth, a', 2))));
  expect(text).toContain('berth, a: 3.00 × the CPU time of helm template, which is 1.50 times the 2.00 ×');
  expect(text).toContain('npm run bench -- --out bench');
});
