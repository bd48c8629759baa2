import type { Notes } from './notes';
import type { Planned } from './plan';
import { bytesOf, sizeOf } from './short-forms';

/** What a service without a setting requests. */
const REQUEST = { cpu: 0.1 };

const cores = (amount: number) =>
  Number.isInteger(amount) ? String(amount) : `${Math.max(1, Math.round(amount * 1000))}m`;

/** `request..limit`, or one amount where both are the same. */
function range(request: string, limit: string): string {
  return request === limit ? limit : `${request}..${limit}`;
}

function cpuOf(reserved: string | undefined, limited: string | undefined): string | undefined {
  const [request, limit] = [reserved, limited].map((one) =>
    one !== undefined && Number(one) > 0 ? Number(one) : undefined,
  );
  if (limit !== undefined) return range(cores(Math.min(request ?? REQUEST.cpu, limit)), cores(limit));
  return request === undefined ? undefined : range(cores(request), cores(Math.max(request, 0.5)));
}

const LEAST_MEMORY = 4 * 2 ** 20;

function memoryOf(reserved: string | undefined, limited: string | undefined): string | undefined {
  const [request, limit] = [reserved, limited].map((one) => {
    const bytes = one === undefined ? undefined : bytesOf(one);
    return bytes === undefined || bytes < LEAST_MEMORY ? undefined : bytes;
  });
  // A pod with less memory than its limit may be the first to go, so a limit alone is requested too.
  if (limit !== undefined) return range(sizeOf(Math.min(request ?? limit, limit)), sizeOf(limit));
  return request === undefined ? undefined : sizeOf(request);
}

/** The most GPUs of a node. */
const MOST_GPUS = 16;

function gpusOf({ given, path }: Planned, notes: Notes): number | undefined {
  const { gpus, deploy } = given;
  const devices =
    deploy?.resources?.reservations?.devices?.filter(({ capabilities = [] }) => capabilities.includes('gpu')) ?? [];
  const asked = typeof gpus === 'string' ? [{ count: gpus }] : [...(gpus ?? []), ...devices];
  if (asked.length === 0) return undefined;
  const counts = asked.map((one) =>
    'device_ids' in one && Array.isArray(one.device_ids) ? String(one.device_ids.length) : (one.count ?? 'all'),
  );
  if (counts.includes('all') || counts.includes('-1'))
    notes.add(path, `GPUs of ${path.at(-1)}`, 'all of a machine becomes gpu: 1: say how many it needs');
  const sum = counts.reduce((all, one) => all + (Number(one) > 0 ? Math.floor(Number(one)) : 1), 0);
  return Math.min(sum, MOST_GPUS);
}

/** The size of a service and the number of its replicas, in the words of an application file. */
export function resourcesOf(one: Planned, hasStorage: boolean, notes: Notes): Readonly<Record<string, unknown>> {
  const { deploy, cpus, mem_limit: memoryLimit, mem_reservation: memoryRequest, scale, platform } = one.given;
  const { limits, reservations } = deploy?.resources ?? {};
  const cpu = cpuOf(reservations?.cpus, limits?.cpus ?? cpus);
  const memory = memoryOf(reservations?.memory ?? memoryRequest, limits?.memory ?? memoryLimit);
  const replicas = Number(deploy?.replicas ?? scale);
  const isMany = Number.isInteger(replicas) && replicas > 1;
  if (isMany && hasStorage)
    notes.add(
      one.path,
      `${replicas} replicas of ${one.key}`,
      'share a volume: one runs here; say access: each (a volume for each), or many',
    );
  if (replicas === 0)
    notes.add(
      one.path,
      `no replica of ${one.key}`,
      'runs once here: name it in without, where an environment has none',
    );
  const gpu = one.role === 'job' ? undefined : gpusOf(one, notes);
  const [, architecture] = /^linux\/(amd64|arm64|arm)\b/.exec(platform ?? '') ?? [];
  return {
    ...(gpu !== undefined && { gpu }),
    ...(architecture !== undefined && one.role !== 'job' && { nodes: { 'kubernetes.io/arch': architecture } }),
    ...(isMany && !hasStorage && one.role !== 'job' && { scale: { replicas } }),
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
  };
}
