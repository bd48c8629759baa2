import { counted } from '../../lib/base/counted';
import { quantityOf } from '../../lib/base/quantity';
import { condition, type Live, PODS, type View } from '../shared/view';
import { namespacesIn, type RequiredPods, type Requirements, requiredPods } from './requirements';
import { missing, ok, type Row, rowsFromList, unknown } from './row';

const NODES = '/api/v1/nodes';
const ZONE = 'topology.kubernetes.io/zone';

/** Whether some tolerations tolerate a taint. */
function isTolerated(taint: Live, tolerations: readonly Live[]): boolean {
  if (taint.effect === 'PreferNoSchedule') return true;
  return tolerations.some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (effect === undefined || effect === taint.effect) &&
      (key === undefined || key === taint.key) &&
      (operator === 'Exists' || value === (taint.value ?? '')),
  );
}

/** Nodes on which pods with some tolerations can be scheduled. */
function schedulableNodes(nodes: readonly Live[], tolerations: readonly Live[] = []): Live[] {
  return nodes.filter(
    (node) =>
      node.spec.unschedulable !== true &&
      condition(node, 'Ready').holds &&
      (node.spec.taints ?? []).every((taint: Live) => isTolerated(taint, tolerations)),
  );
}

/** The zone labels of nodes, over which pods are spread. */
export function zoneRows(requirements: Requirements, view: View): Promise<Row[]> {
  const spread = requiredPods(requirements).filter(({ spec }) =>
    (spec.topologySpreadConstraints ?? []).some(({ topologyKey }: Live) => topologyKey === ZONE),
  );
  if (spread.length === 0) return Promise.resolve([]);
  const strict = spread.filter(({ spec }) =>
    spec.topologySpreadConstraints.some(
      ({ topologyKey, whenUnsatisfiable }: Live) => topologyKey === ZONE && whenUnsatisfiable === 'DoNotSchedule',
    ),
  );
  const row = {
    what: 'zones',
    needed: `${ZONE} on every node, two zones or more${strict.length > 0 ? `, or pods of ${counted(strict.length, 'workload')} may stay pending` : ''}`,
  };
  return rowsFromList(view, NODES, row, (all) => {
    const nodes = schedulableNodes(all);
    const named = nodes.filter(({ metadata }) => metadata.labels?.[ZONE] !== undefined);
    const zones = new Set(named.map(({ metadata }) => metadata.labels[ZONE]));
    const found = {
      ...row,
      found: `${counted(zones.size, 'zone')} on ${named.length} of ${counted(nodes.length, 'node')}`,
    };
    if (zones.size >= 2 && named.length === nodes.length) return ok(found);
    const mend = `kubectl label node NAME ${ZONE}=ZONE, and nodes in a second zone`;
    return strict.length > 0
      ? missing(found, mend)
      : unknown(found, `pods run without zones, but one failed zone may stop all of them; ${mend}`);
  });
}

/** The devices that a pod requests, with their number: `nvidia.com/gpu`. */
function devicesOf({ spec }: RequiredPods): Map<string, number> {
  const limits = (spec.containers ?? []).flatMap(({ resources }: Live) => Object.entries(resources?.limits ?? {}));
  const devices = limits.filter(([name]: [string, unknown]) => name.includes('/'));
  const sums = new Map<string, number>();
  for (const [name, amount] of devices) sums.set(name, (sums.get(name) ?? 0) + (quantityOf(amount) ?? 0));
  return sums;
}

/** Whether a node matches the node selector and the node affinity of a pod. */
function matchesNode({ metadata }: Live, { spec }: RequiredPods): boolean {
  const labels = metadata.labels ?? {};
  const terms: Live[] =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const chosen = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const fits = ({ key, operator, values }: Live) => operator !== 'In' || values.includes(labels[key]);
  return chosen && (terms.length === 0 || terms.some(({ matchExpressions = [] }) => matchExpressions.every(fits)));
}

/** GPUs and other devices, for all pods and one more during a rollout. */
export async function deviceRows(requirements: Requirements, view: View): Promise<Row[]> {
  const requests = requiredPods(requirements).flatMap((pods) =>
    [...devicesOf(pods)].map(([device, each]) => ({ pods, device, each })),
  );
  const rows = requests.map(({ pods, device, each }) => {
    const total = each * (pods.count + (pods.surges ? 1 : 0));
    const spare = pods.surges ? ', one pod more for a rollout' : '';
    const row = { what: device, needed: `${total} for ${pods.name} (${each} for each of ${pods.count}${spare})` };
    return rowsFromList(view, NODES, row, (all) => {
      const nodes = schedulableNodes(all, pods.spec.tolerations).filter((node) => matchesNode(node, pods));
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

/** Whether nodes have capacity for the requests of pods; with a cluster autoscaler less is enough. */
export async function capacityRows(requirements: Requirements, view: View): Promise<Row[]> {
  const own = namespacesIn(requirements);
  const pods = requiredPods(requirements);
  const running = await view.list(PODS);
  const rows = Object.entries(SHOWN).map(([resource, show]) => {
    const requested = pods.reduce(
      (sum, { count, spec }) => sum + count * requestOf(spec.containers ?? [], resource),
      0,
    );
    const row = { what: resource, needed: `${show(requested)} for pods that stay` };
    if (running.kind !== 'found')
      return [unknown({ ...row, found: 'forbidden' }, 'needs permission to get and list pods')];
    return rowsFromList(view, NODES, row, (all) => {
      const there = schedulableNodes(all).reduce(
        (sum, { status }) => sum + (quantityOf(status.allocatable?.[resource]) ?? 0),
        0,
      );
      const others = running.value.filter(({ metadata }) => !own.has(metadata.namespace));
      const taken = others.reduce((sum, { spec }) => sum + requestOf(spec.containers, resource), 0);
      const found = { ...row, found: `${show(there - taken)} free of ${show(there)}` };
      return there - taken >= requested
        ? ok(found)
        : unknown(found, 'add nodes, unless a cluster autoscaler adds them');
    });
  });
  return (await Promise.all(rows)).flat();
}
