import type { Tier } from '../../../lib/config/environment';

/** A number, and how it is calculated, with the numbers filled in. */
export interface Calculated {
  readonly value: number;
  readonly formula: string;
}

/** The part of the requested CPU that an autoscaler keeps pods at, in %. */
export const CPU_TARGET = 70;

/** Connections beyond those that are busy on average. */
const POOL_MARGIN = 1.5;
/** The days of an error budget. */
const BUDGET_DAYS = 30;
const DAYS_OF_MONTH = 30.4;

/** A number as formulas show it. */
export function shown(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Math.abs(value) < 1000 ? Number(value.toPrecision(4)) : Math.round(value));
}

/** Rounds up, but not what is above a whole number only because a binary fraction is inexact. */
function up(value: number): number {
  return Math.ceil(Number(value.toPrecision(9)));
}

/** The requests per second of users that wait for each answer, and think before the next request. Source: interactive response-time law. */
export function requestsOfUsers(users: number, think: number, answer: number): Calculated {
  return { value: users / (think + answer), formula: `${users} / (${shown(think)} s + ${shown(answer)} s)` };
}

/** The seconds between an answer and the next request; below 0, so few users cannot send so much. Source: the same law. */
export function thinkTime(users: number, requests: number, answer: number): Calculated {
  return {
    value: Number((users / requests - answer).toFixed(9)),
    formula: `${users} / ${shown(requests)} − ${shown(answer)} s`,
  };
}

/** The pods whose CPU is at the autoscaler's target. Source: kubernetes.io, Horizontal Pod Autoscaling, Algorithm details. */
export function podsByCpu(requests: number, perRequest: number, cores: number): Calculated {
  const target = CPU_TARGET / 100;
  return {
    value: up((requests * perRequest) / (cores * target)),
    formula: `⌈${shown(requests)} × ${shown(perRequest)} / (${shown(cores)} × ${target})⌉`,
  };
}

/** The pods that work on all requests at once. Source: Little's law. */
export function podsByConcurrency(requests: number, answer: number, concurrency: number): Calculated {
  return {
    value: up((requests * answer) / concurrency),
    formula: `⌈${shown(requests)} × ${shown(answer)} / ${concurrency}⌉`,
  };
}

/** The pods that hold all streams. */
export function podsByStreams(streams: number, perPod: number): Calculated {
  return { value: up(streams / perPod), formula: `⌈${streams} / ${perPod}⌉` };
}

/** The requests that each pod works on at once. Source: Little's law. */
export function inFlight(requests: number, answer: number, pods: number): Calculated {
  return {
    value: up((requests * answer) / pods),
    formula: `⌈${shown(requests)} × ${shown(answer)} / ${pods}⌉`,
  };
}

/** The CPU target in % at which an autoscaler has so many pods at the peak, though CPU alone would need fewer. */
export function cpuTarget(requests: number, perRequest: number, cores: number, pods: number): Calculated {
  const value = Math.floor(Number(((100 * requests * perRequest) / (cores * pods)).toPrecision(9)));
  return {
    value: Math.min(CPU_TARGET, value),
    formula: `⌊100 × ${shown(requests)} × ${shown(perRequest)} / (${shown(cores)} × ${pods})⌋`,
  };
}

/** The least replicas: as many as have the availability together, and one that is being replaced. Both in %. Source: independent failures. */
export function floorOf(availability: number, pod: number): Calculated {
  const together = Math.log((100 - availability) / 100) / Math.log((100 - pod) / 100);
  return {
    value: Math.max(1, up(together)) + 1,
    formula: `⌈ln(${shown((100 - availability) / 100)}) / ln(${shown((100 - pod) / 100)})⌉ + 1`,
  };
}

/** The least pods of an autoscaler: for the quiet load, in % of the peak, and not below the floor. */
export function leastPods(peak: number, quiet: number, floor: number): Calculated {
  return { value: Math.max(floor, up((peak * quiet) / 100)), formula: `max(${floor}, ⌈${peak} × ${quiet} %⌉)` };
}

/** The most pods, which are not fewer than the least. */
export function mostPods(peak: number, headroom: number, least: number): Calculated {
  return { value: Math.max(least, up(peak * headroom)), formula: `max(${least}, ⌈${peak} × ${headroom}⌉)` };
}

/** A number of pods in a tier: outside production half of it, rounded up. */
export function inTier(tier: Tier, pods: Calculated): Calculated {
  const { value, formula } = pods;
  if (tier === 'production') return pods;
  return { value: Math.ceil(value / 2), formula: `⌈${value} / 2⌉ with ${value} = ${formula}` };
}

/** The minutes of 30 days in which requests may fail. */
export function errorBudget(availability: number): Calculated {
  const part = (100 - availability) / 100;
  return { value: part * BUDGET_DAYS * 24 * 60, formula: `${shown(part)} × ${BUDGET_DAYS} × 24 × 60` };
}

/** The part of requests, in %, above which a burn rate of the error budget is exceeded. Source: the Site Reliability Workbook, chapter 5. */
export function burnOf(rate: number, availability: number): Calculated {
  const budget = 100 - availability;
  return { value: rate * budget, formula: `${rate} × ${shown(budget)} %` };
}

/** The connections of each pod. Source: Little's law, with a margin for requests that come together. */
export function poolOf(requests: number, databaseTime: number, pods: number): Calculated {
  return {
    value: Math.max(2, up((POOL_MARGIN * requests * databaseTime) / pods)),
    formula: `max(2, ⌈${POOL_MARGIN} × ${shown(requests)} × ${shown(databaseTime)} / ${pods}⌉)`,
  };
}

/** The connections that work at the same time. Source: Little's law. */
export function busyConnections(requests: number, databaseTime: number): Calculated {
  return { value: requests * databaseTime, formula: `${shown(requests)} × ${shown(databaseTime)}` };
}

/** The connections that the cores of a server can work for; more only queue. Source: HikariCP, About Pool Sizing. */
export function usefulConnections(cores: number): Calculated {
  return { value: 2 * cores + 1, formula: `2 × ${shown(cores)} + 1` };
}

/** The requests of one user in a minute. */
export function ofOneUser(requests: number, users: number): Calculated {
  return { value: (60 * requests) / users, formula: `60 × ${shown(requests)} / ${users}` };
}

/** The minutes of a restore. */
export function restoreMinutes(bytes: number, megabytesPerSecond: number): Calculated {
  const gibibytes = shown(bytes / 2 ** 30);
  return { value: bytes / (megabytesPerSecond * 1e6 * 60), formula: `${gibibytes} GiB / ${megabytesPerSecond} MB/s` };
}

/** The hours of a month that a weekly time makes. */
export function hoursOfMonth(minutes: number): Calculated {
  return { value: ((minutes / 60) * 52) / 12, formula: `${shown(minutes / 60)} h × 52 / 12` };
}

/** The tokens of a day. */
export function tokensOfDay(requests: number, input: number, output: number): Calculated {
  return { value: requests * (input + output), formula: `${requests} × (${input} + ${output})` };
}

/** The US$ of a month, by the prices of a million tokens. */
export function costOfMonth(
  {
    requestsPerDay,
    inputTokens,
    outputTokens,
  }: Readonly<Record<'requestsPerDay' | 'inputTokens' | 'outputTokens', number>>,
  prices: { readonly input: number; readonly output: number },
): Calculated {
  const each = inputTokens * prices.input + outputTokens * prices.output;
  return {
    value: (DAYS_OF_MONTH * requestsPerDay * each) / 1e6,
    formula: `${DAYS_OF_MONTH} × ${requestsPerDay} × (${inputTokens} × ${prices.input} + ${outputTokens} × ${prices.output}) / 10⁶`,
  };
}

/** A percentage as formulas show it: rounded down, so that only what is 100 % is shown as such. */
export function percent(value: number): string {
  return value >= 100 ? '100 %' : `${Math.min(99.9999, Math.floor(value * 1e4 + 1e-6) / 1e4)} %`;
}

/** The availability of what stands in series, in %. Source: series systems. */
export function inSeries(parts: readonly { readonly name: string; readonly value: number }[]): Calculated {
  return {
    value: 100 * parts.reduce((product, { value }) => product * (value / 100), 1),
    formula: parts.map(({ name, value }) => `${name} ${percent(value)}`).join(' × '),
  };
}

/** The availability of replicas of which one is enough, in %. Source: independent failures. */
export function ofReplicas(replicas: number, pod: number): number {
  return 100 * (1 - (1 - pod / 100) ** replicas);
}
