import { z } from 'zod';
import { count, seconds, text } from '../../lib/config/fields';
import type { Health, Probes } from '../../lib/model/container';
import { command, portName, urlPath } from './values';

const TIMING = { every: 10, timeout: 3, failures: 3, start: 120 };

const GRPC = 'true, or the name of a gRPC service';

const HEADER = 'one line of text, of at most 1000 characters';

/** A check of health, in full. */
const mapping = z
  .strictObject({
    http: urlPath.optional().describe('The path that answers with a status below 400'),
    grpc: z
      .union([z.literal(true), text(/^[\w.-]+$/, GRPC)], { error: GRPC })
      .optional()
      .describe(GRPC),
    command: command.optional().describe('A command in the container; exit code 0 is a success'),
    port: portName.optional().describe('The name of the port; the first one when absent'),
    headers: z
      .record(text(/^[A-Za-z0-9-]+$/, 'the name of a header such as Host'), text(/^[^\p{Cc}]*$/u, HEADER, 1000))
      .optional()
      .describe('Headers of the request'),
    ready: urlPath.optional().describe('The path that tells whether requests may be sent, where it is another one'),
    alive: urlPath.optional().describe('The path that tells whether a restart is needed, where it is another one'),
    every: seconds.prefault('10s').describe('The time between two checks'),
    timeout: seconds.prefault('3s').describe('How long an answer may take'),
    failures: count(1, 20).default(TIMING.failures).describe('How many failures in a row count'),
    start: seconds.prefault('120s').describe('How long a start may take'),
  })
  .check(({ value, issues }) => {
    const { http, ready, alive, grpc, command: own } = value;
    if ([http ?? ready ?? alive, grpc, own].filter((one) => one !== undefined).length !== 1)
      issues.push({ code: 'custom', message: 'one of http (or ready and alive), grpc and command', input: value });
  })
  .transform(({ http, grpc, command: own, port, headers, ready, alive, ...timing }) => {
    const at = { ...(port !== undefined && { port }) };
    const get = (path: string): Health => ({ http: path, ...at, ...(headers && { headers }) });
    const path = ready ?? http ?? alive;
    const check: Health =
      own !== undefined
        ? { exec: own }
        : path !== undefined
          ? get(path)
          : { grpc: typeof grpc === 'string' ? grpc : '', ...at };
    return { ...timing, check, alive: alive === undefined ? undefined : get(alive) };
  });

function short(check: Health) {
  return { ...TIMING, check, alive: undefined };
}

/** How the health of a service is checked: `/path`, `grpc`, `tcp`, `none`, or a mapping. */
export const health = z
  .union([z.enum(['grpc', 'tcp', 'none']), urlPath, mapping], {
    error: 'a path such as /health, grpc, tcp, none, or a mapping',
  })
  .transform((given) => {
    if (typeof given !== 'string') return given;
    if (given === 'none') return given;
    return short(given === 'tcp' ? { tcp: true } : given === 'grpc' ? { grpc: '' } : { http: given });
  });

/** The settings of {@link health}, with defaults filled in. */
export type HealthSettings = z.output<typeof health>;

/**
 * The probes of a service.
 *
 * @param settings @default - a connection to its main port, if it has one
 */
export function probesOf(settings: HealthSettings | undefined, listens: boolean): Probes | undefined {
  const given = settings ?? (listens ? short({ tcp: true }) : 'none');
  if (given === 'none') return undefined;
  const { check, alive, every, timeout, failures, start } = given;
  const timing = { period: every, timeout, failures };
  return {
    health: check,
    alive,
    startup: { period: 5, timeout, failures: Math.max(1, Math.ceil(start / 5)) },
    liveness: timing,
    readiness: timing,
  };
}
