import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { PrometheusRuleSpecGroupsRulesExpr as Expr, PrometheusRule } from '../../../imports/monitoring.coreos.com';
import type { System } from '../../model/system';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { alertsOf } from './alerts';
import { dashboardOf } from './dashboard';
import { recordingsOf } from './request-queries';
import { exposedComponents } from './requests';

/**
 * The monitoring of a system: a PrometheusRule with recording rules for its requests and with its alerts, and a ConfigMap with the
 * dashboard, which Grafana's sidecar finds by its labels. Nothing for a system without monitoring.
 * Source: prometheus-operator.dev, PrometheusRule; Grafana's Helm chart, Sidecar for dashboards.
 */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, system: System) {
    super(scope, id);
    const { monitoring, name } = system;
    if (monitoring === undefined) return;
    const monitored = { ...system, monitoring };
    const { namespace, dashboards } = monitoring;
    const recordings = exposedComponents(system).flatMap(recordingsOf);
    const rulesOf = (rules: readonly { readonly expr: string }[]) =>
      rules.map((rule) => ({ ...rule, expr: Expr.fromString(rule.expr) }));
    new PrometheusRule(this, 'rules', {
      metadata: { namespace, name, labels: labelsOf(name) },
      spec: {
        groups: [
          { name: `${name}-requests`, rules: rulesOf(recordings) },
          { name: `${name}-alerts`, rules: rulesOf(alertsOf(monitored)) },
        ],
      },
    });
    new k8s.KubeConfigMap(this, 'dashboard', {
      metadata: {
        namespace,
        name: `${name}-dashboard`,
        labels: { ...labelsOf(name), ...dashboards },
        annotations: waveOf('foundation'),
      },
      data: { [`${name}-${system.environment}.json`]: `${JSON.stringify(dashboardOf(monitored), undefined, 2)}\n` },
    });
  }
}
