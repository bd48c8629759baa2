import { randomBytes } from 'node:crypto';
import { counted } from '../../lib/base/counted';
import type { System } from '../../lib/model/system';
import { type AskOptions, ask, type Certificate, type Endpoint, type Reply } from './ask';
import { type CheckRow, failed, notAsked, passed } from './check-row';
import {
  type ClosedPath,
  closedPathsOf,
  type PublicPath,
  publicPathsOf,
  type RedirectingHost,
  redirectingHostsOf,
} from './public-paths';

/** Where a host is reached. */
export interface HostEndpoint extends Endpoint {
  /** Its other addresses in DNS that accept no connection. @default - none */
  readonly dead?: readonly string[];
}

/** How the hosts of a system are reached. */
export interface Reach {
  /** Where a host is reached, or the reason why it is not asked. */
  readonly endpointOf: (host: string) => Promise<HostEndpoint | string>;
  /** Ends all requests. */
  readonly signal: AbortSignal;
}

/** A response, or why there is none. */
export type Outcome = Reply | string;

/** Asks, and returns an error as a text. */
export async function outcomeOf(
  endpoint: Endpoint,
  host: string,
  path: string,
  options: AskOptions = {},
): Promise<Outcome> {
  try {
    return await ask(endpoint, host, path, options);
  } catch (error) {
    if (options.signal?.aborted) return 'the time for all requests is over';
    return `no answer from ${endpoint.address}:${endpoint.port}: ${(error as Error).message}`;
  }
}

const LIMITED = 'answers 429: the edge limits the requests of this machine';

/** A name that no route has. */
const noName = () => `berth-smoke-${randomBytes(6).toString('hex')}`;

/** Whether a status code is that of a success. */
export const isSuccess = (status: number) => status >= 200 && status < 300;

/** `answers 301 to https://example.com/` */
const answerOf = ({ status, location }: Reply) => `answers ${status}${location === undefined ? '' : ` to ${location}`}`;

/** Where a redirect of a host leads. @default - it is none, or no URL */
function targetOf({ location }: Reply, host: string): URL | undefined {
  if (location === undefined || !URL.canParse(location, `http://${host}`)) return undefined;
  return new URL(location, `http://${host}`);
}

const isSame = (one: Outcome, other: Outcome) =>
  typeof one !== 'string' && typeof other !== 'string' && one.status === other.status && one.body === other.body;

/** What is asked of hosts. */
interface Asked {
  readonly paths: readonly PublicPath[];
  readonly closed: readonly ClosedPath[];
  readonly redirecting: readonly RedirectingHost[];
}

/** One host, and what it takes to ask it. */
interface Host {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly get: (path: string) => Promise<Outcome>;
  /** What the edge answers for a host that no route has. */
  readonly unknown: Outcome;
}

/**
 * Other ways to write a path, which an edge may forward and a service may read as the path itself.
 * Source: RFC 3986, section 6.2, Comparison Ladder.
 */
function spellingsOf(path: string): string[] {
  const [, parent = '', last = ''] = /^(.*)\/([^/]+)\/*$/.exec(path) ?? [];
  if (last === '') return [];
  const encoded = `%${last.charCodeAt(0).toString(16)}${last.slice(1)}`;
  const names = [`/${last}`, `./${last}`, `x/../${last}`, encoded, last.toUpperCase()];
  const ofParent = parent === '' ? [] : [`/${parent}/${last}`, `${parent}%2F${last}`];
  return [...names.map((name) => `${parent}/${name}`), ...ofParent];
}

/** What a path that clients use has to answer. */
function judgePublic(
  { host, path, asked, isHealth, isGrpc, ranges }: PublicPath,
  answer: Outcome,
  unknown: Outcome,
): CheckRow {
  const what = `${host}${asked}`;
  if (typeof answer === 'string') return failed(what, answer);
  const { status } = answer;
  if (status === 403 && ranges !== undefined)
    return notAsked(what, `answers 403: this machine is not in ${ranges.join(', ')}`);
  if (status === 429) return notAsked(what, LIMITED);
  if (isGrpc) return notAsked(what, 'is gRPC');
  if (isHealth) {
    // Unlike a probe, which takes a redirect for a success: an edge may send every request to another host.
    return isSuccess(status) ? passed(what, `answers ${status}`) : failed(what, `${answerOf(answer)}, expected 200`);
  }
  const why = `no health path is reached through ${path}`;
  if (status === 403 || status >= 500) return failed(what, `answers ${status}, which is no answer of the service`);
  if (isSame(answer, unknown)) return notAsked(what, `answers ${status}, as for any unknown host; ${why}`);
  return passed(what, `answers ${status}; ${why}`);
}

/** How an edge refuses another spelling: as malformed, as closed, or as a path that no route has. */
const REFUSALS = [400, 403, 404];

/** A path that nobody may use is refused, however it is written. */
async function judgeClosed({ get }: Host, { host, path }: ClosedPath): Promise<CheckRow> {
  const what = `${host}${path} is closed`;
  const parent = path.replace(/\/[^/]*\/*$/, '');
  const beside = [await get(`/${noName()}`), await get(`${parent}/${noName()}`)];
  const plain = path === '/' ? ['/'] : [path, `${path}/`, `${path}/${noName()}`];
  const spellings = spellingsOf(path);
  if (beside.every((one) => typeof one !== 'string' && one.status === 403) && path !== '/')
    return notAsked(what, 'the paths beside it answer 403, too: this machine may not be admitted to the host');
  for (const one of plain) {
    const answer = await get(one);
    if (typeof answer === 'string') return failed(what, answer);
    if (answer.status === 429) return notAsked(what, LIMITED);
    if (answer.status !== 403) return failed(what, `${one} answers ${answer.status}, expected 403`);
  }
  for (const one of spellings) {
    const answer = await get(one);
    if (typeof answer === 'string') return notAsked(what, `${one}: ${answer}`);
    if (answer.status === 429) return notAsked(what, LIMITED);
    const target = targetOf(answer, host);
    const leadsToRefusal = target?.hostname === host && plain.includes(target.pathname);
    // What every unknown path is answered with is no leak: the start page of a web interface, for example.
    const isUnknown = beside.some((other) => isSame(answer, other));
    if (!REFUSALS.includes(answer.status) && !leadsToRefusal && !isUnknown)
      return failed(what, `${one} ${answerOf(answer)}, expected a refusal`);
  }
  return passed(what, `refused, in ${counted(plain.length + spellings.length, 'spelling')}`);
}

/** A certificate that clients accept. */
function judgeCertificate({ name, endpoint }: Host, answer: Outcome): CheckRow[] {
  if (!endpoint.tls) return [];
  const what = `certificate of ${name}`;
  if (typeof answer === 'string') return [failed(what, answer)];
  const { problem, until } = answer.certificate as Certificate;
  const hint = 'where it is from a private authority, NODE_EXTRA_CA_CERTS=ca.pem trusts that';
  return [
    problem === undefined
      ? passed(what, `valid until ${until}`)
      : failed(what, `${problem}, valid until ${until}; ${hint}`),
  ];
}

/** @param start what the edge answers for a host that it serves */
function judgeUnknown({ endpoint, unknown }: Host, start: Outcome): CheckRow {
  const what = `unknown host at ${endpoint.address}`;
  // Some edges close the connection.
  if (typeof unknown === 'string') return typeof start === 'string' ? notAsked(what, unknown) : passed(what, 'refused');
  const { status } = unknown;
  if (isSuccess(status)) return failed(what, `answers ${status}, expected a refusal: a route serves every host`);
  return passed(what, `answers ${status}`);
}

/** Whether clients outside an allowlist are refused: only one of both can be seen from here. */
function judgeAllowlist({ host, path, ranges = [] }: PublicPath, answer: Outcome): CheckRow {
  const what = `allowlist of ${host}${path}`;
  if (typeof answer === 'string') return notAsked(what, answer);
  if (answer.status === 403) return passed(what, 'refuses this machine');
  const expected = `right only if this machine is in ${ranges.join(', ')}; ask again from outside`;
  return notAsked(what, `answers ${answer.status}: ${expected}`);
}

/** A host that redirects each path to another host, permanently. */
async function judgeRedirect({ name, get }: Host, { to }: RedirectingHost): Promise<CheckRow> {
  const what = `${name} redirects to ${to}`;
  const path = `/${noName()}`;
  const answer = await get(path);
  if (typeof answer === 'string') return failed(what, answer);
  if (answer.status === 429) return notAsked(what, LIMITED);
  const target = targetOf(answer, name);
  if ([301, 308].includes(answer.status) && target?.hostname === to && target.pathname === path)
    return passed(what, `answers ${answer.status}`);
  return failed(what, `${path} ${answerOf(answer)}, expected 301 or 308 to that path of ${to}`);
}

async function rowsOfHost(host: Host, { paths, closed, redirecting }: Asked, isFirst: boolean) {
  const start = await host.get('/');
  const rows = judgeCertificate(host, start);
  for (const one of paths) {
    const answer = await host.get(one.asked);
    rows.push(judgePublic(one, answer, host.unknown));
    if (one.ranges !== undefined) rows.push(judgeAllowlist(one, answer));
  }
  for (const one of closed) rows.push(await judgeClosed(host, one));
  for (const one of redirecting) rows.push(await judgeRedirect(host, one));
  // Once for each edge.
  return isFirst ? [...rows, judgeUnknown(host, start)] : rows;
}

/**
 * Asks the edge of a system, as clients do: its certificates, its paths, and what it has to refuse. It sends GETs without credentials, one
 * after the other for each host.
 */
export async function edgeChecks(model: System, { endpointOf, signal }: Reach): Promise<CheckRow[]> {
  const all = { paths: publicPathsOf(model), closed: closedPathsOf(model), redirecting: redirectingHostsOf(model) };
  const unknown = new Map<string, Promise<Outcome>>();
  const names = new Set(Object.values(all).flatMap((some) => some.map(({ host }) => host)));
  const hosts = [...names].map(async (name): Promise<CheckRow[]> => {
    const endpoint = await endpointOf(name);
    if (typeof endpoint === 'string') return [notAsked(name, endpoint)];
    const key = `${endpoint.address}:${endpoint.port}`;
    const isFirst = !unknown.has(key);
    const stranger = `${noName()}.example.com`;
    const answer = unknown.get(key) ?? outcomeOf(endpoint, stranger, '/', { signal });
    unknown.set(key, answer);
    const host = {
      name,
      endpoint,
      get: (path: string) => outcomeOf(endpoint, name, path, { signal }),
      unknown: await answer,
    };
    const isOwn = (one: { readonly host: string }) => one.host === name;
    const asked = {
      paths: all.paths.filter(isOwn),
      closed: all.closed.filter(isOwn),
      redirecting: all.redirecting.filter(isOwn),
    };
    const dead = (endpoint.dead ?? []).map((one) =>
      failed(`${name} at ${one}`, `accepts no connection at port ${endpoint.port}, and DNS leads clients there`),
    );
    return [...dead, ...(await rowsOfHost(host, asked, isFirst))];
  });
  return (await Promise.all(hosts)).flat();
}
