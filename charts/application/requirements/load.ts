import { expectedOneOf } from '../../../lib/base/nearest';
import { isServer, portsOf } from '../names';
import { presetOf } from '../presets';
import type { ApplicationConfig } from '../settings';
import { requestsOfUsers, shown, thinkTime } from './arithmetic';
import { type Part, row } from './part';
import type { RequirementsConfig } from './settings';

/** The requests per second at the peak, by service. */
export interface Load extends Pick<Part, 'rows' | 'problems'> {
  readonly requests: Readonly<Record<string, number>>;
  /** Of all services. */
  readonly total: number;
  /** The setting that they follow from. */
  readonly from: 'users' | 'requestsPerSecond';
}

/** The time between an answer and the next request of a user, in seconds, where no file says it. */
const USUAL_THINK_TIME = 10;

const RESPONSE_TIME = 'interactive response-time law';

/** The services that requests can go to. */
function listening({ services }: ApplicationConfig): string[] {
  return Object.entries(services).flatMap(([name, one]) => (isServer(one) && portsOf(one).length > 0 ? [name] : []));
}

/** The service that a number without a name is of: the API, or the only one that is exposed, or that listens. @default - it is not clear */
function mainService(settings: ApplicationConfig): string | undefined {
  const all = listening(settings);
  const { pattern, services } = settings;
  const choices = [
    all.filter((name) => presetOf(pattern, name, services[name] ?? {}) === 'api'),
    all.filter((name) => (services[name]?.exposed ?? []).length > 0),
    all,
  ];
  return choices.find(({ length }) => length === 1)?.[0];
}

/** The names of services in requirements that there are not. */
function nameProblems(settings: ApplicationConfig, given: RequirementsConfig): Part['problems'] {
  const known = listening(settings);
  const { requestsPerSecond, p95, streams, measured } = given;
  const byService = {
    requestsPerSecond: typeof requestsPerSecond === 'object' ? requestsPerSecond : {},
    p95,
    streams,
    measured,
  };
  return Object.entries(byService).flatMap(([key, all]) =>
    Object.keys(all)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: ['requirements', key, name],
        message: `given "${name}", ${known.length === 0 ? 'and no service listens' : expectedOneOf(known, name)}`,
      })),
  );
}

/** Requests in flight are requests × p95: without p95, what one pod works on at the same time has no effect. */
function flightProblems({ measured, p95 }: RequirementsConfig): Part['problems'] {
  return Object.entries(measured)
    .filter(([name, { concurrency }]) => concurrency !== undefined && p95[name] === undefined)
    .map(([name]) => ({
      path: ['requirements', 'measured', name, 'concurrency'],
      message: `given concurrency without p95 of ${name}, expected requirements.p95.${name}: requests in flight are requests × p95`,
    }));
}

/** The requests by service, as the file says them or as they follow from users. */
function requestsOf(settings: ApplicationConfig, given: RequirementsConfig): Load {
  const { users, requestsPerSecond, p95 } = given;
  const from = requestsPerSecond === undefined ? 'users' : 'requestsPerSecond';
  const none = { requests: {}, total: 0, from, rows: [], problems: [] } as const;
  if (typeof requestsPerSecond === 'object') {
    const total = Object.values(requestsPerSecond).reduce((sum, one) => sum + one, 0);
    return { ...none, requests: requestsPerSecond, total };
  }
  if (requestsPerSecond === undefined && users === undefined) return none;
  const main = mainService(settings);
  if (main === undefined) {
    const [first = 'api'] = listening(settings);
    const message = `given ${requestsPerSecond ?? users} without the service that it is of, expected requestsPerSecond by service, such as { ${first}: ${requestsPerSecond ?? 100} }`;
    return { ...none, problems: [{ path: ['requirements', from], message }] };
  }
  if (requestsPerSecond !== undefined)
    return { ...none, requests: { [main]: requestsPerSecond }, total: requestsPerSecond };
  const calculated = requestsOfUsers(users as number, given.thinkTime ?? USUAL_THINK_TIME, p95[main] ?? 0);
  const rows = [row(`requests of ${main} at the peak`, calculated, 'users', { unit: '/s', source: RESPONSE_TIME })];
  return { ...none, requests: { [main]: calculated.value }, total: calculated.value, rows };
}

/** The think time says nothing where the requests are said. */
function thinkProblems({ thinkTime: think, requestsPerSecond }: RequirementsConfig): Part['problems'] {
  if (think === undefined || requestsPerSecond === undefined) return [];
  const message = `given thinkTime ${shown(think)}s beside requestsPerSecond, expected one of the two: the think time follows from users and requests`;
  return [{ path: ['requirements', 'thinkTime'], message }];
}

/** Whether so many users can send so many requests: each waits for an answer before the next one. */
function userProblems({ users, requestsPerSecond, p95 }: RequirementsConfig, { requests, total }: Load): Partial<Part> {
  if (users === undefined || requestsPerSecond === undefined || total === 0) return {};
  const busy = Object.entries(requests).reduce((sum, [name, one]) => sum + one * (p95[name] ?? 0), 0);
  const answer = busy / total;
  const think = thinkTime(users, total, answer);
  if (think.value < 0) {
    const most = Math.floor(Number(((1000 * users) / answer).toPrecision(9))) / 1000;
    const message = `given users ${users} and requestsPerSecond ${shown(total)}: each would send ${shown(total / users)} a second with an answer taking ${shown(answer)} s; expected more users, or at most ${most} requests`;
    return { problems: [{ path: ['requirements', 'users'], message }] };
  }
  return { rows: [row('think time of a user', think, 'users', { unit: ' s', source: RESPONSE_TIME })] };
}

/** The requests per second at the peak, by service, with what is wrong with them. */
export function loadOf(settings: ApplicationConfig, given: RequirementsConfig): Load {
  const load = requestsOf(settings, given);
  const { rows = [], problems = [] } = userProblems(given, load);
  return {
    ...load,
    rows: [...load.rows, ...rows],
    problems: [
      ...nameProblems(settings, given),
      ...flightProblems(given),
      ...thinkProblems(given),
      ...load.problems,
      ...problems,
    ],
  };
}
