import type { Container, Health } from '../../model/container';
import { portOfName } from '../../model/port';

/** The folder with the client of health checks, in every container that needs one. */
export const TOOLS = '/berth/tools';

const BUSYBOX = `${TOOLS}/busybox`;

/**
 * The command of a health check. Many images have no client for HTTP: that of BusyBox is mounted. gRPC has none there: whether the port
 * accepts connections is asked instead.
 */
function testOf(health: Health, container: Container): string[] {
  if ('exec' in health) return ['CMD', ...health.exec];
  const { port } = portOfName(container, health.port);
  if (!('http' in health)) return ['CMD', BUSYBOX, 'nc', '-w', '3', '127.0.0.1', String(port), '-e', BUSYBOX, 'true'];
  const headers = Object.entries(health.headers ?? {}).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  return ['CMD', BUSYBOX, 'wget', '-q', '-O', '/dev/null', ...headers, `http://127.0.0.1:${port}${health.http}`];
}

/** Whether the health check of a container needs a client that is mounted. */
export function needsTools({ probes }: Container): boolean {
  return probes !== undefined && !('exec' in probes.health);
}

/**
 * The health check of a container: what its readiness probe asks, since others wait for it. Failures while it starts do not count.
 * Source: docs.docker.com, Compose file reference, healthcheck.
 */
export function healthcheckOf(container: Container) {
  const { probes } = container;
  if (probes === undefined) return undefined;
  const { health, readiness, startup } = probes;
  return {
    test: testOf(health, container),
    interval: `${readiness.period}s`,
    timeout: `${readiness.timeout}s`,
    retries: readiness.failures,
    start_period: `${(startup.delay ?? 0) + startup.period * startup.failures}s`,
  };
}
