import { Construct } from 'constructs';
import { PrometheusRuleSpecGroupsRulesExpr as Expr, PrometheusRule } from '../../imports/monitoring.coreos.com';
import { labelsOf } from '../labels';
import type { System } from '../system';
import { alertsOf } from './alerts';
import { recordingsOf } from './queries';
import { askedOf } from './requests';

/**
 * What watches a system: a PrometheusRule with what is recorded of its requests and with its alerts. A system that nobody watches has
 * none. Source: prometheus-operator.dev, PrometheusRule.
 */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, system: System) {
    super(scope, id);
    const { monitoring, name } = system;
    if (monitoring === undefined) return;
    const metadata = { namespace: monitoring.namespace, name, labels: labelsOf(name) };
    const recordings = askedOf(system).flatMap(recordingsOf);
    const alerts = alertsOf({ ...system, monitoring });
    const rulesOf = (rules: readonly { readonly expr: string }[]) =>
      rules.map((rule) => ({ ...rule, expr: Expr.fromString(rule.expr) }));
    new PrometheusRule(this, 'rules', {
      metadata,
      spec: {
        groups: [
          { name: `${name}-requests`, rules: rulesOf(recordings) },
          { name: `${name}-alerts`, rules: rulesOf(alerts) },
        ],
      },
    });
  }
}
