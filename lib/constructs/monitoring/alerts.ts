import type { Alert, MonitoredSystem } from './alert-rule';
import { podAlerts } from './pod-alerts';
import { requestAlerts } from './request-alerts';
import { taskAlerts } from './task-alerts';

/** The alerts of a system: only those that can fire for its components and tasks. Source: the seed of neuron, "Alerting". */
export function alertsOf(system: MonitoredSystem): Alert[] {
  const rules = [...podAlerts(system), ...requestAlerts(system), ...taskAlerts(system)];
  return rules.map(({ alert, expr, for: time, severity, namespace, component, labels, summary, runbook }) => ({
    alert,
    expr,
    for: time,
    labels: {
      severity,
      system: system.name,
      environment: system.environment,
      namespace,
      ...(component !== undefined && { component }),
      ...labels,
    },
    annotations: { summary, runbook },
  }));
}
