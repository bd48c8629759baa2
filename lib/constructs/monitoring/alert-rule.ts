import type { System } from '../../model/system';

/** A rule of a PrometheusRule. Source: prometheus.io, Alerting rules. */
export interface Alert {
  /** The name of the alert. */
  readonly alert: string;
  /** The condition, in PromQL. */
  readonly expr: string;
  /** How long the condition must hold before the alert fires, such as `5m`. */
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

/** `critical` pages the person on call, at night too; `warning` is handled in working hours. */
type Severity = 'critical' | 'warning';

/** An alert, from which its labels and annotations are derived. */
export interface AlertRule extends Omit<Alert, 'labels' | 'annotations'> {
  readonly severity: Severity;
  readonly namespace: string;
  /** @default - the label of the series */
  readonly component?: string;
  /** More labels of the alert. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** One sentence on what is wrong. */
  readonly summary: string;
  /** What to check, and what to do. */
  readonly runbook: string;
}

/** A system with monitoring. */
export type MonitoredSystem = System & { readonly monitoring: NonNullable<System['monitoring']> };

/** The seconds of a day. */
export const DAY_SECONDS = 86_400;

/** The command that shows the recent logs of a workload. */
export const logs = (namespace: string, name: string, kind = 'deployment') =>
  `kubectl -n ${namespace} logs ${kind}/${name} --all-containers --since=15m`;
