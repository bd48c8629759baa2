import type { MonitoredSystem } from './alert-rule';
import * as queries from './queries';
import { exposedComponents, isTimed } from './requests';

/** Of Grafana 12. Source: grafana.com, Dashboard JSON model. */
const SCHEMA_VERSION = 41;

/** Three panels to a row of 24 columns. */
const WIDTH = 8;
const HEIGHT = 8;

/** A line of a panel, or several. */
interface Series {
  readonly expr: string;
  /** Its name, in which `{{label}}` is a label's value. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  /** As Grafana calls it. */
  readonly unit: string;
  readonly lines: readonly Series[];
}

const QUANTILES = [
  ['p50', '0.5'],
  ['p95', '0.95'],
  ['p99', '0.99'],
] as const;

function requests(system: MonitoredSystem): Panel[] {
  const asked = exposedComponents(system);
  const timed = asked.filter(({ sources }) => sources.some(isTimed));
  const each = (expr: (place: { readonly namespace: string }) => string, some = asked) =>
    [...new Set(some.map(({ component }) => component.namespace))].map((namespace) => ({
      expr: expr({ namespace }),
      legend: '{{component}}',
    }));
  return [
    { title: 'Requests', unit: 'reqps', lines: each(queries.requestRate) },
    { title: 'Errors', unit: 'percentunit', lines: each((place) => queries.errors(place)) },
    ...(timed.length === 0 ? [] : QUANTILES).map(([name, quantile]) => ({
      title: `Response time, ${name}`,
      unit: 's',
      lines: each((place) => queries.duration(place, quantile), timed),
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
  const asking = components.flatMap((component) => {
    const tokens = queries.tokensOf(component, prices);
    return tokens === undefined ? [] : [{ name: component.name, ...tokens }];
  });
  if (asking.length === 0) return [];
  const lines = (of: (one: (typeof asking)[number]) => Series[]) => asking.flatMap(of);
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

/** The dashboard of a system, as Grafana reads it: what is asked of it, what that takes, and what it costs. */
export function dashboardOf(system: MonitoredSystem): object {
  const source = { type: 'prometheus', uid: '$datasource' };
  const panels = [...requests(system), ...resources(system), ...databases(system), ...models(system)];
  return {
    // No longer than 40 characters.
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

/** A, B, … Z, A1, B1, …: what Grafana calls the lines of a panel. */
function refIdOf(line: number): string {
  const letter = String.fromCharCode(65 + (line % 26));
  return line < 26 ? letter : `${letter}${Math.floor(line / 26)}`;
}
