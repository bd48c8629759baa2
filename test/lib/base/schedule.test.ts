import { lastRunBefore, longestGap, runsOf } from '../../../lib/base/schedule';

const DAILY = 4 * 365 + 1;

test.each([
  ['28 2 * * *', DAILY],
  ['0 28 2 * * *', DAILY],
  ['@daily', DAILY],
  ['CRON_TZ=UTC 28 2 * * *', DAILY],
  ['0 */6 * * *', 4 * DAILY],
  ['0,30 8-17/3 * * *', 2 * 4 * DAILY],
  ['0 0 1 1 *', 4],
  ['0 0 29 feb *', 1],
  ['0 0 1 * ?', 48],
  // 2025 begins on a Wednesday, and 2028 ends on a Sunday.
  ['0 0 * * 7', 209],
  ['0 0 * * SUN', 209],
  // Date and weekday are both restricted, so either matches: 48 firsts of a month, 6 of which are Sundays.
  ['0 0 1 * 0', 48 + 209 - 6],
])('%s runs %d times in four years', (schedule, runs) => {
  expect(runsOf(schedule)).toBe(runs);
});

test.each(['', 'never', '0 0 * *', '60 0 * * *', '0 0 * * FRI-MON', '*/0 * * * *', 'constructor', undefined])(
  '%s is nothing to count',
  (schedule) => {
    expect(runsOf(schedule)).toBeUndefined();
  },
);

test.each([
  ['28 2 * * *', '2026-03-10T02:29:00Z', '2026-03-10T02:28:00.000Z'],
  ['28 2 * * *', '2026-03-10T02:28:00Z', '2026-03-09T02:28:00.000Z'],
  ['0 28 2 * * *', '2026-03-10T01:00:00Z', '2026-03-09T02:28:00.000Z'],
  ['*/15 8-17 * * *', '2026-03-10T12:20:00Z', '2026-03-10T12:15:00.000Z'],
  // 2026-03-09 is a Monday.
  ['0 2 * * 1-5', '2026-03-09T01:00:00Z', '2026-03-06T02:00:00.000Z'],
  ['0 0 29 feb *', '2026-03-10T00:00:00Z', '2024-02-29T00:00:00.000Z'],
])('%s was last due before %s at %s', (schedule, time, expected) => {
  expect(lastRunBefore(schedule, new Date(time))?.toISOString()).toBe(expected);
});

test.each(['never', '0 0 31 feb *'])('%s was never due', (schedule) => {
  expect(lastRunBefore(schedule, new Date('2026-03-10T00:00:00Z'))).toBeUndefined();
});

test.each([
  ['0 0 1 * * *', 1],
  ['0 0 */6 * * *', 1],
  ['0 0 1 * * 0', 7],
  ['0 0 1 * * 1-5', 3],
  ['0 0 1 1 * *', 31],
  ['0 0 1 29 2 *', DAILY],
  ['nonsense', DAILY],
])('%s leaves %d days between two runs', (schedule, days) => {
  expect(longestGap(schedule)).toBe(days);
});
