import type { System } from '../../lib/model/system';
import { REQUEST_TIMEOUT_MS } from '../shared/ask';
import { type CheckRow, failed, notAsked, passed } from '../shared/check-row';
import { isSuccess, outcomeOf, type Reach } from '../shared/edge-checks';
import { streamingHostsOf } from '../shared/public-paths';

/** How long a stream is read after its first bytes, in milliseconds. */
const LISTEN_MS = 3000;

/** A response that is open for less than this after its first bytes, in milliseconds, has come as a whole. */
const AT_ONCE_MS = 100;

/** A path of a host that streams. */
export interface Stream {
  readonly host: string;
  /** With its query. */
  readonly path: string;
}

/** `api.example.com/events?room=1`, or a URL. @default - it is neither */
export function streamOf(text: string): Stream | undefined {
  const [, host, path] = /^(?:https?:\/\/)?([\w.-]+)(\/[\x21-\x7e]*)$/.exec(text) ?? [];
  return host === undefined || path === undefined ? undefined : { host, path };
}

async function rowOf({ host, path }: Stream, { endpointOf, signal }: Reach): Promise<CheckRow> {
  const what = `stream of ${host}${path.replace(/\?.*$/, '')}`;
  const endpoint = await endpointOf(host);
  if (typeof endpoint === 'string') return notAsked(what, endpoint);
  const answer = await outcomeOf(endpoint, host, path, { signal, listenMs: LISTEN_MS });
  if (typeof answer === 'string') return failed(what, answer);
  if (!isSuccess(answer.status)) return failed(what, `answers ${answer.status}`);
  if (answer.flowed === undefined)
    return notAsked(what, `it answers ${answer.status}, and sends nothing within ${REQUEST_TIMEOUT_MS / 1000} s`);
  if (answer.flowed < AT_ONCE_MS)
    return failed(what, 'its first bytes came with its end: a proxy buffers it, or it is no stream');
  return passed(what, 'its first bytes came before its end');
}

/**
 * Whether streams arrive as they are sent.
 *
 * @param stream which path streams is not described. @default - unknown: the hosts that may stream are not asked
 */
export async function streamChecks(model: System, reach: Reach, stream: Stream | undefined): Promise<CheckRow[]> {
  const hosts = streamingHostsOf(model).filter((host) => host !== stream?.host);
  const without = hosts.map((host) =>
    notAsked(`stream of ${host}`, `no path of it that streams is known: --stream ${host}/PATH`),
  );
  const has = model.components.some(({ exposed }) => exposed.some(({ site }) => site.host === stream?.host));
  return stream !== undefined && has ? [await rowOf(stream, reach), ...without] : without;
}
