const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The numbers of a cron field such as `1-5,20`, or undefined if it is invalid. */
function numbersOf(field: string, first: number, last: number, names: readonly string[] = []): Set<number> | undefined {
  const numberOf = (text: string) => (names.includes(text) ? names.indexOf(text) : Number(text));
  const all = new Set<number>();
  for (const part of field.toLowerCase().split(',')) {
    const [, range, start = '', end, step] = /^(\*|\?|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? [];
    const isAny = range === '*' || range === '?';
    const from = isAny ? first : numberOf(start);
    const single = step === undefined ? from : last;
    const to = isAny ? last : end === undefined ? single : numberOf(end);
    if (range === undefined || !(first <= from && from <= to && to <= last) || step === '0') return undefined;
    for (let one = from; one <= to; one += Number(step ?? 1)) all.add(one);
  }
  return all;
}

const DAY = 24 * 60 * 60 * 1000;

/** A schedule, as the times of a day and a test for days. Times are in UTC. */
interface Schedule {
  readonly seconds: ReadonlySet<number>;
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly isOn: (day: Date) => boolean;
}

/** A schedule of five fields, or six with seconds first (CloudNativePG), or undefined if it is invalid. */
function scheduleOf(schedule: unknown): Schedule | undefined {
  const text = String(schedule).trim();
  const macro = Object.hasOwn(MACROS, text) ? MACROS[text] : undefined;
  const fields = (macro ?? text).replace(/^(CRON_)?TZ=\S+\s+/, '').split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) return undefined;
  const [minute, hour, date, month, weekday] = fields.slice(-5) as [string, string, string, string, string];
  const seconds = fields.length === 6 ? numbersOf(fields[0] as string, 0, 59) : new Set([0]);
  const [minutes, hours] = [numbersOf(minute, 0, 59), numbersOf(hour, 0, 23)];
  const [dates, months] = [numbersOf(date, 1, 31), numbersOf(month, 1, 12, MONTHS)];
  const weekdays = numbersOf(weekday, 0, 7, WEEKDAYS);
  if (!seconds || !minutes || !hours || !dates || !months || !weekdays) return undefined;
  // If both date and weekday are restricted, either matches.
  const either = ![date, weekday].some((field) => /^[*?](\/1)?$/.test(field));
  const isOn = (day: Date) => {
    const onDate = dates.has(day.getUTCDate());
    const onWeekday = weekdays.has(day.getUTCDay()) || (day.getUTCDay() === 0 && weekdays.has(7));
    return months.has(day.getUTCMonth() + 1) && (either ? onDate || onWeekday : onDate && onWeekday);
  };
  return { seconds, minutes, hours, isOn };
}

/** The start and length of a period that contains every date: four years. */
const START = Date.UTC(2025, 0, 1);
const DAYS = 4 * 365 + 1;

/**
 * How often a schedule runs in four years, or undefined if it is invalid.
 * Sources: kubernetes.io, CronJob, Schedule syntax; cloudnative-pg.io, ScheduledBackup.
 */
export function runsOf(schedule: unknown): number | undefined {
  const parsed = scheduleOf(schedule);
  if (parsed === undefined) return undefined;
  const { seconds, minutes, hours, isOn } = parsed;
  const days = Array.from({ length: DAYS }, (_, index) => new Date(START + index * DAY)).filter(isOn).length;
  return seconds.size * minutes.size * hours.size * days;
}

/** The largest number of days between two days on which a schedule runs: 1 for a daily one. @returns four years if it never does */
export function longestGap(schedule: unknown): number {
  const isOn = scheduleOf(schedule)?.isOn ?? (() => false);
  const days = Array.from({ length: DAYS }, (_, index) => index).filter((index) => isOn(new Date(START + index * DAY)));
  const gaps = days.slice(1).map((day, index) => day - (days[index] as number));
  return gaps.length === 0 ? DAYS : Math.max(...gaps);
}

/** The last time, to the minute, at which a schedule in UTC was due before another time, or undefined if there is none in four years. */
export function lastRunBefore(schedule: unknown, time: Date): Date | undefined {
  const parsed = scheduleOf(schedule);
  if (parsed === undefined) return undefined;
  const { minutes, hours, isOn } = parsed;
  const midnight = Math.floor(time.getTime() / DAY) * DAY;
  for (let index = 0; index < DAYS; index += 1) {
    const day = midnight - index * DAY;
    if (!isOn(new Date(day))) continue;
    const times = [...hours].flatMap((hour) => [...minutes].map((minute) => day + (hour * 60 + minute) * 60_000));
    const past = times.filter((one) => one < time.getTime());
    if (past.length > 0) return new Date(Math.max(...past));
  }
  return undefined;
}
