import { z } from 'zod';
import { count, latency, seconds, text } from '../../../lib/config/fields';
import { limit } from '../exposure';
import { serviceName } from '../values';

/** A number that need not be whole. */
function number(least: number, most: number, expected: string) {
  return z.number({ error: expected }).min(least, expected).max(most, expected);
}

const rate = number(0.01, 1_000_000, 'requests per second such as 500, or by service such as { api: 500 }');
const percentage = (least: number, most: number) =>
  number(least, most, `a percentage such as 99.9, from ${least} to ${most}`);

const measured = z.strictObject({
  cpuPerRequest: latency.prefault('10ms').describe('The CPU time of one request'),
  concurrency: count(1, 100_000)
    .optional()
    .describe('The requests that one pod works on at the same time; when absent, CPU alone limits it'),
  streams: count(1, 100_000).default(50).describe('The streams that one pod holds open'),
});

const assumed = z
  .strictObject({
    podAvailability: percentage(50, 99.999)
      .default(99)
      .describe('How much of the time one pod is there, in %: the rest are drains and restarts'),
    edgeAvailability: percentage(50, 100).default(99.99).describe('Of the edge of the cluster, in %'),
    serverAvailability: percentage(50, 100)
      .default(99.95)
      .describe('Of a server outside the cluster, and of a PostgreSQL cluster with replicas, in %'),
    quietLoad: percentage(1, 100).default(25).describe('The load at quiet times, in % of the peak'),
    restoreSpeed: count(1, 10_000).default(50).describe('The speed of a restore, in MB per second'),
  })
  .prefault({})
  .describe('What the arithmetic assumes where nothing was measured');

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const TIME = '([01]\\d|2[0-3]):[0-5]\\d';

/** A weekly time, in UTC. */
const maintenance = text(
  new RegExp(`^(${DAYS.join('|')}) (?!(.{5})-\\2)${TIME}-${TIME}$`),
  'a day and two different times in UTC such as Sun 02:00-04:00',
).transform((given) => {
  const [day = '', times = ''] = given.split(' ');
  const [from = 0, to = 0] = times.split('-').map((time) => {
    const [hours, minutes] = time.split(':').map(Number) as [number, number];
    return 60 * hours + minutes;
  });
  return { text: given, day: DAYS.indexOf(day), from, minutes: to > from ? to - from : to - from + 24 * 60 };
});

/** What is asked of an application: the inputs of the arithmetic, and its assumptions. Source: seed 003, "Non-Functional Requirements". */
export const requirements = z.strictObject({
  users: count(1, 1_000_000_000)
    .optional()
    .describe('Users at the same time. Without requestsPerSecond, the requests follow from them'),
  thinkTime: latency
    .optional()
    .describe(
      'The time between an answer and the next request of a user: 10s when absent; not beside requestsPerSecond',
    ),
  requestsPerSecond: z
    .union([rate, z.record(serviceName, rate)], {
      error: 'requests per second such as 500, or by service such as { api: 500 }',
    })
    .optional()
    .describe('Requests per second at the peak, by service; a number is of the API, or of the only service'),
  p95: z
    .record(serviceName, latency)
    .default({})
    .describe('The 95th percentile of response times, by service: an alert fires above it'),
  availability: percentage(95, 99.999)
    .optional()
    .describe('The requests that are answered without an error, in %; monitoring.availability follows from it'),
  rateLimit: limit
    .optional()
    .describe('Of each client address at every host that says no other: 100/min, or average per second and burst'),
  streams: z
    .record(serviceName, count(1, 1_000_000))
    .default({})
    .describe('Streams and WebSockets that are open at the same time, by service'),
  databaseTime: latency
    .optional()
    .describe(
      'How long one request keeps a database connection: database.poolSize follows from it. When absent, poolSize stays, and advice assumes 20ms',
    ),
  measured: z.record(serviceName, measured.prefault({})).default({}).describe('What was measured, by service'),
  headroom: number(1, 10, 'a factor such as 1.5')
    .default(1.5)
    .describe('The most pods, as a multiple of those at the peak: 1.5 carries it with one of three zones away'),
  assumed,
  rpo: seconds
    .optional()
    .describe('How much of the newest data may be lost (recovery point objective): backups.every follows from it'),
  rto: seconds.optional().describe('How long a restore may take (recovery time objective): the limit of its drill'),
  retention: z
    .strictObject({
      daily: count(1, 366).default(7).describe('Of days'),
      weekly: count(0, 520).default(4).describe('Of weeks'),
      monthly: count(0, 240).default(12).describe('Of months'),
    })
    .optional()
    .describe('How many dumps are kept: backups.keep follows from it'),
  maintenance: maintenance
    .optional()
    .describe('The weekly time in UTC in which it may be down: an annotation of its namespaces'),
  logRetention: text(/^[1-9]\d{0,3}d$/, 'a number of days such as 30d')
    .transform((given) => Number.parseInt(given, 10))
    .optional()
    .describe('How long logs are kept, in days: not longer than Loki of platform.yaml keeps them'),
  ai: z
    .strictObject({
      requestsPerDay: count(1, 1_000_000_000).describe('Requests to models in a day'),
      inputTokens: count(1, 10_000_000).describe('Of one request'),
      outputTokens: count(1, 10_000_000).describe('Of one request'),
    })
    .optional()
    .describe('The use of language models: its cost, and an alert on twice its tokens of a day'),
});

/** What is asked of an application, with defaults filled in. */
export type RequirementsConfig = z.output<typeof requirements>;

/** The assumptions about a service of which nothing was measured. */
export const UNMEASURED = measured.parse({});
