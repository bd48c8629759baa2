import { groupBy } from '../../base/group';
import { type Any, type DocumentContext, ofKind, runsOf, type Section, workloadsOf } from '../context';
import { code, codes, enumerate, list, paragraphs, table } from '../markdown';

/** All rules of the system that are alerts. */
export function alertsOf(context: DocumentContext): Any[] {
  const rules: Any[] = ofKind(context, 'PrometheusRule').flatMap(({ spec }) =>
    spec.groups.flatMap((group: Any) => group.rules),
  );
  return rules.filter(({ alert }) => alert !== undefined);
}

/** What stands for the name of a component in a summary that several have. */
const COMPONENT = '*component*';

/** The summary of an alert: what Prometheus fills in is in italics. */
function summaryOf({ labels, annotations }: Any): { readonly summary: string; readonly component?: string } {
  const { component } = labels;
  const text = String(annotations.summary)
    .replace(/\{\{\s*\$labels\.(\w+)[^}]*\}\}/g, '*$1*')
    .replace(/\{\{\s*\$value[^}]*\}\}/g, '*value*');
  return component === undefined ? { summary: text } : { summary: text.replaceAll(component, COMPONENT), component };
}

/** Alerts of one name, severity and waiting time in one row. */
function alertRows(context: DocumentContext): string[][] {
  const groups = groupBy(alertsOf(context), (one: Any) => `${one.alert} ${one.labels.severity} ${one.for}`);
  return [...groups.values()].map((same) => {
    const [{ alert, labels, for: time }] = same as [Any];
    const summaries = groupBy(same.map(summaryOf), ({ summary }) => summary);
    const lines = [...summaries].map(([summary, of]) => {
      const components = of.flatMap(({ component }) => component ?? []);
      if (components.length === 0) return summary;
      const [only, ...others] = components as [string, ...string[]];
      return others.length === 0 ? summary.replaceAll(COMPONENT, only) : `${summary} (${codes(components)})`;
    });
    return [alert, labels.severity, time, lines.join('\n')];
  });
}

/** The log levels that variables set. They are no secrets. */
function logLevels(context: DocumentContext): string | undefined {
  const levels = workloadsOf(context).flatMap(({ name, namespace, containers }) =>
    containers.flatMap(({ env = [] }: Any) =>
      env.flatMap(({ name: variable, value, valueFrom }: Any) => {
        if (!/log_*level/i.test(variable)) return [];
        const { name: config, key } = valueFrom?.configMapKeyRef ?? {};
        const level = value ?? context.cluster.find('ConfigMap', namespace, config)?.data?.[key];
        return level === undefined ? [] : [{ level: String(level), name }];
      }),
    ),
  );
  const groups = [...groupBy(levels, ({ level }) => level)];
  return groups.length === 0
    ? undefined
    : `Log level ${enumerate(groups.map(([level, same]) => `${level} of ${codes(same.map(({ name }) => name))}`))}.`;
}

function text(context: DocumentContext): string | undefined {
  const monitors = ofKind(context, 'PodMonitor', 'ServiceMonitor').map(({ metadata }) => metadata.name);
  const dashboards = ofKind(context, 'ConfigMap').filter(({ metadata }) => metadata.name.endsWith('-dashboard'));
  const rows = alertRows(context);
  const { model, logDays } = context;
  const [first] = [...workloadsOf(context).filter(({ object }) => object.kind !== 'Cluster'), ...runsOf(context)];
  return paragraphs(
    list([
      monitors.length === 0
        ? 'Metrics: no pod is scraped; alerts on pods and requests use metrics of the cluster and of the edge.'
        : `Metrics: Prometheus scrapes ${codes(monitors)}.`,
      dashboards.length === 0
        ? 'Dashboard: none.'
        : `Dashboard: ${codes(dashboards.map(({ metadata }) => metadata.name))} in Grafana.`,
      `Logs: containers write to their standard output. ${
        logDays === undefined
          ? `\`environments/${context.environment}/platform.yaml\` has no Loki, so that nothing of this project collects them.`
          : `Loki keeps them for ${logDays} days.`
      }${[' ', logLevels(context) ?? ''].join('').trimEnd()}${
        first === undefined
          ? ''
          : ` The newest: ${code(`kubectl -n ${first.namespace} logs ${first.object.kind.toLowerCase()}/${first.object.metadata.name} --all-containers --since=15m`)}.`
      }`,
    ]),
    model.monitoring === undefined || rows.length === 0
      ? `There are no alerts: set monitoring.enabled in ${context.file}.`
      : 'Alerts. `critical` pages at any hour, `warning` can wait for working hours; what to do is in the annotation `runbook` of each:',
    table(['Alert', 'Severity', 'After', 'When'], rows),
  );
}

/** Source: the seed, "Monitoring & Observability". */
export const monitoring: Section = { title: 'Monitoring and alerts', text };
