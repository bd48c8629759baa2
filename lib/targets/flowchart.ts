import { groupBy } from '../base/group';

/** Something that is drawn: a host, a workload, a task, or what is outside the cluster. */
export interface Node {
  readonly key: string;
  readonly text: string;
  readonly shape: keyof typeof SHAPES;
  /** The frame that it is drawn in. @default - none */
  readonly frame?: string;
}

/** An arrow between two nodes, by their keys. */
export interface Arrow {
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

/** A text in quotes; what Mermaid or HTML would read otherwise is written as an entity. */
function quoted(text: string): string {
  const entities: Readonly<Record<string, string>> = { '"': '#quot;', '<': '#lt;', '>': '#gt;', '#': '#35;' };
  return `"${text.replace(/["<>#]/g, (sign) => entities[sign] as string)}"`;
}

/**
 * A flowchart in Mermaid. Nodes with the same key are drawn once, and so are equal arrows.
 * Source: mermaid.js.org, Flowcharts.
 *
 * @param direction from left to right, or from top to bottom
 */
export function flowchart(direction: 'LR' | 'TB', all: readonly Node[], connections: readonly Arrow[]): string {
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
  const arrows = connections.map(({ from, to, text, dotted }) => {
    const label = text === '' ? '' : `|${quoted(text)}|`;
    return `  ${ids.get(from)} ${dotted ? '-.->' : '-->'}${label} ${ids.get(to)}`;
  });
  return [`flowchart ${direction}`, ...frames, ...new Set(arrows)].join('\n');
}
