import { Duration } from '../../../lib/model/units';
import { dumpSchedule } from '../../../lib/parts/restic';

test.each([
  [24, 2, '7 2 * * *', 30],
  [12, 14, '7 2,14 * * *', 18],
  [6, 2, '7 2,8,14,20 * * *', 12],
  [3, 2, '7 2,5,8,11,14,17,20,23 * * *', 9],
  [1, 2, '7 * * * *', 7],
])('every %d hours, of which one is %d', (every, hour, cron, oldest) => {
  const { schedule, maxAge } = dumpSchedule(7, { hour, every }, Duration.hours(6));
  expect([schedule?.cron, maxAge?.toSeconds()]).toEqual([cron, oldest * 3600]);
});

test('every day, where nothing else is said', () => {
  expect(dumpSchedule(7, { hour: 2 }, Duration.hours(6)).schedule).toEqual({ cron: '7 2 * * *' });
});
