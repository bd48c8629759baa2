import type { Connection, ServerKind } from '../model/connection';
import { audienceOf, type Route } from '../model/site';
import type { System } from '../model/system';
import { type Arrow, flowchart, type Node } from './flowchart';

const DATA: readonly ServerKind[] = ['postgresql', 'redis', 's3', 'store'];

export const keyOfPods = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  `${namespace}/${name}`;

/** The node at the end of a connection, and its key. */
export function targetOf({ to, ...rest }: Connection, known: ReadonlySet<string>): { key: string; node?: Node } {
  if (typeof to !== 'string') {
    const key = keyOfPods(to);
    return known.has(key) ? { key } : { key, node: { key, text: to.name, shape: 'data', frame: to.namespace } };
  }
  const kind: ServerKind = 'kind' in rest ? rest.kind : 'other';
  const key = `outside/${to}`;
  return { key, node: { key, text: to, shape: DATA.includes(kind) ? 'data' : 'outside' } };
}

function hostNode({ site }: Route): Node {
  const audience = site.audience === 'everyone' || site.audience === 'nobody' ? site.audience : 'allowed addresses';
  return { key: `host/${site.host}`, text: `${site.from ?? site.host}\n${audience}`, shape: 'host', frame: 'edge' };
}

/** The hosts of the edge, with an arrow for each path that leads to a workload. */
function edgeOf({ components }: System): { nodes: Node[]; arrows: Arrow[] } {
  const routes = components.flatMap((component) =>
    component.exposed
      .filter((route) => audienceOf(route) !== 'nobody')
      .map((route) => ({ route, to: keyOfPods(component) })),
  );
  return {
    nodes: routes.map(({ route }) => hostNode(route)),
    arrows: routes.map(({ route, to }) => ({
      from: hostNode(route).key,
      to,
      text: route.path,
      dotted: false,
    })),
  };
}

/** The connections of workloads and tasks, with what they lead to outside the system. */
function connectionsOf(
  parties: readonly { namespace: string; name: string; connectsTo: readonly Connection[]; dotted: boolean }[],
): { nodes: Node[]; arrows: Arrow[] } {
  const known = new Set(parties.map(keyOfPods));
  const ends = parties.flatMap((party) =>
    party.connectsTo.map((connection) => ({ party, connection, ...targetOf(connection, known) })),
  );
  return {
    nodes: ends.flatMap(({ node }) => node ?? []),
    arrows: ends.map(({ party, connection, key }) => ({
      from: keyOfPods(party),
      to: key,
      text: connection.about ?? '',
      dotted: party.dotted,
    })),
  };
}

/**
 * A system as a flowchart in Mermaid: the hosts of its edge, its workloads and tasks by namespace, what is outside the cluster, and an
 * arrow for each route and connection. Numbers such as replicas are left out and hosts have the names of their settings, so that the
 * picture changes with the structure alone.
 * DNS and what reads metrics are not drawn.
 * Source: mermaid.js.org, Flowcharts.
 */
export function mermaidOf(system: System): string {
  const components = system.components.map((one) => ({ ...one, dotted: false }));
  const tasks = system.tasks.map((one) => ({ ...one, dotted: true }));
  const edge = edgeOf(system);
  const connections = connectionsOf([...components, ...tasks]);
  const workloads = components.map(
    ({ namespace, name, storage, ...one }): Node => ({
      key: keyOfPods({ namespace, name }),
      text: one.about === undefined ? name : `${name}\n${one.about}`,
      shape: storage.length > 0 ? 'data' : 'workload',
      frame: namespace,
    }),
  );
  const jobs = tasks.map(
    ({ namespace, name }): Node => ({
      key: keyOfPods({ namespace, name }),
      text: name,
      shape: 'task',
      frame: namespace,
    }),
  );
  return flowchart(
    'LR',
    [...edge.nodes, ...workloads, ...jobs, ...connections.nodes],
    [...edge.arrows, ...connections.arrows],
  );
}
