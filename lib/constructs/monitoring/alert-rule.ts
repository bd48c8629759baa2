import type { System } from '../../model/system';

/** An alert, before it is an object. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long it has to hold. */
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

/** critical: somebody gets up at night; warning: somebody looks in working hours. */
type Severity = 'critical' | 'warning';

/** What an alert is of, and how bad it is. */
export interface AlertRule extends Omit<Alert, 'labels' | 'annotations'> {
  readonly severity: Severity;
  readonly namespace: string;
  /** @default - the one that the series names */
  readonly component?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What to look at, and what to do. */
  readonly runbook: string;
}

/** A system that somebody watches. */
export type MonitoredSystem = System & { readonly monitoring: NonNullable<System['monitoring']> };

export const DAY_SECONDS = 86_400;

/** What containers said lately. */
export const logs = (namespace: string, name: string, kind = 'deployment') =>
  `kubectl -n ${namespace} logs ${kind}/${name} --all-containers --since=15m`;
