import { expectedOneOf } from '../base/nearest';
import { type NodeSize, reservedOf, USUAL_DAEMONS } from '../base/node-size';
import type { Problem } from '../base/problem';
import { bytesOf, quantityOf } from '../base/quantity';
import type { DeclaredPool } from '../checks/intent';
import { PLATFORM, type PlatformConfig } from '../config/platform';
import type { Prices } from '../config/prices';
import type { Described } from './describe';

/** The pods that a node takes by default. Source: kubernetes.io, Considerations for large clusters. */
const PODS_OF_NODE = 110;

const DAEMONS: NodeSize = {
  cpu: quantityOf(USUAL_DAEMONS.cpu) as number,
  memory: bytesOf(USUAL_DAEMONS.memory),
};

/** The pools of a platform whose type has no size. */
export function poolProblems({ system, platform, locate }: Described, types: Prices['nodes']): Problem[] {
  if (system !== PLATFORM) return [];
  return Object.entries(platform.nodes ?? {}).flatMap(([name, { type }]) => {
    if (type === undefined || Object.hasOwn(types, type)) return [];
    const known = Object.keys(types);
    const expected = known.length === 0 ? 'expected cpu and memory' : expectedOneOf(known, type);
    return [
      {
        ...locate(['nodes', name, 'type']),
        message: `given ${type}, ${expected}, as environments/prices.yaml has them`,
      },
    ];
  });
}

/** The node pools that a platform states, with what each node has for pods. Undefined where it states none. */
export function poolsOf({ nodes }: PlatformConfig, types: Prices['nodes']): DeclaredPool[] | undefined {
  if (nodes === undefined) return undefined;
  return Object.entries(nodes).map(([name, pool]) => {
    const type = types[pool.type ?? ''];
    const size = { cpu: pool.cpu ?? type?.cpu ?? 0, memory: pool.memory ?? type?.memory ?? 0 };
    const kept = type?.reserved ?? reservedOf(size);
    const taken = pool.reserved ?? { cpu: kept.cpu + DAEMONS.cpu, memory: kept.memory + DAEMONS.memory };
    return {
      ...{ name, most: pool.max ?? pool.count, zones: pool.zones, labels: pool.labels, taints: pool.taints },
      room: {
        cpu: size.cpu - taken.cpu,
        memory: size.memory - taken.memory,
        'nvidia.com/gpu': pool.gpus,
        pods: PODS_OF_NODE,
      },
    };
  });
}
