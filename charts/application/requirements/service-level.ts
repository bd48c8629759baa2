import { BURN_RATES } from '../../../lib/model/requirements';
import type { RateLimit } from '../../../lib/model/site';
import { hostNameOf } from '../exposure';
import type { ApplicationConfig } from '../settings';
import { burnOf, costOfMonth, errorBudget, hoursOfMonth, ofOneUser, shown, tokensOfDay } from './arithmetic';
import type { Load } from './load';
import { joined, type Part, row, textRow } from './part';
import type { RequirementsConfig } from './settings';

const WORKBOOK = 'Site Reliability Workbook, chapter 5';

function availability({ monitoring, services }: ApplicationConfig, given: RequirementsConfig): Partial<Part> {
  const { availability: target } = given;
  if (target === undefined) return {};
  const isOther = monitoring.availability !== target;
  const isMeasured = monitoring.enabled && Object.values(services).some(({ exposed }) => exposed.length > 0);
  return {
    rows: [
      row('error budget in 30 days', errorBudget(target), 'availability', { unit: ' min', source: WORKBOOK }),
      ...(isMeasured ? BURN_RATES : []).map(({ rate, long, short, severity }) =>
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

/** The largest bucket of an edge's histogram of response times, in seconds. Sources: doc.traefik.io, Metrics; ingress-nginx, Monitoring. */
const LAST_BUCKETS = { Traefik: 5, 'ingress-nginx': 10 } as const;

/** The edge that measures response times, where its histogram ends early. */
function shortHistogram({ edge }: ApplicationConfig): keyof typeof LAST_BUCKETS | undefined {
  if (edge?.kind === 'gateway') return edge.implementation === 'traefik' ? 'Traefik' : undefined;
  return edge?.kind === 'traefik' ? 'Traefik' : 'ingress-nginx';
}

/** Whether the requests of a service are measured by itself. */
function isMeasuredItself({ services, monitoring }: ApplicationConfig, name: string): boolean {
  return monitoring.metrics.requests !== undefined && services[name]?.metrics !== undefined;
}

/** Why there is no alert on the response times of a service. @default - there is one */
function withoutAlert(settings: ApplicationConfig, name: string): string | undefined {
  const { services, hosts, edge, monitoring } = settings;
  const { exposed = [] } = services[name] ?? {};
  if (!monitoring.enabled) return 'monitoring.enabled is false';
  if (exposed.length === 0) return 'only requests through the edge are measured';
  if (edge?.kind !== 'gateway' || edge.implementation !== 'envoy' || isMeasuredItself(settings, name)) return undefined;
  const routes = Object.values(services).flatMap((one) => one.exposed);
  const hasStreams = exposed
    .map((route) => hostNameOf(hosts, route))
    .some(
      (host) =>
        hosts[host ?? '']?.stream !== undefined ||
        routes.some((route) => hostNameOf(hosts, route) === host && route.stream !== undefined),
    );
  return hasStreams
    ? 'Envoy measures until the end of a stream, and the host has streams; monitoring.metrics.requests, with metrics of the service, would tell'
    : undefined;
}

/** The alerts on response times, and the targets that have none. */
function responseTimes(settings: ApplicationConfig, { p95 }: RequirementsConfig): Partial<Part> {
  const targets = Object.entries(p95).map(([name, most]) => ({ name, most, why: withoutAlert(settings, name) }));
  const untoldWhy = settings.monitoring.enabled ? new Set(targets.flatMap(({ why }) => why ?? [])) : [];
  const edge = shortHistogram(settings);
  const last = edge === undefined ? Number.POSITIVE_INFINITY : LAST_BUCKETS[edge];
  return {
    rows: targets.map(({ name, most, why }) =>
      textRow(
        `95th percentile of response times of ${name}`,
        `below ${shown(most)} s`,
        why === undefined ? 'an alert when it is not, for 10 min' : `no alert: ${why}`,
        `p95.${name}`,
      ),
    ),
    problems: targets
      .filter(({ name, most, why }) => why === undefined && most > last && !isMeasuredItself(settings, name))
      .map(({ name, most }) => ({
        path: ['requirements', 'p95', name],
        message: `given ${shown(most)}s, expected at most ${last}s, the last bucket of ${edge}'s histogram, or monitoring.metrics.requests and metrics of ${name}`,
      })),
    notices: [...untoldWhy].map((reason) => {
      const names = targets.filter(({ why }) => why === reason).map(({ name }) => name);
      return `requirements.p95 of ${names.join(', ')} has no alert: ${reason}`;
    }),
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
  if (Object.keys(hosts).length === 0) return { notices: ['requirements.rateLimit has no effect: there are no hosts'] };
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

function maintenance({ monitoring }: ApplicationConfig, { maintenance: given }: RequirementsConfig): Partial<Part> {
  if (given === undefined) return {};
  const { day, from, minutes } = given;
  const duration = minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
  const { value, formula } = hoursOfMonth(minutes);
  const alerts = monitoring.enabled ? '; the alerts on the error budget fire in it too: silence them' : '';
  return {
    rows: [
      row('maintenance in a month', { value, formula: `${formula}${alerts}` }, 'maintenance', { unit: ' h' }),
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
      ...(isCounted && monitoring.enabled
        ? [
            row(
              'tokens in a day that are an alert',
              { value: 2 * tokens.value, formula: `2 × ${tokens.formula}` },
              'ai',
            ),
          ]
        : []),
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

/** Notices of targets that have no alert. */
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
    maintenance(settings, given),
    models(settings, given),
    ...(development ? [] : [untold(settings, given)]),
  ]);
}
