import { counted } from '../../base/counted';
import type { ClusterIndex } from '../cluster/cluster-index';
import { daemonPods, type PodGroup, runningPods, scaleOf, stayingPods } from '../cluster/fleet';
import { hasRoomFor, type Node, placementOf, strictSpread, suits, type Unit } from '../cluster/placement';
import { sumOf } from '../cluster/requests';
import type { Violation } from '../cluster/violation';
import type { DeclaredPool } from '../intent';
import type { Rule } from '../rule';

const NAME = 'capacity';
const GIBIBYTE = 2 ** 30;
const rounded = (amount: number) => String(Math.round(amount * 100) / 100);

/** The nodes of pools at their maximum, over their zones in turn. */
function nodesOf(pools: readonly DeclaredPool[], cluster: ClusterIndex): Node[] {
  const daemons = sumOf(daemonPods(cluster));
  return pools.flatMap(({ name, most, zones, labels, taints, room }) =>
    Array.from({ length: most }, (_, index) => ({
      ...{ name: `${name}-${index + 1}`, pool: name, labels, taints },
      zone: zones?.[index % zones.length],
      room: Object.fromEntries(Object.entries(room).map(([key, amount]) => [key, amount - (daemons[key] ?? 0)])),
    })),
  );
}

/** The settings that give a workload more room. */
const poolSettings = (group: PodGroup, nodes: readonly Node[]): string[] => {
  const names = nodes.filter((node) => suits(group, node)).map(({ pool }) => pool);
  return names.length === 0 ? ['platform.nodes'] : [...new Set(names)].map((name) => `platform.nodes.${name}`);
};

function violation(group: PodGroup, nodes: readonly Node[], message: string): Violation {
  return { rule: NAME, ...scaleOf(group), message, settings: poolSettings(group, nodes) };
}

/** What a pod asks for, as messages show it. */
function askedBy({ requests }: PodGroup): string {
  const { cpu = 0, memory = 0, ...devices } = requests;
  const others = Object.entries(devices).map(([name, amount]) => `, ${amount} ${name}`);
  return `${rounded(cpu)} CPU and ${rounded(memory / GIBIBYTE)} GiB${others.join('')}`;
}

/** Pods for which no pool has a node, and those that have to be spread over zones that there are not. */
function ownViolations(group: PodGroup, nodes: readonly Node[]): Violation[] {
  const suited = nodes.filter((node) => suits(group, node));
  if (suited.length === 0) {
    const message = `given pods of ${group.name}, for which no node of platform.nodes has the labels and tolerated taints; state its pool, or other nodes for it`;
    return [violation(group, nodes, message)];
  }
  if (!suited.some(({ room }) => hasRoomFor(room, group.requests))) {
    const largest = suited.reduce((best, one) => ((one.room.cpu ?? 0) > (best.room.cpu ?? 0) ? one : best));
    const { cpu = 0, memory = 0, 'nvidia.com/gpu': gpus = 0 } = largest.room;
    const room = `${rounded(cpu)} CPU, ${rounded(memory / GIBIBYTE)} GiB and ${gpus} GPUs`;
    const message = `given a pod of ${group.name} that asks for ${askedBy(group)}, expected at most what a node of ${largest.pool} has for pods, ${room}; lower its requests, or take larger nodes`;
    return [violation(group, nodes, message)];
  }
  const zones = new Set(suited.flatMap(({ zone }) => zone ?? []));
  const known = suited.every(({ zone }) => zone !== undefined);
  return known && zones.size < 2 && group.most > 1 && strictSpread(group).length > 0
    ? [
        violation(
          group,
          nodes,
          `given nodes in the zone ${[...zones].join()} only for ${group.name}, whose pods have to be spread over zones, expected two zones or more`,
        ),
      ]
    : [];
}

const unitsOf = (group: PodGroup, count: number, revision: Unit['revision']): Unit[] =>
  Array.from({ length: count }, () => ({ group, revision }));

/** One node of each pool and zone that may be away. */
function mayBeAway(nodes: readonly Node[]): Node[] {
  return [...new Map(nodes.map((node) => [`${node.pool} ${node.zone}`, node])).values()];
}

/** Why pods found no room, with the numbers of all of them. */
function noRoom(unit: Unit, units: readonly Unit[], left: readonly Node[], when: string): string {
  const { group, zone } = unit;
  const suited = left.filter((node) => suits(group, node) && (zone === undefined || node.zone === zone));
  const asked = sumOf(units.map((one) => one.group.requests));
  const room = sumOf(left.map((node) => node.room));
  const share = (name: string, size: number) =>
    `${rounded((asked[name] ?? 0) / size)} of ${rounded((room[name] ?? 0) / size)}`;
  const where = zone === undefined ? '' : ` in the zone ${zone}, where its volume is`;
  return `given pods of ${group.name} with ${askedBy(group)} each, for which there is no room on ${counted(suited.length, 'node')}${where} ${when}: all pods at their maximum ask for ${share('cpu', 1)} CPU and ${share('memory', GIBIBYTE)} GiB; lower a maximum or requests, or raise the most nodes`;
}

/** Whether a pod waits for a node of its volume's zone to come back, while others of its group go on. */
const waits = ({ group, zone }: Unit, left: readonly Node[]): boolean =>
  zone !== undefined && group.most > 1 && !left.some((node) => node.zone === zone && suits(group, node));

/** The first case in which pods at their maximum find no room: with each node away, during each rollout. */
function roomViolations(groups: readonly PodGroup[], jobs: readonly PodGroup[], nodes: readonly Node[]): Violation[] {
  const base = [...groups, ...jobs].flatMap((group) => unitsOf(group, group.most, 'present'));
  const whole = placementOf(base, nodes);
  const refuse = (unit: Unit, units: readonly Unit[], left: readonly Node[], when: string) => [
    violation(unit.group, nodes, noRoom(unit, units, left, when)),
  ];
  if ('without' in whole) return refuse(whole.without, base, nodes, 'with all nodes there');
  // A volume stays in the zone where it was made.
  const settled = base.map(
    (unit): Unit => ({ ...unit, ...(unit.group.keepsData && { zone: whole.on.get(unit)?.zone }) }),
  );
  const rolling = groups.filter(({ surge }) => surge > 0);
  const rollouts = [undefined, ...rolling].map((group) => ({
    units: [...settled, ...(group ? unitsOf(group, group.surge, 'next') : [])],
    during: group ? ` during a rollout of ${group.name}` : '',
  }));
  // A placement for all rollouts at once is one for each of them.
  const atOnce = [...settled, ...rolling.flatMap((group) => unitsOf(group, group.surge, 'next'))];
  for (const away of mayBeAway(nodes)) {
    const left = nodes.filter((node) => node !== away);
    const placeable = (units: readonly Unit[]) => units.filter((unit) => !waits(unit, left));
    if ('on' in placementOf(placeable(atOnce), left)) continue;
    for (const { units: all, during } of rollouts) {
      const units = placeable(all);
      const placed = placementOf(units, left);
      const at = away.zone === undefined ? '' : ` in the zone ${away.zone}`;
      if ('without' in placed)
        return refuse(placed.without, units, left, `with one node of ${away.pool}${at} away${during}`);
    }
  }
  return [];
}

/** All pods at their maximum fit on the stated node pools. */
export const capacity: Rule = {
  name: NAME,
  level: 'risk',
  needsIntent: true,
  rationale: `Pods that find no room on any node stay pending: an autoscaler adds replicas that never start, and a rollout that needs its new pods first hangs. Where platform.yaml states
node pools, all pods at their maximum, one rollout and all Jobs are placed on their most nodes while one node is away, by labels, taints, devices, zones of volumes and
spread. The placement is a proof that there is room; where it fails, only little can be missing.`,
  wrong: `# platform.yaml: nodes: { general: { cpu: 2, memory: 8Gi, count: 2 } }
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 4
  template: { spec: { containers: [{ name: api, image: example.com/api:v1, resources: { requests: { cpu: "1" } } }] } }
`,
  right: `# platform.yaml: nodes: { general: { cpu: 2, memory: 8Gi, count: 2 } }
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 2
  template: { spec: { containers: [{ name: api, image: example.com/api:v1, resources: { requests: { cpu: 500m } } }] } }
`,
  judge: (cluster, intent) => {
    if (intent?.pools === undefined) return [];
    const nodes = nodesOf(intent.pools, cluster);
    const [groups, jobs] = [stayingPods(cluster), runningPods(cluster)];
    const own = [...groups, ...jobs].filter(({ most }) => most > 0).flatMap((group) => ownViolations(group, nodes));
    return own.length > 0 ? own : roomViolations(groups, jobs, nodes);
  },
};
