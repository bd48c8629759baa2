import { quantityOf } from '../../lib/base/quantity';
import { counted, missing, ok, type Row, unknown } from './row';
import { condition, fromList, type Live, PODS, type View } from './view';
import { ownNamespaces, type Wanted, type WantedPods, wantedPods } from './wanted';

const NODES = '/api/v1/nodes';
const ZONE = 'topology.kubernetes.io/zone';

/** Whether what keeps pods off a node lets these in. */
function isTolerated(taint: Live, tolerations: readonly Live[]): boolean {
  if (taint.effect === 'PreferNoSchedule') return true;
  return tolerations.some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (effect === undefined || effect === taint.effect) &&
      (key === undefined || key === taint.key) &&
      (operator === 'Exists' || value === (taint.value ?? '')),
  );
}

/** Nodes that take pods with some tolerations, by default those with none. */
function usable(nodes: readonly Live[], tolerations: readonly Live[] = []): Live[] {
  return nodes.filter(
    (node) =>
      node.spec.unschedulable !== true &&
      condition(node, 'Ready').holds &&
      (node.spec.taints ?? []).every((taint: Live) => isTolerated(taint, tolerations)),
  );
}

/** Pods wait for zones that nodes do not name. */
export function zoneRows(wanted: Wanted, view: View): Promise<Row[]> {
  const over = wantedPods(wanted).filter(({ spec }) =>
    (spec.topologySpreadConstraints ?? []).some(({ topologyKey }: Live) => topologyKey === ZONE),
  );
  if (over.length === 0) return Promise.resolve([]);
  const wait = over.filter(({ spec }) =>
    spec.topologySpreadConstraints.some(
      ({ topologyKey, whenUnsatisfiable }: Live) => topologyKey === ZONE && whenUnsatisfiable === 'DoNotSchedule',
    ),
  );
  const row = {
    what: 'zones',
    needed: `${ZONE} on every node, of two zones or more${wait.length > 0 ? `, or ${counted(wait.length, 'workload')} may wait` : ''}`,
  };
  return fromList(view, NODES, row, (all) => {
    const nodes = usable(all);
    const named = nodes.filter(({ metadata }) => metadata.labels?.[ZONE] !== undefined);
    const zones = new Set(named.map(({ metadata }) => metadata.labels[ZONE]));
    const found = {
      ...row,
      found: `${counted(zones.size, 'zone')} on ${named.length} of ${counted(nodes.length, 'node')}`,
    };
    if (zones.size >= 2 && named.length === nodes.length) return ok(found);
    const mend = `kubectl label node NAME ${ZONE}=ZONE, and nodes in a second zone`;
    return wait.length > 0
      ? missing(found, mend)
      : unknown(found, `pods run without, and all go with one zone; ${mend}`);
  });
}

/** What of a device a pod asks for: `nvidia.com/gpu`. */
function devicesOf({ spec }: WantedPods): Map<string, number> {
  const limits = (spec.containers ?? []).flatMap(({ resources }: Live) => Object.entries(resources?.limits ?? {}));
  const devices = limits.filter(([name]: [string, unknown]) => name.includes('/'));
  const sums = new Map<string, number>();
  for (const [name, amount] of devices) sums.set(name, (sums.get(name) ?? 0) + (quantityOf(amount) ?? 0));
  return sums;
}

/** Whether a node is one that a pod asks for. */
function suits({ metadata }: Live, { spec }: WantedPods): boolean {
  const labels = metadata.labels ?? {};
  const terms: Live[] =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const chosen = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const fits = ({ key, operator, values }: Live) => operator !== 'In' || values.includes(labels[key]);
  return chosen && (terms.length === 0 || terms.some(({ matchExpressions = [] }) => matchExpressions.every(fits)));
}

/** GPUs and other devices, for all pods and one more while they are exchanged. */
export async function deviceRows(wanted: Wanted, view: View): Promise<Row[]> {
  const asking = wantedPods(wanted).flatMap((pods) =>
    [...devicesOf(pods)].map(([device, each]) => ({ pods, device, each })),
  );
  const rows = asking.map(({ pods, device, each }) => {
    const total = each * (pods.count + (pods.surges ? 1 : 0));
    const spare = pods.surges ? ', one pod more for a rollout' : '';
    const row = { what: device, needed: `${total} for ${pods.name} (${each} for each of ${pods.count}${spare})` };
    return fromList(view, NODES, row, (all) => {
      const nodes = usable(all, pods.spec.tolerations).filter((node) => suits(node, pods));
      const amounts = nodes.map(({ status }) => quantityOf(status.allocatable?.[device]) ?? 0);
      // A pod has all of its devices on one node.
      const room = amounts.reduce((sum, amount) => sum + Math.floor(amount / each) * each, 0);
      const found = {
        ...row,
        found: `${room} on ${counted(amounts.filter((amount) => amount >= each).length, 'node')} that suit`,
      };
      const mend = `nodes with ${device}, labelled as ${pods.name} asks for; its device plug-in says how many there are`;
      return room >= total ? ok(found) : missing(found, mend);
    });
  });
  return (await Promise.all(rows)).flat();
}

function requestOf(containers: readonly Live[], resource: string): number {
  return containers.reduce((sum, one) => sum + (quantityOf(one.resources?.requests?.[resource]) ?? 0), 0);
}

const SHOWN: Readonly<Record<string, (amount: number) => string>> = {
  cpu: (amount) => `${Math.round(amount * 10) / 10} CPUs`,
  memory: (amount) => `${Math.round((amount / 2 ** 30) * 10) / 10} GiB`,
};

/** Room for what pods ask for; where nodes come as they are needed, less is enough. */
export async function roomRows(wanted: Wanted, view: View): Promise<Row[]> {
  const own = ownNamespaces(wanted);
  const pods = wantedPods(wanted);
  const running = await view.list(PODS);
  const rows = Object.entries(SHOWN).map(([resource, show]) => {
    const wantedSum = pods.reduce(
      (sum, { count, spec }) => sum + count * requestOf(spec.containers ?? [], resource),
      0,
    );
    const row = { what: resource, needed: `${show(wantedSum)} for pods that stay` };
    if (running.kind !== 'found') return [unknown({ ...row, found: 'not told' }, 'the right to get and list pods')];
    return fromList(view, NODES, row, (all) => {
      const there = usable(all).reduce((sum, { status }) => sum + (quantityOf(status.allocatable?.[resource]) ?? 0), 0);
      const others = running.value.filter(({ metadata }) => !own.has(metadata.namespace));
      const taken = others.reduce((sum, { spec }) => sum + requestOf(spec.containers, resource), 0);
      const found = { ...row, found: `${show(there - taken)} free of ${show(there)}` };
      return there - taken >= wantedSum ? ok(found) : unknown(found, 'more nodes, unless an autoscaler brings them');
    });
  });
  return (await Promise.all(rows)).flat();
}
