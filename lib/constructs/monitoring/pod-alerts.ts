import { labelsText } from '../labels';
import { type AlertRule, logs, type MonitoredSystem } from './alert-rule';
import * as queries from './queries';
import { select } from './requests';

/** What is left of a disk, and what is used of memory, at the worst. Source: the seed of neuron, "Alerting". */
const LEAST_DISK = 0.1;
const MOST_MEMORY = 0.9;

const pods = (namespace: string, system: string, component: string) =>
  `kubectl -n ${namespace} get pods -l ${labelsText(system, component)} -o wide`;

function down(system: MonitoredSystem): AlertRule[] {
  return queries.workloadsOf(system).map((one) => {
    const { namespace, name, kind } = one;
    const look =
      kind === 'Cluster'
        ? `kubectl -n ${namespace} get cluster ${name} and kubectl -n ${namespace} describe pods -l cnpg.io/cluster=${name}`
        : `${pods(namespace, system.name, name)}, then kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name} and ${logs(namespace, name, kind.toLowerCase())}`;
    return {
      alert: 'ServiceDown',
      expr: `${queries.ready(one)} == 0`,
      for: '2m',
      severity: 'critical',
      namespace,
      component: name,
      summary: `No pod of ${name} is ready, or its ${kind} is gone.`,
      runbook: `Why are they not ready: ${look}. After a release that broke it: revert the commit and apply.`,
    };
  });
}

/** What fires in place of all alerts that stand on kube-state-metrics. */
function blind({ monitoring: { namespace } }: MonitoredSystem): AlertRule {
  return {
    alert: 'MonitoringBlind',
    expr: queries.BLIND,
    for: '5m',
    severity: 'critical',
    namespace,
    summary: 'Prometheus has nothing of kube-state-metrics: whether pods run and backups are made is not known.',
    runbook:
      "Does it run: kubectl get pods -A -l app.kubernetes.io/name=kube-state-metrics. If it does, what Prometheus' page /targets says of it, and whether a NetworkPolicy is between them.",
  };
}

function exhausted(system: MonitoredSystem): AlertRule[] {
  return queries.connectionPoolsOf(system).map(({ namespace, name, exhausted: expr }) => ({
    alert: 'ConnectionPoolExhausted',
    expr,
    for: '2m',
    severity: 'critical',
    namespace,
    component: name,
    summary: `${name} has no free connections to its database.`,
    runbook: `Who holds them: pg_stat_activity of the server (state "idle in transaction", long queries), and ${pods(namespace, system.name, name)}. More of them is a matter of the pools' sizes and maxConnections in the environment file, which synth proves to fit.`,
  }));
}

function disks({ components, clusters }: MonitoredSystem): AlertRule[] {
  const volumes = [
    ...components.flatMap(({ namespace, name, storage }) => storage.map(({ claim }) => ({ namespace, name, claim }))),
    ...clusters.map(({ namespace, name }) => ({ namespace, name, claim: `~${name}-[0-9]+` })),
  ];
  return volumes.map(({ namespace, name, claim }) => ({
    alert: 'DiskSpaceLow',
    expr: `${queries.diskFree(namespace, claim)} < ${LEAST_DISK}`,
    for: '10m',
    severity: 'critical',
    namespace,
    component: name,
    summary: '{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} of its space left.',
    runbook: `How large it is: kubectl -n ${namespace} get pvc {{ $labels.persistentvolumeclaim }}. A larger storage of ${name} in the environment file grows it where its class may (kubectl get storageclass, ALLOWVOLUMEEXPANSION).`,
  }));
}

function memory(system: MonitoredSystem): AlertRule[] {
  return queries.workloadsOf(system).map((one) => ({
    alert: 'MemoryHigh',
    expr: `${queries.memoryUsed(one)} > ${MOST_MEMORY}`,
    for: '10m',
    severity: 'warning',
    namespace: one.namespace,
    component: one.name,
    summary: '{{ $labels.container }} in {{ $labels.pod }} uses {{ $value | humanizePercentage }} of its memory.',
    runbook: `Has it been killed before: kubectl -n ${one.namespace} describe pod {{ $labels.pod }} (OOMKilled). If it grows for ever, restart it and look for the leak; if it needs it, give ${one.name} more memory in the environment file.`,
  }));
}

function autoscalers({ components }: MonitoredSystem): AlertRule[] {
  return components
    .filter(({ scale }) => scale.max !== undefined)
    .map(({ namespace, name }): AlertRule => {
      const at = { namespace, horizontalpodautoscaler: `${name}-hpa` };
      const now = select('kube_horizontalpodautoscaler_status_current_replicas', at);
      const most = select('kube_horizontalpodautoscaler_spec_max_replicas', at);
      return {
        alert: 'AutoscalerAtMaximum',
        expr: `max(${now}) >= max(${most})`,
        for: '15m',
        severity: 'warning',
        namespace,
        component: name,
        summary: `${name} runs all {{ $value }} pods that it may have, and has so for 15 minutes.`,
        runbook: `What the load is: kubectl -n ${namespace} describe hpa ${name}-hpa. If it is real, a larger max of ${name}'s scale in the environment file, which synth proves to fit the database.`,
      };
    });
}

/** Alerts of what runs for ever: pods, their volumes, connections and numbers. */
export function podAlerts(system: MonitoredSystem): AlertRule[] {
  return [
    blind(system),
    ...down(system),
    ...exhausted(system),
    ...disks(system),
    ...memory(system),
    ...autoscalers(system),
  ];
}
