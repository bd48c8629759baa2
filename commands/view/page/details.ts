import type { Line, Thing } from '../view-data';
import { badge, element } from './element';
import type { Chosen } from './graph';
import type { Environment } from './state';

/** One line with all ports, each with what opens it. */
function wayOf({ things }: Environment, { from, to, ways, change }: Line, self?: string): HTMLElement {
  const nameOf = (id: string) => things.get(id)?.name ?? id;
  const title =
    self === undefined ? `${nameOf(from)} → ${nameOf(to)}` : self === from ? `→ ${nameOf(to)}` : `← ${nameOf(from)}`;
  const ports = ways.map((way) =>
    element('li', {}, element('strong', {}, way.port), ' by ', element('code', {}, way.by), ...badge(way.change)),
  );
  return element('li', {}, title, ...badge(change), element('ul', {}, ...ports));
}

function thingDetails(environment: Environment, thing: Thing): Node[] {
  const { id, name, system, namespace, about, facts, change } = thing;
  const all = [['System', system], ...(namespace === '' ? [] : [['Namespace', namespace]]), ...facts] as const;
  const rows = all.flatMap(([key, text]) => [element('dt', {}, `${key}`), element('dd', {}, `${text}`)]);
  const lines = environment.linesOf(id);
  return [
    element('h2', {}, name, ...badge(change)),
    ...(about === '' ? [] : [element('p', {}, about)]),
    element('dl', {}, ...rows),
    element('h3', {}, lines.length === 0 ? 'No allowed connections' : 'Allowed connections'),
    element('ul', { class: 'ways' }, ...lines.map((line) => wayOf(environment, line, id))),
  ];
}

/** What is known of what the reader points at. */
export function detailsOf(environment: Environment, chosen: Chosen): Node[] {
  if (chosen === undefined)
    return [
      element(
        'p',
        { class: 'hint' },
        'Point at a box or an arrow to see which policy allows a connection, and on which port. Click to keep it.',
      ),
    ];
  if ('line' in chosen) {
    const line = environment.data.lines[chosen.line];
    return line === undefined
      ? []
      : [element('h2', {}, 'Allowed connection'), element('ul', { class: 'ways' }, wayOf(environment, line))];
  }
  const thing = environment.things.get(chosen.thing);
  return thing === undefined ? [] : thingDetails(environment, thing);
}
