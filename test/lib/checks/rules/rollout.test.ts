import { rollout as rule } from '../../../../lib/checks/rules/rollout';
import { describeRule, findings, parse } from '../manifests';

const PROBES = `startupProbe: { httpGet: { path: /, port: http }, failureThreshold: 30 }
          livenessProbe: { httpGet: { path: /, port: http } }
          readinessProbe: { tcpSocket: { port: 8000 } }`;

/** A workload whose one container has probes, and more of everything. */
const workload = ({ kind = 'Deployment', spec = '', pod = '', container = '', probes = PROBES } = {}) => `
---
apiVersion: apps/v1
kind: ${kind}
metadata: { name: api, namespace: shop }
spec:
  ${spec}
  template:
    metadata: { labels: { app: api } }
    spec:
      ${pod}
      containers:
        - name: api
          ports: [{ name: http, containerPort: 8000 }]
          ${container}
          ${probes}
`;

const claim = (modes = '[ReadWriteOnce]') => `
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop }
spec: { accessModes: ${modes} }
`;

const CLAIMED = 'volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]';
const sleeping = (preStop: string, pod = '') => workload({ pod, container: `lifecycle: { preStop: ${preStop} }` });
const liveness = (probe: string) =>
  PROBES.replace(/startupProbe.*/, '').replace(/livenessProbe.*/, `livenessProbe: ${probe}`);
const startup = (probe: string) => PROBES.replace(/startupProbe.*/, `startupProbe: ${probe}`);

const scaler = (kind: string, maxReplicas = 3) => `
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: scaler, namespace: shop }
spec: { scaleTargetRef: { kind: ${kind}, name: api }, maxReplicas: ${maxReplicas} }
`;

const JOB = 'backoffLimit: 3, activeDeadlineSeconds: 600';
const job = (name = 'migrate-0123abcd', spec = JOB, restartPolicy = 'Never', annotations = '{}') => `
---
apiVersion: batch/v1
kind: Job
metadata: { name: ${name}, namespace: shop, annotations: ${annotations} }
spec: { ${spec}, template: { spec: { restartPolicy: ${restartPolicy}, containers: [{ name: migrate }] } } }
`;

const CRON = 'schedule: "0 3 * * *", concurrencyPolicy: Forbid, startingDeadlineSeconds: 300';
const cron = (spec = CRON, jobSpec = JOB, restartPolicy = 'OnFailure') => `
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: clean, namespace: shop }
spec: { ${spec}, jobTemplate: { spec: { ${jobSpec}, template: { spec: { restartPolicy: ${restartPolicy}, containers: [{ name: clean }] } } } } }
`;

const judge = (text: string) => findings(rule, parse(text));

describeRule(rule, [
  workload({ pod: CLAIMED, spec: 'strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }' }) +
    claim() +
    scaler('Deployment'),
  sleeping('{ exec: { command: [sleep, "5"] }, sleep: { seconds: 1 } }'),
  job() + cron(),
]);

test.each([
  ['a workload with its probes', workload()],
  ['a worker, which has no port and is asked nothing', workload({ probes: '' }).replace(/ports: .*\n/, '')],
  ['a StatefulSet', workload({ kind: 'StatefulSet' })],
  ['a DaemonSet', workload({ kind: 'DaemonSet' })],
  [
    'a bare pod without probes',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a }] }',
  ],
  ['a container that runs before', workload({ pod: 'initContainers: [{ name: migrate }]' })],
  [
    'a sidecar that is never ready',
    workload({
      pod: 'initContainers: [{ name: proxy, restartPolicy: Always, startupProbe: { exec: {}, failureThreshold: 30 }, livenessProbe: { exec: {} } }]',
    }),
  ],
  ['a drain within the grace period', sleeping('{ exec: { command: [/bin/sh, -c, sleep 25] } }')],
  ['a longer grace period', sleeping('{ sleep: { seconds: 55 } }', 'terminationGracePeriodSeconds: 60')],
  ['a surge', workload({ spec: 'strategy: { rollingUpdate: { maxSurge: 25%, maxUnavailable: 0 } }' })],
  ['one after the other', workload({ spec: 'strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }' })],
  ['one writer', workload({ pod: CLAIMED, spec: 'strategy: { type: Recreate }' }) + claim()],
  ['one writer of several that may be', workload({ pod: CLAIMED, spec: 'replicas: 3' }) + claim('[ReadWriteMany]')],
  ['a claim that is elsewhere', workload({ pod: CLAIMED, spec: 'replicas: 3' })],
  ['one writer in a StatefulSet', workload({ kind: 'StatefulSet', pod: CLAIMED, spec: 'replicas: 1' }) + claim()],
  [
    'claims of each pod',
    workload({
      kind: 'StatefulSet',
      spec: 'replicas: 3\n  volumeClaimTemplates: [{ metadata: { name: data }, spec: { accessModes: [ReadWriteOnce] } }]',
    }),
  ],
  [
    'an autoscaler of one',
    workload({ pod: CLAIMED, spec: 'strategy: { type: Recreate }' }) + claim() + scaler('Deployment', 1),
  ],
  ['a Job', job()],
  ['a hook of Argo CD', job('migrate', JOB, 'Never', '{ argocd.argoproj.io/hook: PreSync }')],
  ['a hook of Helm', job('migrate', JOB, 'OnFailure', '{ helm.sh/hook: pre-install }')],
  ['a CronJob', cron()],
  ['a CronJob by a macro', cron(CRON.replace('0 3 * * *', '@daily').replace('Forbid', 'Replace'))],
  ['steps, ranges and names', cron(CRON.replace('0 3 * * *', '*/5 0-6 1,15 JAN MON-FRI'))],
])('%s passes', (_, text) => {
  expect(judge(text)).toEqual([]);
});

const API = 'Deployment shop/api';
const CONTAINER = 'spec.template.spec.containers[0]';

test.each([
  ...['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => [
    `no ${probe}`,
    workload({ probes: PROBES.replace(new RegExp(`${probe}.*`), '') }),
    `${API}: ${CONTAINER}.${probe}: given none`,
  ]),
  [
    'no probe of a DaemonSet',
    workload({ kind: 'DaemonSet', probes: PROBES.replace(/readinessProbe.*/, '') }),
    `DaemonSet shop/api: ${CONTAINER}.readinessProbe: given none`,
  ],
  [
    'a sidecar that is not watched',
    workload({
      pod: 'initContainers: [{ name: proxy, restartPolicy: Always, startupProbe: { exec: {}, failureThreshold: 30 } }]',
    }),
    `${API}: spec.template.spec.initContainers[0].livenessProbe: given none`,
  ],
  [
    'a start that is cut short',
    workload({ probes: startup('{ exec: {}, periodSeconds: 5, failureThreshold: 5 }') }),
    `${API}: ${CONTAINER}.startupProbe: given 0 + 5 × 5 = 25 s`,
  ],
  [
    'a timeout beyond the period',
    workload({ probes: PROBES.replace('8000 }', '8000 }, timeoutSeconds: 6, periodSeconds: 5') }),
    `${API}: ${CONTAINER}.readinessProbe.timeoutSeconds: given 6, expected at most the period of 5 s`,
  ],
  [
    'a timeout beyond the period that is not given',
    workload({ probes: PROBES.replace('8000 }', '8000 }, timeoutSeconds: 11') }),
    `${API}: ${CONTAINER}.readinessProbe.timeoutSeconds: given 11, expected at most the period of 10 s`,
  ],
  [
    'a port that is not there',
    workload({ probes: PROBES.replace('8000', 'web') }),
    `${API}: ${CONTAINER}.readinessProbe.tcpSocket.port: given "web", expected the name of a port`,
  ],
  [
    'a sleep as long as the grace period',
    sleeping('{ exec: { command: [/bin/sh, -c, sleep 30] } }'),
    `${API}: spec.template.spec.terminationGracePeriodSeconds: given 30 s, expected at least 35 s`,
  ],
  [
    'a sleep that leaves no drain',
    sleeping('{ exec: { command: [sleep, "26"] } }'),
    `${API}: spec.template.spec.terminationGracePeriodSeconds: given 30 s, expected at least 31 s`,
  ],
  [
    'a sleep of Kubernetes itself',
    sleeping('{ sleep: { seconds: 20 } }', 'terminationGracePeriodSeconds: 20'),
    'given 20 s, expected at least 25 s',
  ],
  [
    'a sleep of minutes',
    sleeping('{ exec: { command: [sh, -c, "nginx -s quit; sleep 1m"] } }', 'terminationGracePeriodSeconds: 60'),
    'given 60 s, expected at least 65 s',
  ],
  ['no grace', workload({ pod: 'terminationGracePeriodSeconds: 0' }), 'given 0 s, expected at least 5 s'],
  [
    'nothing that may be replaced',
    workload({ spec: 'strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0% } }' }),
    `${API}: spec.strategy.rollingUpdate.maxUnavailable: given 0 for both maxUnavailable and maxSurge`,
  ],
  [
    'all at once',
    workload({ spec: 'strategy: { rollingUpdate: { maxUnavailable: 100% } }' }),
    `${API}: spec.strategy.rollingUpdate.maxUnavailable: given "100%"`,
  ],
  [
    'as many as there are at once',
    workload({ spec: 'replicas: 2\n  strategy: { rollingUpdate: { maxUnavailable: 2 } }' }),
    `${API}: spec.strategy.rollingUpdate.maxUnavailable: given 2`,
  ],
  [
    'a rolling update of one writer',
    workload({ pod: CLAIMED, spec: 'strategy: { type: RollingUpdate }' }) + claim(),
    `${API}: spec.strategy.type: given "RollingUpdate", expected Recreate, since the claim data is ReadWriteOnce`,
  ],
  [
    'one by default',
    workload({ pod: CLAIMED }) + claim('[ReadWriteOncePod]'),
    `${API}: spec.strategy.type: given nothing, which means RollingUpdate, expected Recreate`,
  ],
  [
    'several writers',
    workload({ pod: CLAIMED, spec: 'replicas: 2\n  strategy: { type: Recreate }' }) + claim(),
    `${API}: spec.replicas: given 2, expected 1, since the claim data is ReadWriteOnce`,
  ],
  [
    'several writers in a StatefulSet',
    workload({ kind: 'StatefulSet', pod: CLAIMED, spec: 'replicas: 2' }) + claim(),
    'StatefulSet shop/api: spec.replicas: given 2, expected 1',
  ],
  [
    'a writer on every node',
    workload({ kind: 'DaemonSet', pod: CLAIMED }) + claim(),
    'DaemonSet shop/api: spec.template.spec.volumes[0].persistentVolumeClaim: given a claim for the pods of every node',
  ],
  [
    'a writer that is scaled',
    workload({ pod: CLAIMED, spec: 'strategy: { type: Recreate }' }) + claim() + scaler('Deployment'),
    'HorizontalPodAutoscaler shop/scaler: spec.maxReplicas: given 3 for Deployment shop/api, expected no autoscaler',
  ],
  [
    'a writer in a StatefulSet that is scaled',
    workload({ kind: 'StatefulSet', pod: CLAIMED }) + claim() + scaler('StatefulSet'),
    'HorizontalPodAutoscaler shop/scaler: spec.maxReplicas: given 3 for StatefulSet shop/api',
  ],
  [
    'no retries',
    job('a-0123abcd', 'activeDeadlineSeconds: 60'),
    'Job shop/a-0123abcd: spec.backoffLimit: given nothing',
  ],
  [
    'no deadline',
    job('a-0123abcd', 'backoffLimit: 0'),
    'Job shop/a-0123abcd: spec.activeDeadlineSeconds: given nothing',
  ],
  [
    'a Job that is started again',
    job('a-0123abcd', JOB, 'Always'),
    'Job shop/a-0123abcd: spec.template.spec.restartPolicy: given "Always", expected Never or OnFailure',
  ],
  [
    'a name without a hash',
    job('migrate'),
    'Job shop/migrate: metadata.name: given "migrate", expected a name that ends in a hash of the content, as in migrate-0123abcd',
  ],
  ['a name with a version', job('migrate-v12'), 'Job shop/migrate-v12: metadata.name: given "migrate-v12"'],
  [
    'no retries of a CronJob',
    cron(CRON, 'activeDeadlineSeconds: 60'),
    'CronJob shop/clean: spec.jobTemplate.spec.backoffLimit: given nothing',
  ],
  [
    'no deadline of a CronJob',
    cron(CRON, 'backoffLimit: 0'),
    'CronJob shop/clean: spec.jobTemplate.spec.activeDeadlineSeconds: given nothing',
  ],
  [
    'a CronJob that is started again',
    cron(CRON, JOB, 'Always'),
    'CronJob shop/clean: spec.jobTemplate.spec.template.spec.restartPolicy: given "Always"',
  ],
  [
    'a schedule of six fields',
    cron(CRON.replace('0 3', '0 0 3')),
    'CronJob shop/clean: spec.schedule: given "0 0 3 * * *", expected five fields',
  ],
  [
    'a schedule of words',
    cron(CRON.replace('0 3 * * *', 'every night')),
    'CronJob shop/clean: spec.schedule: given "every night"',
  ],
  [
    'an unknown macro',
    cron(CRON.replace('0 3 * * *', '@nightly')),
    'CronJob shop/clean: spec.schedule: given "@nightly"',
  ],
  [
    'jobs at once',
    cron(CRON.replace('Forbid', 'Allow')),
    'CronJob shop/clean: spec.concurrencyPolicy: given "Allow", expected Forbid or Replace',
  ],
  [
    'jobs at once by default',
    cron(CRON.replace('concurrencyPolicy: Forbid,', '')),
    'CronJob shop/clean: spec.concurrencyPolicy: given nothing',
  ],
  [
    'a missed run that is never left out',
    cron(CRON.replace(/, starting.*/, '')),
    'CronJob shop/clean: spec.startingDeadlineSeconds: given nothing',
  ],
  [
    'a run that is always missed',
    cron(CRON.replace('300', '5')),
    'CronJob shop/clean: spec.startingDeadlineSeconds: given 5, expected at least 10 seconds',
  ],
] as [string, string, string][])('%s is reported', (_, text, expected) => {
  expect(judge(text)).toEqual([expect.stringContaining(expected)]);
});

test('without a startupProbe the livenessProbe kills what starts slowly', () => {
  const told = (probe: string) => judge(workload({ probes: liveness(probe) })).slice(1);
  expect(told('{ exec: {}, periodSeconds: 5 }')).toEqual([
    `${API}: ${CONTAINER}.livenessProbe: given 0 + 5 × 3 = 15 s until a container that still starts is killed, expected at least 30 s; raise startupProbe.failureThreshold`,
  ]);
  expect(told('{ exec: {}, periodSeconds: 5, initialDelaySeconds: 15 }')).toEqual([]);
  expect(told('{ exec: {} }')).toEqual([]);
});

test('a probe uses a port that the container declares, if it declares any', () => {
  for (const action of ['httpGet', 'tcpSocket']) {
    const probes = (port: number) =>
      PROBES.replace(/readinessProbe.*/, `readinessProbe: { ${action}: { port: ${port} } }`);
    expect(judge(workload({ probes: probes(8000) }))).toEqual([]);
    expect(judge(workload({ probes: probes(8001) }))).toEqual([
      `${API}: ${CONTAINER}.readinessProbe.${action}.port: given 8001, expected a port that the container declares: 8000`,
    ]);
    const none = workload({ probes: probes(8001).replaceAll('port: http', 'port: 9000') });
    expect(judge(none.replace('ports: [{ name: http, containerPort: 8000 }]', ''))).toEqual([]);
  }
});

/** A `sleep` of Kubernetes itself, in the one container of a kind of pod. */
const sleepIn = (kind: 'Deployment' | 'Job', hook: string, seconds: unknown, pod = '') => {
  const lifecycle = `lifecycle: { ${hook}: { sleep: { seconds: ${seconds} } } }`;
  if (kind === 'Deployment') return workload({ pod, container: lifecycle });
  return job().replace('{ name: migrate }', `{ name: migrate, ${lifecycle} }`);
};

test.each([
  ['postStart', 'Deployment'],
  ['postStart', 'Job'],
  ['preStop', 'Job'],
] as const)('a sleep of %s in a %s is refused when it is longer than the grace period', (hook, kind) => {
  const path = `spec.template.spec.containers[0].lifecycle.${hook}.sleep.seconds`;
  const refused = (given: number) => [
    expect.stringContaining(
      `${path}: given ${given}, expected at least 1 and at most 30, the seconds of the grace period`,
    ),
  ];
  for (const seconds of [1, 30]) expect(judge(sleepIn(kind, hook, seconds))).toEqual([]);
  for (const seconds of [31, 0, -1]) expect(judge(sleepIn(kind, hook, seconds))).toEqual(refused(seconds));
});

test('a sleep may be as long as the grace period that is given, in a sidecar too', () => {
  const pod = (seconds: number, grace: number) =>
    workload({
      pod: `terminationGracePeriodSeconds: ${grace}\n      initContainers: [{ name: proxy, restartPolicy: Always, startupProbe: { exec: {}, failureThreshold: 30 }, livenessProbe: { exec: {} }, lifecycle: { postStart: { sleep: { seconds: ${seconds} } } } }]`,
    });
  expect(judge(pod(60, 60))).toEqual([]);
  expect(judge(pod(61, 60))).toEqual([
    expect.stringContaining(
      'spec.template.spec.initContainers[0].lifecycle.postStart.sleep.seconds: given 61, expected',
    ),
  ]);
});

test('a sleep before the stop of a Deployment has to leave a drain, and none may be of 0 seconds', () => {
  expect(judge(sleepIn('Deployment', 'preStop', 25))).toEqual([]);
  expect(judge(sleepIn('Deployment', 'preStop', 26))).toEqual([
    expect.stringContaining('terminationGracePeriodSeconds: given 30 s, expected at least 31 s: 26 s that preStop'),
  ]);
  expect(judge(sleepIn('Deployment', 'preStop', 0))).toEqual([
    expect.stringContaining('seconds: given 0, expected at least 1'),
  ]);
});

test.each(['import time; time.sleep(60)', 'from time import sleep; sleep( 60.0 )'])('%s is a sleep', (program) => {
  const preStop = `{ exec: { command: [python, -c, "${program}"] } }`;
  expect(judge(sleeping(preStop))).toEqual([expect.stringContaining('given 30 s, expected at least 65 s')]);
  expect(judge(sleeping(preStop, 'terminationGracePeriodSeconds: 65'))).toEqual([]);
});
