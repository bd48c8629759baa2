import ELK from 'elkjs/lib/elk.bundled.js';
import type { Box, ViewData } from './view-data';

/** The height of a thing, and the width of one letter of its name, in pixels. */
const HEIGHT = 36;
const LETTER = 8.4;
const MARGIN = 26;

/** Layered, from clients to data. Source: eclipse.dev/elk, Layout Options. */
const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.spacing.nodeNode': '13',
  'elk.layered.spacing.nodeNodeBetweenLayers': '46',
  'elk.padding': '[top=44,left=18,bottom=18,right=18]',
};

/** Systems below each other, or beside each other where they fit, as on a screen that is wider than high. */
const PAGE = { 'elk.algorithm': 'rectpacking', 'elk.aspectRatio': '1.6', 'elk.spacing.nodeNode': '20' };

/** The places of all things by their ids, and those of systems by `system:` and their names. */
export async function layoutOf({ things, lines }: Pick<ViewData, 'things' | 'lines'>): Promise<Record<string, Box>> {
  const systemOf = new Map(things.map(({ id, system }) => [id, system]));
  const children = [...new Set(systemOf.values())].map((system) => ({
    id: `system:${system}`,
    layoutOptions: OPTIONS,
    children: things
      .filter((one) => one.system === system)
      .map(({ id, name }) => ({ id, width: Math.round(name.length * LETTER) + MARGIN, height: HEIGHT })),
    // Lines between systems have no part in the layout: each system is laid out alone.
    edges: lines
      .filter(({ from, to }) => systemOf.get(from) === system && systemOf.get(to) === system)
      .map(({ from, to }, index) => ({ id: `${system}:${index}`, sources: [from], targets: [to] })),
  }));
  const laid = await new ELK().layout({ id: 'page', layoutOptions: PAGE, children });
  const boxes: Record<string, Box> = {};
  for (const frame of laid.children ?? []) {
    const { x: left = 0, y: top = 0, width = 0, height = 0 } = frame;
    boxes[frame.id] = { x: left + width / 2, y: top + height / 2, width, height };
    for (const { id, x = 0, y = 0, width = 0, height = 0 } of frame.children ?? [])
      boxes[id] = { x: left + x + width / 2, y: top + y + height / 2, width, height };
  }
  return boxes;
}
