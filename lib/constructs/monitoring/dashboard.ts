import type { MonitoredSystem } from './alert-rule';
import * as queries from './queries';
import * as requestQueries from './request-queries';
import { exposedComponents, isTimed } from './requests';

/** The schema version of Grafana 12. Source: grafana.com, Dashboard JSON model. */
const SCHEMA_VERSION = 41;

/** Three panels to a row of 24 columns. */
const WIDTH = 8;
const HEIGHT = 8;

/** A query of a panel, which yields one or several lines. */
interface Series {
  readonly expr: string;
  /** The name of the lines, in which `{{label}}` stands for the value of a label. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  /** A unit ID of Grafana. */
  readonly unit: string;
  readonly lines: readonly Series[];
}

const QUANTILES = [
  ['p50', '0.5'],
  ['p95', '0.95'],
  ['p99', '0.99'],
] as const;

function requests(system: MonitoredSystem): Panel[] {
  const exposed = exposedComponents(system);
  const timed = exposed.filter(({ sources }) => sources.some(isTimed));
  const each = (expr: (place: { readonly namespace: string }) => string, components = exposed) =>
    [...new Set(components.map(({ component }) => component.namespace))].map((namespace) => ({
      expr: expr({ namespace }),
      legend: '{{component}}',
    }));
  return [
    { title: 'Requests', unit: 'reqps', lines: each(requestQueries.requestRate) },
    { title: 'Errors', unit: 'percentunit', lines: each((place) => requestQueries.errors(place)) },
    ...(timed.length === 0 ? [] : QUANTILES).map(([name, quantile]) => ({
      title: `Response time, ${name}`,
      unit: 's',
      lines: each((place) => requestQueries.duration(place, quantile), timed),
    })),
  ];
}

function resources(system: MonitoredSystem): Panel[] {
  const each = (expr: (pods: queries.WorkloadRef) => string, legend?: string) =>
    queries.workloadsOf(system).map((pods) => ({ expr: expr(pods), legend: legend ?? pods.name }));
  return [
    { title: 'Pods that are ready', unit: 'short', lines: each(queries.ready) },
    { title: 'CPU, in cores', unit: 'short', lines: each(queries.cpu) },
    { title: 'Memory', unit: 'bytes', lines: each(queries.memory) },
    { title: 'Memory, of the limit', unit: 'percentunit', lines: each(queries.memoryUsed, '{{pod}} {{container}}') },
  ];
}

function databases(system: MonitoredSystem): Panel[] {
  const pools = queries.connectionPoolsOf(system);
  if (pools.length === 0) return [];
  return [
    {
      title: 'Database connections',
      unit: 'short',
      lines: pools.map(({ name, connections }) => ({ expr: connections, legend: `${name} {{pod}}` })),
    },
  ];
}

function models({ components, monitoring: { prices } }: MonitoredSystem): Panel[] {
  const users = components.flatMap((component) => {
    const tokens = queries.tokensOf(component, prices);
    return tokens === undefined ? [] : [{ name: component.name, ...tokens }];
  });
  if (users.length === 0) return [];
  const lines = (of: (one: (typeof users)[number]) => Series[]) => users.flatMap(of);
  return [
    {
      title: 'AI tokens per second',
      unit: 'short',
      lines: lines(({ name, rate, type, model }) => [{ expr: rate, legend: `${name} {{${type}}} {{${model}}}` }]),
    },
    ...(prices === undefined
      ? []
      : [
          {
            title: 'AI cost per hour',
            unit: 'currencyUSD',
            lines: lines(({ name, cost, model }) =>
              cost === undefined ? [] : [{ expr: cost, legend: `${name} {{${model}}}` }],
            ),
          },
        ]),
  ];
}

/** The Grafana dashboard of a system: requests, resources, database connections and AI costs. */
export function dashboardOf(system: MonitoredSystem): object {
  const source = { type: 'prometheus', uid: '$datasource' };
  const panels = [...requests(system), ...resources(system), ...databases(system), ...models(system)];
  return {
    // Grafana allows 40 characters.
    uid: `berth-${system.name}-${system.environment}`,
    title: `${system.name}, ${system.environment}`,
    tags: ['berth', system.name, system.environment],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: false,
    timezone: 'utc',
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus', current: {} }],
    },
    panels: panels.map(({ title, unit, lines }, index) => ({
      id: index + 1,
      type: 'timeseries',
      title,
      datasource: source,
      gridPos: { x: (index % 3) * WIDTH, y: Math.floor(index / 3) * HEIGHT, w: WIDTH, h: HEIGHT },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
      targets: lines.map(({ expr, legend }, line) => ({
        refId: refIdOf(line),
        datasource: source,
        expr,
        legendFormat: legend,
      })),
    })),
  };
}

/** The ID of a query in Grafana: A, B, … Z, A1, B1, … */
function refIdOf(line: number): string {
  const letter = String.fromCharCode(65 + (line % 26));
  return line < 26 ? letter : `${letter}${Math.floor(line / 26)}`;
}
