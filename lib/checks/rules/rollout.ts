import { formatValue, isInteger, percentOf, podCountOf } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { drainFindings, sleepFindings } from '../cluster/grace';
import { cronJobFindings, jobFindings } from '../cluster/jobs';
import { type Container, containersOf, listOf, numberOr, type Pod } from '../cluster/pods';
import type { FieldFinding, Level, Violation } from '../cluster/violation';
import { autoscalersByTarget, boundsOf } from '../cluster/workloads';
import type { Rule } from '../rule';

const NAME = 'rollout';

const violation = (object: ManifestObject, path: string, message: string, level?: Level): Violation => ({
  rule: NAME,
  object,
  path,
  message,
  level,
});

const toViolations = (object: ManifestObject, findings: readonly FieldFinding[]): Violation[] =>
  findings.map(({ path, message, level }) => violation(object, path, message, level));

const LONG_RUNNING = ['Deployment', 'StatefulSet', 'DaemonSet'];
const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;

/** What each probe is for. */
const PURPOSE: Readonly<Record<string, string>> = {
  startupProbe: 'so that a slow start is not taken for a hang',
  livenessProbe: 'so that a container that hangs is restarted',
  readinessProbe: 'so that a rollout and Services wait until the pod answers',
};

/** The required probes. Sidecars need no readiness probe, since Services do not depend on it. */
const probesOf = (role: Container['role']): readonly string[] =>
  role === 'container' ? PROBES : role === 'sidecar' ? ['startupProbe', 'livenessProbe'] : [];

/** The least time that a container must have to start, in seconds. */
const LEAST_SECONDS_TO_START = 30;

/** Source: kubernetes.io, Configure Liveness, Readiness and Startup Probes, with its defaults. */
function probeViolations({ pod: { owner }, path, role, fields }: Container): Violation[] {
  const violations: Violation[] = [];
  const report = (field: string, message: string, level: Level) =>
    violations.push(violation(owner, `${path}.${field}`, message, level));
  const isLongRunning = LONG_RUNNING.includes(owner.kind);
  // A worker has no port to probe. It counts as healthy while it runs.
  const isWorker = listOf(fields.ports).length === 0 && PROBES.every((probe) => fields[probe] == null);
  for (const probe of isLongRunning && !isWorker ? probesOf(role) : []) {
    if (fields[probe] == null) report(probe, `given none, expected one, ${PURPOSE[probe]}`, 'policy');
  }
  for (const probe of PROBES) {
    const { httpGet, tcpSocket } = fields[probe] ?? {};
    for (const [action, port] of [
      ['httpGet', httpGet?.port],
      ['tcpSocket', tcpSocket?.port],
    ] as const) {
      if (typeof port !== 'string' || listOf(fields.ports).some(({ name }) => name === port)) continue;
      const message = `given "${port}", expected the name of a port of the container, or a number`;
      report(`${probe}.${action}.port`, message, 'broken');
    }
  }
  const deadlineProbe = fields.startupProbe == null ? 'livenessProbe' : 'startupProbe';
  if (isLongRunning && fields[deadlineProbe] != null) {
    const { initialDelaySeconds, periodSeconds, failureThreshold } = fields[deadlineProbe];
    const [delay, period, failures] = [
      numberOr(initialDelaySeconds, 0),
      numberOr(periodSeconds, 10),
      numberOr(failureThreshold, 3),
    ];
    const seconds = delay + period * failures;
    if (seconds < LEAST_SECONDS_TO_START) {
      report(
        deadlineProbe,
        `given ${delay} + ${period} × ${failures} = ${seconds} s until a container that still starts is killed, expected at least ${LEAST_SECONDS_TO_START} s; raise startupProbe.failureThreshold`,
        'policy',
      );
    }
  }
  return violations;
}

/** Source: kubernetes.io, Deployments, Rolling Update Deployment. */
function strategyViolations(object: ManifestObject): Violation[] {
  const { replicas, strategy } = object.spec ?? {};
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  const path = 'spec.strategy.rollingUpdate.maxUnavailable';
  if (podCountOf(maxUnavailable, 100) === 0 && podCountOf(maxSurge, 100) === 0) {
    return [
      violation(
        object,
        path,
        'given 0 for both maxUnavailable and maxSurge, expected one above 0, since no pod could be replaced',
        'broken',
      ),
    ];
  }
  const isAll =
    (percentOf(maxUnavailable) ?? 0) >= 100 || (isInteger(replicas, 2) && isInteger(maxUnavailable, replicas));
  return isAll
    ? [
        violation(
          object,
          path,
          `given ${formatValue(maxUnavailable)}, expected fewer than all pods, which would be unavailable at once`,
        ),
      ]
    : [];
}

/** A volume that only one node, or one pod, may mount. */
interface SingleWriter {
  readonly path: string;
  readonly claim: string;
  readonly modes: string;
}

/** The claims that all pods of a workload share, but that only one node may mount. Source: kubernetes.io, Persistent Volumes. */
function singleWritersOf(cluster: ClusterIndex, pod: Pod): SingleWriter[] {
  return listOf(pod.spec.volumes).flatMap(({ persistentVolumeClaim }, index) => {
    const claim = persistentVolumeClaim?.claimName;
    if (typeof claim !== 'string') return [];
    const object = cluster.find('PersistentVolumeClaim', pod.owner.metadata.namespace, claim);
    const modes = listOf(object?.spec?.accessModes).filter((mode) => typeof mode === 'string');
    const isSingle = modes.some((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod');
    return isSingle && !modes.includes('ReadWriteMany')
      ? [{ path: `${pod.path}.volumes[${index}].persistentVolumeClaim`, claim, modes: modes.join(', ') }]
      : [];
  });
}

function writerViolations(cluster: ClusterIndex, pod: Pod, autoscaler: ManifestObject | undefined): Violation[] {
  const { owner } = pod;
  const [first] = singleWritersOf(cluster, pod);
  if (!first) return [];
  const because = `the claim ${first.claim} is ${first.modes}`;
  const { strategy, replicas } = owner.spec ?? {};
  const violations: Violation[] = [];
  if (owner.kind === 'DaemonSet') {
    violations.push(
      violation(owner, first.path, `given a claim for the pods of every node, expected none, since ${because}`),
    );
  }
  if (owner.kind === 'Deployment' && strategy?.type !== 'Recreate') {
    const message = `given ${strategy?.type == null ? 'nothing, which means RollingUpdate' : formatValue(strategy.type)}, expected Recreate, since ${because} and the new pod would wait for the old one`;
    violations.push(violation(owner, 'spec.strategy.type', message));
  }
  if (typeof replicas === 'number' && replicas > 1) {
    violations.push(violation(owner, 'spec.replicas', `given ${replicas}, expected 1, since ${because}`));
  }
  const { most, path = '' } = autoscaler ? boundsOf(autoscaler) : {};
  if (autoscaler && most !== 1) {
    const message = `given ${formatValue(most)} for ${objectName(owner)}, expected no autoscaler, since ${because}`;
    violations.push(violation(autoscaler, path, message));
  }
  return violations;
}

/** Rollouts keep the workload available, and Jobs end. */
export const rollout: Rule = {
  name: NAME,
  level: 'risk',
  rationale: `Without a readiness probe, a pod counts as ready before it answers; without a liveness probe, a container that hangs stays. A liveness probe that fails too early kills containers that are
still starting, again and again. A grace period that is too short to drain cuts off requests; if it is shorter than a \`sleep\`, the
API server refuses the pod. If two pods share a single-writer volume, the second never starts, so that a rolling update hangs. A Job
without a deadline may hang forever, and a Job whose name does not change with its template cannot be applied again.`,
  wrong: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: api
          image: example.com/api:v1.0.0
          livenessProbe: { httpGet: { path: /health, port: 8000 }, periodSeconds: 5 }
          lifecycle: { preStop: { sleep: { seconds: 15 } } }
`,
  right: `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 30
      containers:
        - name: api
          image: example.com/api:v1.0.0
          startupProbe: { httpGet: { path: /health, port: 8000 }, periodSeconds: 5, failureThreshold: 24 }
          livenessProbe: { httpGet: { path: /health, port: 8000 }, periodSeconds: 5 }
          readinessProbe: { httpGet: { path: /health, port: 8000 }, periodSeconds: 5 }
          lifecycle: { preStop: { sleep: { seconds: 15 } } }
`,
  judge: (cluster) => {
    const autoscalers = autoscalersByTarget(cluster);
    return [
      ...cluster.pods.flatMap((pod) => [
        ...containersOf(pod).flatMap(probeViolations),
        ...toViolations(pod.owner, sleepFindings(pod)),
        ...(LONG_RUNNING.includes(pod.owner.kind)
          ? [
              ...toViolations(pod.owner, drainFindings(pod)),
              ...writerViolations(cluster, pod, autoscalers.get(pod.owner)),
            ]
          : []),
      ]),
      ...cluster.ofKind('Deployment').flatMap(strategyViolations),
      ...cluster.ofKind('Job', 'CronJob').flatMap((object) => toViolations(object, jobFindings(object))),
      ...cluster.ofKind('CronJob').flatMap((object) => toViolations(object, cronJobFindings(object))),
    ];
  },
};
