import { groupBy } from '../base/group';
import type { Connection, ServerKind } from '../model/connection';
import { audienceOf, type Route } from '../model/site';
import type { System } from '../model/system';

/** Something that is drawn: a host, a workload, a task, or what is outside the cluster. */
interface Node {
  readonly key: string;
  readonly text: string;
  readonly shape: keyof typeof SHAPES;
  /** The frame that it is drawn in. @default - none */
  readonly frame?: string;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** Drawn as dots: of what runs to its end. */
  readonly dotted: boolean;
}

/** Brackets around the text of a node. Source: mermaid.js.org, Flowcharts. */
const SHAPES = {
  host: ['>', ']'],
  workload: ['[', ']'],
  data: ['[(', ')]'],
  task: ['(', ')'],
  outside: ['([', '])'],
} as const;

const DATA: readonly ServerKind[] = ['postgresql', 'redis', 's3', 'store'];

/** A text in quotes; what Mermaid or HTML would read otherwise is written as an entity. */
function quoted(text: string): string {
  const entities: Readonly<Record<string, string>> = { '"': '#quot;', '<': '#lt;', '>': '#gt;', '#': '#35;' };
  return `"${text.replace(/["<>#]/g, (sign) => entities[sign] as string)}"`;
}

const keyOfPods = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  `${namespace}/${name}`;

/** The node at the end of a connection, and its key. */
function targetOf({ to, ...rest }: Connection, known: ReadonlySet<string>): { key: string; node?: Node } {
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
  const all = [...edge.nodes, ...workloads, ...jobs, ...connections.nodes];
  const nodes = [...new Map(all.map((node) => [node.key, node])).values()];
  const ids = new Map(nodes.map(({ key }, index) => [key, `n${index}`]));
  const line = ({ key, text, shape }: Node) => {
    const [open, close] = SHAPES[shape];
    return `${ids.get(key)}${open}${quoted(text).replaceAll('\n', '<br>')}${close}`;
  };
  const frames = [...groupBy(nodes, ({ frame = '' }) => frame)].flatMap(([frame, own], index) =>
    frame === ''
      ? own.map((node) => `  ${line(node)}`)
      : [`  subgraph f${index}[${quoted(frame)}]`, ...own.map((node) => `    ${line(node)}`), '  end'],
  );
  const arrows = [...edge.arrows, ...connections.arrows].map(({ from, to, text, dotted }) => {
    const label = text === '' ? '' : `|${quoted(text)}|`;
    return `  ${ids.get(from)} ${dotted ? '-.->' : '-->'}${label} ${ids.get(to)}`;
  });
  return ['flowchart LR', ...frames, ...new Set(arrows)].join('\n');
}
