import { missingIn } from './interpolation';
import type { Notes } from './notes';
import type { Planned, ServicePort } from './plan';
import type { ComposeService } from './schema';
import { hasPassword } from './secrets';
import { duration, secondsOf } from './short-forms';

const LOCAL = '(?:localhost|127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::1\\])';
const REQUEST = new RegExp(
  `\\b(?:curl|wget)\\b.*?\\b(?<scheme>https?://)?${LOCAL}(?::(?<port>\\d+))?(?<path>/[\\w./~-]*)?(?<query>\\?\\S*)?`,
);
const CONNECTION = new RegExp(`\\bnc\\b.*?\\s${LOCAL}\\s+(?<port>\\d+)`);
const GRPC = /grpc_health_probe\b.*?-addr[= ]\S*?:(?<port>\d+)/;

type Test = { readonly words: readonly string[]; readonly text: string };

/** The command of a check. @default - there is none */
function testOf({ healthcheck }: ComposeService): Test | undefined {
  const { test, disable } = healthcheck ?? {};
  if (test === undefined || disable === 'true') return undefined;
  const [kind, ...rest] = typeof test === 'string' ? ['CMD-SHELL', test] : test;
  if (kind === 'NONE') return undefined;
  if (kind === 'CMD') return { words: rest, text: rest.join(' ') };
  const line = kind === 'CMD-SHELL' ? rest.join(' ') : [kind, ...rest].join(' ');
  return { words: ['sh', '-c', line], text: line };
}

/** What a check asks of a port of its own container. `command`: that port, in a way that only the command can. */
interface Check {
  readonly kind: 'http' | 'tcp' | 'grpc' | 'command';
  /** @default - the main one */
  readonly port: number | undefined;
  readonly path?: string;
}

function checkOf({ text }: Test): Check | undefined {
  if (missingIn(text).length > 0) return undefined;
  const { scheme, query, port, path = '/' } = REQUEST.exec(text)?.groups ?? {};
  if (REQUEST.test(text)) {
    // Kubernetes sends no query.
    const isPlain = scheme !== 'https://' && query === undefined;
    return { kind: isPlain ? 'http' : 'command', port: Number(port ?? (scheme === 'https://' ? 443 : 80)), path };
  }
  const connection = CONNECTION.exec(text)?.groups;
  if (connection !== undefined) return { kind: 'tcp', port: Number(connection.port) };
  if (!text.includes('grpc_health_probe')) return undefined;
  const asked = GRPC.exec(text)?.groups?.port;
  return { kind: 'grpc', port: asked === undefined ? undefined : Number(asked) };
}

/** The protocol and the port that the check of a service asks. */
export function askedBy(service: ComposeService): Check | undefined {
  const test = testOf(service);
  return test === undefined ? undefined : checkOf(test);
}

/** The times of a check, where they are others than those that a check has without. */
function timesOf(healthcheck: NonNullable<ComposeService['healthcheck']>): Readonly<Record<string, unknown>> {
  const { interval, timeout, retries, start_period: start } = healthcheck;
  const [every, within, grace] = [interval, timeout, start].map((one) =>
    one === undefined ? undefined : secondsOf(one),
  );
  const failures = /^\d+$/.test(retries ?? '') ? Math.min(20, Math.max(1, Number(retries))) : undefined;
  // After its grace compose counts failures too, before it gives up.
  const whole = grace === undefined ? undefined : Math.max(120, grace + (every ?? 30) * (failures ?? 3));
  return {
    ...(every !== undefined && every !== 10 && { every: duration(every) }),
    ...(within !== undefined && within !== 3 && { timeout: duration(within) }),
    ...(failures !== undefined && failures !== 3 && { failures }),
    ...(whole !== undefined && whole !== 120 && { start: duration(whole) }),
  };
}

/** The check of a service in the words of an application file. @default - it has none, so that its port is asked */
export function healthOf({ given, path, name }: Planned, ports: readonly ServicePort[], notes: Notes): unknown {
  const { healthcheck } = given;
  if (healthcheck === undefined) return undefined;
  if (healthcheck.start_interval !== undefined && healthcheck.start_interval !== null)
    notes.add([...path, 'healthcheck', 'start_interval'], 'start_interval', 'a start is asked every 5 seconds');
  if (healthcheck.disable === 'true' || healthcheck.test?.[0] === 'NONE') {
    notes.add(
      [...path, 'healthcheck'],
      'healthcheck disabled',
      ports.length > 0 ? 'its port is asked; say health: none, if it must not be' : 'none is made',
    );
    return undefined;
  }
  const test = testOf(given);
  if (test === undefined) return undefined;
  if (missingIn(test.text).length > 0 || hasPassword(test.text)) {
    const why = 'is left out: a variable in it has no value here, or a password is in it';
    notes.add([...path, 'healthcheck'], `healthcheck of ${name}`, `${why}; say health of ${name}`);
    return undefined;
  }
  const check = checkOf(test);
  const times = timesOf(healthcheck);
  const hasTimes = Object.keys(times).length > 0;
  const port = ports.find(({ number }) => number === check?.port) ?? (check?.port === undefined ? ports[0] : undefined);
  const at = port === undefined || port === ports[0] ? {} : { port: port.name };
  if (check === undefined || check.kind === 'command' || port === undefined) return { command: test.words, ...times };
  if (check.kind === 'tcp') {
    if (hasTimes || port !== ports[0])
      notes.add(
        [...path, 'healthcheck'],
        'times of a check of a port',
        'a check of health: tcp asks the main port, with the times that all have',
      );
    return 'tcp';
  }
  if (check.kind === 'grpc') return hasTimes || port !== ports[0] ? { grpc: true, ...at, ...times } : 'grpc';
  return hasTimes || port !== ports[0] ? { http: check.path, ...at, ...times } : check.path;
}
