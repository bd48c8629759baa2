import { leastReplicas } from '../../model/scale';
import { labelsText } from '../labels';
import { type AlertRule, logs, type MonitoredSystem } from './alert-rule';
import * as queries from './queries';
import { select } from './requests';

/** Thresholds: the free part of a volume, and the used part of the memory limit. Source: the seed of neuron, "Alerting". */
const LEAST_DISK = 0.1;
const MOST_MEMORY = 0.9;

const pods = (namespace: string, system: string, component: string) =>
  `kubectl -n ${namespace} get pods -l ${labelsText(system, component)} -o wide`;

/** The commands that show why pods are not ready. */
function look(system: string, { namespace, name, object = name, kind }: queries.WorkloadRef): string {
  return kind === 'Cluster'
    ? `kubectl -n ${namespace} get cluster ${name} and kubectl -n ${namespace} describe pods -l cnpg.io/cluster=${name}`
    : `${pods(namespace, system, name)}, then kubectl -n ${namespace} describe ${kind.toLowerCase()} ${object} and ${logs(namespace, object, kind.toLowerCase())}`;
}

function down(system: MonitoredSystem): AlertRule[] {
  return queries.workloadsOf(system).map((one) => {
    const { namespace, name, kind } = one;
    const mayRest = system.components.some(
      (component) => component.namespace === namespace && component.name === name && component.scale.min === 0,
    );
    return {
      alert: 'ServiceDown',
      expr: `${queries.ready(one)} == 0${mayRest ? ` unless ${queries.wanted(one)} == 0` : ''}`,
      for: '2m',
      severity: 'critical',
      namespace,
      component: name,
      summary: `No pod of ${name} is ready${mayRest ? ', although some are wanted' : ''}, or its ${kind} does not exist.`,
      runbook: `Check why the pods are not ready: ${look(system.name, one)}. If a release caused it, revert the commit and apply.`,
    };
  });
}

/** The workloads of more than one pod. Of one pod, none that is ready is {@link down}. */
function several({ components, clusters }: MonitoredSystem): queries.WorkloadRef[] {
  return queries.workloadsOf({
    components: components.filter(({ scale }) => (scale.max ?? leastReplicas(scale)) > 1),
    clusters: clusters.filter(({ instances }) => instances > 1),
  });
}

function missing(system: MonitoredSystem): AlertRule[] {
  return several(system).map((one) => {
    const ready = queries.ready(one);
    return {
      alert: 'PodsMissing',
      // None at all is another alert.
      expr: `${ready} < ${queries.wanted(one)} and ${ready} > 0`,
      for: '15m',
      severity: 'warning',
      namespace: one.namespace,
      component: one.name,
      summary: `For 15 minutes fewer pods of ${one.name} have been ready than are wanted: {{ $value }}. It has less room for load, and for the loss of a node.`,
      runbook: `Check why a pod is not ready, or not scheduled (Pending: nodes without room, an unbound volume): ${look(system.name, one)}.`,
    };
  });
}

/** A queue of several nodes takes messages while a majority of them is there. Source: rabbitmq.com, Quorum Queues. */
function quorum(system: MonitoredSystem): AlertRule[] {
  const clusters = system.components.filter(({ operator }) => operator !== undefined);
  return queries.workloadsOf({ components: clusters, clusters: [] }).map((one, index) => {
    const { namespace, name } = one;
    const nodes = clusters[index]?.scale.replicas ?? 1;
    const most = Math.floor(nodes / 2) + 1;
    return {
      alert: 'QueueQuorumLost',
      expr: `${queries.ready(one)} < ${most}`,
      for: '2m',
      severity: 'critical',
      namespace,
      component: name,
      summary: `{{ $value }} of the ${nodes} nodes of ${name} are ready, and ${most} are needed: queues take no messages and give none.`,
      runbook: `Check why the others are not ready: ${pods(namespace, system.name, name)} and kubectl -n ${namespace} get events. What one says of the others: kubectl -n ${namespace} exec ${one.object}-0 -- rabbitmq-diagnostics cluster_status.`,
    };
  });
}

/** Twice what a day should need: a loop, a longer prompt or a leaked key. */
function tokens({ components, monitoring: { namespace, tokensPerDay }, name }: MonitoredSystem): AlertRule[] {
  const counters = components.flatMap((one) => queries.tokensInDay(one) ?? []);
  if (tokensPerDay === undefined || counters.length === 0) return [];
  return [
    {
      alert: 'AiTokensHigh',
      expr: `sum(${counters.join(' or ')}) > ${2 * tokensPerDay}`,
      for: '10m',
      severity: 'warning',
      namespace,
      summary: `Language models used {{ $value | humanize }} tokens in a day; ${tokensPerDay} are expected.`,
      runbook: `Check which service and which model use them: the dashboard of ${name}. If it is a loop or a leaked key, stop it; if the use has grown, say so in requirements.ai of the environment file.`,
    },
  ];
}

/** Fires instead of the alerts that depend on kube-state-metrics. */
function blind({ monitoring: { namespace } }: MonitoredSystem): AlertRule {
  return {
    alert: 'MonitoringBlind',
    expr: queries.BLIND,
    for: '5m',
    severity: 'critical',
    namespace,
    summary:
      'Prometheus has no metrics of kube-state-metrics: alerts on pods, backups, restore drills and migrations cannot fire.',
    runbook:
      'Check whether kube-state-metrics runs: kubectl get pods -A -l app.kubernetes.io/name=kube-state-metrics. If it does, check its state on the page /targets of Prometheus, and whether a NetworkPolicy blocks the connection.',
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
    summary: `${name} has no free database connections.`,
    runbook: `Check who holds them: pg_stat_activity of the server (state "idle in transaction", long queries), and ${pods(namespace, system.name, name)}. If more are needed, increase the pool sizes and maxConnections in the environment file; synth checks that they fit.`,
  }));
}

function disks({ components, clusters }: MonitoredSystem): AlertRule[] {
  const volumes = [
    ...components
      .filter(({ storage }) => storage.length > 0)
      .map((one) => ({ namespace: one.namespace, name: one.name, claim: queries.claimsOf(one) })),
    ...clusters.map(({ namespace, name }) => ({ namespace, name, claim: `~${name}-[0-9]+` })),
  ];
  return volumes.map(({ namespace, name, claim }) => ({
    alert: 'DiskSpaceLow',
    expr: `${queries.diskFree(namespace, claim)} < ${LEAST_DISK}`,
    for: '10m',
    severity: 'critical',
    namespace,
    component: name,
    summary: 'The volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} free space.',
    runbook: `Check its size: kubectl -n ${namespace} get pvc {{ $labels.persistentvolumeclaim }}. To expand it, increase the storage of ${name} in the environment file, if its storage class allows that (kubectl get storageclass, ALLOWVOLUMEEXPANSION).`,
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
    summary:
      'The container {{ $labels.container }} in {{ $labels.pod }} uses {{ $value | humanizePercentage }} of its memory limit.',
    runbook: `Check whether it was killed before (OOMKilled): kubectl -n ${one.namespace} describe pod {{ $labels.pod }}. If its memory grows constantly, restart it and search for the leak; otherwise increase the memory of ${one.name} in the environment file.`,
  }));
}

/** How near its limit a pod has to be for an hour, so that it is too small rather than busy. */
const OUTGROWN = 0.8;

function outgrown({ components }: MonitoredSystem): AlertRule[] {
  return components.flatMap(({ outgrown: advice, ...one }) => {
    if (advice === undefined) return [];
    const [workload] = queries.workloadsOf({ components: [{ ...one }], clusters: [] });
    return workload === undefined
      ? []
      : {
          alert: 'PodOutgrown',
          expr: `max(${queries.memoryUsed(workload)}) > ${OUTGROWN} or max(${queries.cpuUsed(workload)}) > ${OUTGROWN}`,
          for: '1h',
          severity: 'warning',
          namespace: one.namespace,
          component: one.name,
          summary: `The pod of ${one.name} has used {{ $value | humanizePercentage }} of its CPU or memory limit for an hour.`,
          runbook: `Increase its limits in the environment file. ${advice}`,
        };
  });
}

function autoscalers({ components }: MonitoredSystem): AlertRule[] {
  return components
    .filter(({ scale }) => scale.max !== undefined)
    .map(({ namespace, name, scale }): AlertRule => {
      const autoscaler = scale.queue === undefined ? `${name}-hpa` : `keda-hpa-${name}`;
      const at = { namespace, horizontalpodautoscaler: autoscaler };
      const now = select('kube_horizontalpodautoscaler_status_current_replicas', at);
      const most = select('kube_horizontalpodautoscaler_spec_max_replicas', at);
      return {
        alert: 'AutoscalerAtMaximum',
        expr: `max(${now}) >= max(${most})`,
        for: '15m',
        severity: 'warning',
        namespace,
        component: name,
        summary: `${name} has run at its maximum of {{ $value }} pods for 15 minutes.`,
        runbook: `Check the load: kubectl -n ${namespace} describe hpa ${autoscaler}. If it is expected, increase scale.max of ${name} in the environment file; synth checks that the database connections fit.`,
      };
    });
}

/** The alerts of long-running workloads: pods, volumes, database connections and autoscalers. */
export function podAlerts(system: MonitoredSystem): AlertRule[] {
  return [
    blind(system),
    ...down(system),
    ...quorum(system),
    ...missing(system),
    ...exhausted(system),
    ...disks(system),
    ...memory(system),
    ...outgrown(system),
    ...autoscalers(system),
    ...tokens(system),
  ];
}
