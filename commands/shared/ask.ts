import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import type { TLSSocket } from 'node:tls';

/** Where an edge listens. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
}

/** The certificate that an edge shows for a host. */
export interface Certificate {
  /** Why clients refuse it, or undefined where they accept it. */
  readonly problem: string | undefined;
  /** The end of its validity. */
  readonly until: string;
}

/** A response. */
export interface Reply {
  readonly status: number;
  /** At most {@link MOST_BYTES}. */
  readonly body: string;
  /** How long the response stayed open after its first bytes, in milliseconds. */
  readonly flowed: number;
  /** @default - it is not TLS */
  readonly certificate?: Certificate;
}

/** The time-out of a request, in milliseconds, the response included. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How much of a body is read. */
const MOST_BYTES = 64 * 1024;

function certificateOf(socket: TLSSocket): Certificate {
  const { authorized, authorizationError } = socket;
  return {
    problem: authorized ? undefined : String(authorizationError),
    until: socket.getPeerCertificate().valid_to,
  };
}

/** What is asked for, besides the path. */
export interface AskOptions {
  readonly signal?: AbortSignal;
  /** How long the response is read after its first bytes, in milliseconds. @default - to its end */
  readonly listenMs?: number;
}

/**
 * Sends a GET for a host to an address. No credentials are sent, and no redirect is followed. A certificate that is not valid is reported in
 * the response, and does not end the request.
 *
 * @throws when there is no response in time
 */
export function ask(
  { address, port, tls }: Endpoint,
  host: string,
  path: string,
  { signal, listenMs }: AskOptions = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port, path, headers: { Host: host }, agent: false, ...(signal && { signal }) };
    const sent = tls ? overTls({ ...options, servername: host, rejectUnauthorized: false }) : overHttp(options);
    const timer = setTimeout(
      () => sent.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)),
      REQUEST_TIMEOUT_MS,
    );
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    sent.on('error', fail);
    sent.on('response', (response) => {
      const certificate = tls ? certificateOf(response.socket as TLSSocket) : undefined;
      let body = '';
      let first: number | undefined;
      let listening: NodeJS.Timeout | undefined;
      const finish = () => {
        clearTimeout(timer);
        clearTimeout(listening);
        const flowed = first === undefined ? 0 : Date.now() - first;
        resolve({ status: response.statusCode ?? 0, body, flowed, ...(certificate && { certificate }) });
        sent.destroy();
      };
      response.setEncoding('utf8').on('data', (part: string) => {
        if (first === undefined && listenMs !== undefined) listening = setTimeout(finish, listenMs);
        first ??= Date.now();
        body += part;
        if (body.length > MOST_BYTES) finish();
      });
      response.on('end', finish);
      response.on('error', fail);
    });
    sent.end();
  });
}
