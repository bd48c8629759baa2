import cytoscape from 'cytoscape';
import type { Environment } from './state';

type Colour = (name: string) => string;

function boxStyles(colour: Colour) {
  const filled = ['workload', 'data', 'job', 'outside'].map((kind) => ({
    selector: `node.${kind}`,
    style: { 'background-color': colour(kind) },
  }));
  const box = {
    label: 'data(label)',
    color: colour('text'),
    'font-size': 15,
    'font-family': 'system-ui, sans-serif',
    'text-valign': 'center',
    'text-halign': 'center',
    width: 'data(width)',
    height: 'data(height)',
    shape: 'round-rectangle',
    'border-width': 1,
    'border-color': colour('line'),
  };
  const frame = {
    'background-color': colour('frame'),
    'text-valign': 'top',
    'text-margin-y': 28,
    'font-size': 20,
    'font-weight': 600,
    events: 'no',
    'z-compound-depth': 'bottom',
  };
  return [
    { selector: 'node', style: box },
    { selector: 'node.data', style: { shape: 'barrel' } },
    { selector: 'node.job', style: { shape: 'cut-rectangle' } },
    { selector: 'node.outside', style: { 'border-style': 'dashed', color: colour('muted') } },
    ...filled,
    { selector: 'node.system', style: frame },
  ];
}

function lineStyles(colour: Colour) {
  const line = {
    width: 1.4,
    'line-color': colour('line'),
    'target-arrow-color': colour('line'),
    'target-arrow-shape': 'triangle',
    'arrow-scale': 0.9,
    'curve-style': 'straight',
  };
  const changes = ['new', 'changed', 'gone'].flatMap((change) => [
    { selector: `node.${change}`, style: { 'border-color': colour(change), 'border-width': 4 } },
    {
      selector: `edge.${change}`,
      style: { 'line-color': colour(change), 'target-arrow-color': colour(change), width: 3 },
    },
  ]);
  const lit = { 'line-color': colour('accent'), 'target-arrow-color': colour('accent'), width: 2.6, 'z-index': 9 };
  return [
    { selector: 'edge', style: line },
    ...changes,
    { selector: 'node.gone', style: { 'border-style': 'dashed' } },
    { selector: 'edge.gone', style: { 'line-style': 'dashed' } },
    { selector: '.faded', style: { opacity: 0.13 } },
    { selector: 'edge.lit', style: lit },
    { selector: 'node.selected', style: { 'border-color': colour('accent'), 'border-width': 4 } },
    { selector: '.hidden', style: { display: 'none' } },
  ];
}

/** The colours of the page's style, as they are now: the picture is a canvas, which style sheets do not reach. */
function styleOf(): cytoscape.StylesheetJson {
  const style = getComputedStyle(document.documentElement);
  const colour: Colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return [...boxStyles(colour), ...lineStyles(colour)] as cytoscape.StylesheetJson;
}

/** What the reader points at or chooses: a thing, or a line between two. Undefined: nothing. */
export type Chosen = { readonly thing: string } | { readonly line: number } | undefined;

export interface Graph {
  show(ids: ReadonlySet<string>): void;
  /** Lights up a thing with its lines, or one line. */
  light(chosen: Chosen): void;
  /** Follows a change of colours. */
  repaint(): void;
  fit(): void;
  zoom(factor: number): void;
}

function elementsOf({ data }: Environment): cytoscape.ElementDefinition[] {
  const at = (id: string) => data.boxes[id] ?? { x: 0, y: 0, width: 100, height: 34 };
  const node = (id: string, label: string, classes: string): cytoscape.ElementDefinition => {
    const { x, y, width, height } = at(id);
    return { data: { id, label, width, height }, position: { x, y }, classes };
  };
  const systems = [...new Set(data.things.map(({ system }) => system))];
  return [
    ...systems.map((system) => node(`system:${system}`, system, 'system')),
    ...data.things.map(({ id, name, kind, change }) => node(id, name, `${kind} ${change ?? ''}`)),
    ...data.lines.map(({ from, to, change }, index) => ({
      data: { id: `line:${index}`, source: from, target: to },
      classes: change ?? '',
    })),
  ];
}

/** The picture. @param point is told what the pointer is over @param choose is told what was clicked */
export function graphIn(
  container: HTMLElement,
  environment: Environment,
  point: (chosen: Chosen) => void,
  choose: (chosen: Chosen) => void,
): Graph {
  const cy = cytoscape({
    container,
    elements: elementsOf(environment),
    style: styleOf(),
    layout: { name: 'preset', fit: true, padding: 16 },
    autoungrabify: true,
    boxSelectionEnabled: false,
    minZoom: 0.05,
    maxZoom: 3,
  });
  // A wheel scrolls the page; the buttons zoom.
  cy.userZoomingEnabled(false);
  const chosenOf = (id: string): Chosen =>
    id.startsWith('line:') ? { line: Number(id.slice('line:'.length)) } : { thing: id };
  cy.on('mouseover', 'node, edge', ({ target }) => point(chosenOf(target.id())));
  cy.on('mouseout', 'node, edge', () => point(undefined));
  // A pointer that leaves the picture from a box is not told of otherwise.
  container.addEventListener('mouseleave', () => point(undefined));
  cy.on('tap', ({ target }) => choose(target === cy ? undefined : chosenOf(target.id())));
  return {
    show(ids) {
      cy.batch(() => {
        const things = cy.nodes().not('.system');
        things.forEach((one) => void one.toggleClass('hidden', !ids.has(one.id())));
        const systems = new Set([...ids].map((id) => environment.things.get(id)?.system));
        cy.nodes('.system').forEach((one) => void one.toggleClass('hidden', !systems.has(one.data('label'))));
      });
      cy.fit(cy.nodes().not('.hidden'), 16);
    },
    light(chosen) {
      cy.batch(() => {
        cy.elements().removeClass('faded lit selected');
        if (chosen === undefined) return;
        const one = cy.getElementById('line' in chosen ? `line:${chosen.line}` : chosen.thing);
        const lines = 'line' in chosen ? one : one.connectedEdges();
        const kept = one.union(lines).union(lines.connectedNodes());
        cy.elements().not('.system').difference(kept).addClass('faded');
        lines.addClass('lit');
        one.filter('node').addClass('selected');
      });
    },
    repaint: () => void cy.style(styleOf()),
    fit: () => void cy.resize().fit(cy.nodes().not('.hidden'), 16),
    zoom: (factor) =>
      cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }),
  };
}
