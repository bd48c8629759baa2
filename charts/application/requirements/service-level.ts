import { BURN_RATES } from '../../../lib/model/requirements';
import type { RateLimit } from '../../../lib/model/site';
import { hostNameOf } from '../exposure';
import type { ApplicationConfig } from '../settings';
import { burnOf, costOfMonth, errorBudget, hoursOfMonth, ofOneUser, shown, tokensOfDay } from './arithmetic';
import type { Load } from './load';
import { joined, type Part, row, textRow } from './part';
import type { RequirementsConfig } from './settings';

const WORKBOOK = 'Site Reliability Workbook, chapter 5';

function availability({ monitoring }: ApplicationConfig, given: RequirementsConfig): Partial<Part> {
  const { availability: target } = given;
  if (target === undefined) return {};
  const isOther = monitoring.availability !== target;
  return {
    rows: [
      row('error budget in 30 days', errorBudget(target), 'availability', { unit: ' min', source: WORKBOOK }),
      ...BURN_RATES.map(({ rate, long, short, severity }) =>
        row(
          `errors in ${long} and ${short} that ${severity === 'critical' ? 'page' : 'open a ticket'}`,
          burnOf(rate, target),
          'availability',
          { unit: ' %', source: WORKBOOK },
        ),
      ),
    ],
    settings: [{ path: ['monitoring', 'availability'], value: target, from: 'availability' }],
    problems: isOther
      ? [
          {
            path: ['monitoring', 'availability'],
            message: `given ${monitoring.availability} beside requirements.availability ${target}, expected one of the two`,
          },
        ]
      : [],
  };
}

/** The largest bucket of Traefik's histogram of response times, in seconds. Source: doc.traefik.io, Metrics. */
const TRAEFIK_MOST = 5;

function unmeasured(targets: readonly (readonly [string, number])[], why: string): string[] {
  const names = targets.map(([name]) => name).join(', ');
  return targets.length === 0 ? [] : [`requirements.p95 of ${names} has no alert: ${why}`];
}

/** What no edge can measure. */
function responseTimes(
  { services, hosts, edge, monitoring }: ApplicationConfig,
  { p95 }: RequirementsConfig,
): Partial<Part> {
  const isTraefik = edge?.kind === 'traefik' || (edge?.kind === 'gateway' && edge.implementation === 'traefik');
  const isEnvoy = edge?.kind === 'gateway' && edge.implementation === 'envoy';
  const ofEdge = Object.entries(p95).filter(
    ([name]) => monitoring.metrics.requests === undefined || services[name]?.metrics === undefined,
  );
  const routes = Object.values(services).flatMap(({ exposed }) => exposed);
  const streams = (name: string | undefined) =>
    hosts[name ?? '']?.stream !== undefined ||
    routes.some((one) => hostNameOf(hosts, one) === name && one.stream !== undefined);
  return {
    rows: Object.entries(p95).map(([name, most]) =>
      textRow(
        `95th percentile of response times of ${name}`,
        `below ${shown(most)} s`,
        'an alert when it is not, for 10 min',
        `p95.${name}`,
      ),
    ),
    problems: ofEdge
      .filter(([, most]) => isTraefik && most > TRAEFIK_MOST)
      .map(([name, most]) => ({
        path: ['requirements', 'p95', name],
        message: `given ${shown(most)}s, expected at most ${TRAEFIK_MOST}s, the last bucket of Traefik's histogram, or monitoring.metrics.requests and metrics of ${name}`,
      })),
    notices: [
      ...unmeasured(
        Object.entries(p95).filter(([name]) => services[name]?.exposed.length === 0),
        'only requests through the edge are measured',
      ),
      ...unmeasured(
        ofEdge.filter(([name]) => isEnvoy && services[name]?.exposed.some((one) => streams(hostNameOf(hosts, one)))),
        'Envoy measures until the end of a stream, and their host has streams; monitoring.metrics.requests, with metrics of each, would tell',
      ),
    ],
  };
}

function perMinute({ average, per }: RateLimit): number {
  return per === 'minute' ? average : 60 * average;
}

function rateLimit(
  { hosts }: ApplicationConfig,
  { rateLimit: given, users }: RequirementsConfig,
  load: Load,
): Partial<Part> {
  if (given === undefined) return {};
  const most = perMinute(given);
  const own = Object.keys(hosts).filter((name) => {
    const other = hosts[name]?.rateLimit;
    return other !== undefined && perMinute(other) !== most;
  });
  const limitRow = textRow(
    'requests of one client address in a minute, on average',
    String(most),
    `${given.burst} at once; an office behind one address counts as one user, and n proxies of the edge allow n times as much`,
    'rateLimit',
  );
  const notices = own.map(
    (name) =>
      `hosts.${name}.rateLimit is another limit than requirements.rateLimit (${most} a minute), and counts there`,
  );
  if (users === undefined || load.total === 0) return { rows: [limitRow], notices };
  const one = ofOneUser(load.total, users);
  return {
    rows: [row('requests of one user in a minute', one, 'rateLimit'), limitRow],
    notices,
    problems:
      one.value <= most
        ? []
        : [
            {
              path: ['requirements', 'rateLimit'],
              message: `given ${most} a minute, and each user sends ${shown(one.value)} (${one.formula}), expected at least that many, or no rateLimit`,
            },
          ],
  };
}

function maintenance({ maintenance: given }: RequirementsConfig): Partial<Part> {
  if (given === undefined) return {};
  const { day, from, minutes } = given;
  const duration = minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
  return {
    rows: [
      row('maintenance in a month, outside of the error budget', hoursOfMonth(minutes), 'maintenance', { unit: ' h' }),
      textRow(
        'window of Argo CD for it, as argocd.windows of platform.yaml',
        `{ schedule: "${from % 60} ${Math.floor(from / 60)} * * ${day}", duration: ${duration} }`,
        given.text,
        'maintenance',
      ),
    ],
  };
}

/** The tokens of language models that a day should need. @default - it is not said */
export function dailyTokens(given: RequirementsConfig | undefined): number | undefined {
  if (given?.ai === undefined) return undefined;
  const { requestsPerDay, inputTokens, outputTokens } = given.ai;
  return tokensOfDay(requestsPerDay, inputTokens, outputTokens).value;
}

function models({ services, monitoring }: ApplicationConfig, { ai }: RequirementsConfig): Partial<Part> {
  if (ai === undefined) return {};
  const tokens = tokensOfDay(ai.requestsPerDay, ai.inputTokens, ai.outputTokens);
  const { prices } = monitoring.metrics.ai;
  const isCounted = Object.values(services).some(({ metrics }) => metrics?.tokens);
  return {
    rows: [
      row('tokens of language models in a day', tokens, 'ai'),
      row('tokens in a day that are an alert', { value: 2 * tokens.value, formula: `2 × ${tokens.formula}` }, 'ai'),
      ...(prices === undefined
        ? []
        : [row('language models in a month', costOfMonth(ai, prices), 'ai', { unit: ' US$' })]),
    ],
    notices: [
      ...(isCounted ? [] : ['requirements.ai has no alert: no service says metrics: { path: /metrics, tokens: true }']),
      ...(prices === undefined ? ['requirements.ai has no cost: monitoring.metrics.ai.prices says none'] : []),
    ],
  };
}

/** Targets that nobody is told of. */
function untold(
  { monitoring }: ApplicationConfig,
  { availability: target, p95, rpo, ai }: RequirementsConfig,
): Partial<Part> {
  const isAsked = [target, rpo, ai, ...Object.values(p95)].some((one) => one !== undefined);
  return monitoring.enabled || !isAsked ? {} : { notices: ['requirements has no alerts: monitoring.enabled is false'] };
}

/** What follows for alerts, the edge, maintenance and language models. */
export function serviceLevelOf(
  settings: ApplicationConfig,
  given: RequirementsConfig,
  load: Load,
  development: boolean,
): Part {
  return joined([
    availability(settings, given),
    responseTimes(settings, given),
    rateLimit(settings, given, load),
    maintenance(given),
    models(settings, given),
    ...(development ? [] : [untold(settings, given)]),
  ]);
}
