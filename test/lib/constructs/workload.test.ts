import type { Image } from '../../../lib/base/image';
import { Workload } from '../../../lib/constructs/workload';
import { hostOfPods } from '../../../lib/model/address';
import type { Component, ComponentProps } from '../../../lib/model/component';
import { Config } from '../../../lib/model/config';
import type { Placement } from '../../../lib/model/kubernetes';
import { Secret } from '../../../lib/model/secret';
import { isSingle } from '../../../lib/model/storage';
import { Duration, Size } from '../../../lib/model/units';
import { manualSecret, sample, synthesize } from '../../construct';
import { type Any, find } from '../../support';

const placement: Placement = { acrossZones: 'DoNotSchedule', imagePullSecrets: [] };

const objectsOf = (component: Component, where = placement) =>
  synthesize((chart) => new Workload(chart, component.name, { component, placement: where }));

const podOf = (component: Component, where = placement): Any =>
  find(objectsOf(component, where), isSingle(component) ? 'StatefulSet' : 'Deployment').spec.template;

test('a fixed number of replicas is in the Deployment, and a drain evicts one at a time', () => {
  const objects = objectsOf(sample({ scale: { replicas: 2 } }));
  expect(find(objects, 'Deployment').spec.replicas).toBe(2);
  expect(find(objects, 'PodDisruptionBudget').spec).toEqual({
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: { app: 'shop', component: 'api' } },
  });
  expect(objects.some(({ kind }) => kind === 'HorizontalPodAutoscaler')).toBe(false);
});

test('one replica has no disruption budget, which could only block a drain', () => {
  expect(objectsOf(sample({ scale: { replicas: 1 } })).map(({ kind }) => kind)).toEqual([
    'ServiceAccount',
    'Service',
    'Deployment',
  ]);
  expect(objectsOf(sample({ scale: { min: 1, max: 3, cpu: 70 } })).map(({ kind }) => kind)).not.toContain(
    'PodDisruptionBudget',
  );
});

test('with an autoscaler, the Deployment has no number of replicas', () => {
  const objects = objectsOf(sample({ scale: { min: 3, max: 20, memory: 80 } }));
  expect(find(objects, 'Deployment').spec).not.toHaveProperty('replicas');
  expect(find(objects, 'HorizontalPodAutoscaler').spec).toMatchObject({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
    minReplicas: 3,
    maxReplicas: 20,
    metrics: [{ resource: { name: 'memory', target: { averageUtilization: 80 } } }],
  });
});

test('pods are selected by the two labels of the seed, and have the recommended ones too', () => {
  const objects = objectsOf(sample());
  const selector = { app: 'shop', component: 'api' };
  expect(find(objects, 'Deployment').spec.selector.matchLabels).toEqual(selector);
  expect(find(objects, 'Service').spec.selector).toEqual(selector);
  expect(find(objects, 'Deployment').spec.template.metadata.labels).toEqual({
    ...selector,
    'app.kubernetes.io/name': 'api',
    'app.kubernetes.io/part-of': 'shop',
    'app.kubernetes.io/managed-by': 'berth',
  });
});

test('a pod is restricted, has no token and writes only to its scratch paths', () => {
  const { spec } = podOf(sample({ scratch: [{ path: '/tmp' }, { path: '/var/cache/app', size: Size.gibibytes(1) }] }));
  expect(spec).toMatchObject({
    serviceAccountName: 'api',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      { name: 'var-cache-app', emptyDir: { sizeLimit: '1Gi' } },
    ],
  });
  expect(spec.securityContext).not.toHaveProperty('sysctls');
  expect(spec.containers[0]).toMatchObject({
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'var-cache-app', mountPath: '/var/cache/app' },
    ],
  });
});

test('a port below 1024 is allowed without root by the safe sysctl', () => {
  expect(podOf(sample({ ports: { http: 80 } })).spec.securityContext.sysctls).toEqual([
    { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' },
  ]);
});

test('the grace period is preStopDelay plus drainTimeout', () => {
  const { spec } = podOf(
    sample({ shutdown: { preStopDelay: Duration.seconds(15), drainTimeout: Duration.minutes(1) } }),
  );
  expect(spec.terminationGracePeriodSeconds).toBe(75);
  const { spec: atOnce } = podOf(sample({ shutdown: { preStopDelay: Duration.seconds(0) } }));
  expect(atOnce.terminationGracePeriodSeconds).toBe(20);
});

test('the preStop hook is the sleep action, since not every image has a shell', () => {
  const hooksOf = (changed: Parameters<typeof sample>[0]) => podOf(sample(changed)).spec.containers[0].lifecycle;
  const leave = (seconds: number) => ({ shutdown: { preStopDelay: Duration.seconds(seconds) } });
  const preStop = { sleep: { seconds: 15 } };
  const storage = [{ size: '1Gi', path: '/data' }];
  expect(hooksOf(leave(15))).toEqual({ preStop });
  expect(hooksOf({ ...leave(15), storage, scale: { replicas: 1 } })).toEqual({ preStop });
  const postStart = { exec: { command: ['/greet', 'all'] } };
  expect(hooksOf({ ...leave(15), afterStart: postStart.exec.command })).toEqual({ preStop, postStart });
  expect(hooksOf({ ...leave(0), afterStart: postStart.exec.command })).toEqual({ postStart });
  expect(hooksOf(leave(0))).toBeUndefined();
});

test('three probes use the named port, and the startup probe gives time to start', () => {
  const [container] = podOf(sample()).spec.containers;
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    expect(container[name].httpGet).toEqual({ path: '/health', port: 'http' });
  }
  expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBe(120);
  expect(container.ports).toEqual([{ name: 'http', containerPort: 3000, protocol: 'TCP' }]);
});

test('a rollout never has fewer pods than before, and pods are spread over zones and nodes', () => {
  const deployment = find(objectsOf(sample()), 'Deployment');
  expect(deployment.spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: '25%' });
  expect(deployment.spec.revisionHistoryLimit).toBe(5);
  expect(deployment.spec.template.spec.topologySpreadConstraints).toEqual([
    expect.objectContaining({
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'DoNotSchedule',
      maxSkew: 1,
    }),
    expect.objectContaining({ topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 }),
  ]);
});

test('image pull secrets are set if there are some', () => {
  expect(podOf(sample()).spec).not.toHaveProperty('imagePullSecrets');
  expect(podOf(sample(), { ...placement, imagePullSecrets: ['ghcr'] }).spec.imagePullSecrets).toEqual([
    { name: 'ghcr' },
  ]);
});

describe('an image', () => {
  const containerOf = (image: Image) => podOf(sample({ image })).spec.containers[0];

  test('is a tag, and a digest when there is one', () => {
    expect(containerOf({ image: 'a/b', tag: 'v1.0.0' }).image).toBe('a/b:v1.0.0');
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(containerOf({ image: 'a/b', tag: 'v1.0.0', digest }).image).toBe(`a/b:v1.0.0@${digest}`);
  });

  test('is pulled each time only when its tag may move', () => {
    expect(containerOf({ image: 'a/b', tag: 'v1.0.0' }).imagePullPolicy).toBe('IfNotPresent');
    expect(containerOf({ image: 'a/b', tag: 'latest' }).imagePullPolicy).toBe('Always');
    expect(containerOf({ image: 'a/b', tag: 'main' }).imagePullPolicy).toBe('Always');
    expect(containerOf({ image: 'a/b', tag: 'latest', digest: 'sha256:0' }).imagePullPolicy).toBe('IfNotPresent');
  });
});

describe('a value that a pod reads', () => {
  const config = (level: string, other = 'a') => new Config('shop-test', 'settings', { LEVEL: level, OTHER: other });
  const secret = (revision: number) =>
    new Secret({
      namespace: 'shop-test',
      name: 'keys',
      externalName: 'keys-external',
      source: { kind: 'manual', revision },
      values: { TOKEN: { remote: 'token', development: 'dev' } },
    });
  const hashOf = (env: NonNullable<ComponentProps['env']>) =>
    podOf(sample({ env })).metadata.annotations?.['berth.dev/config'];

  test('is a reference to one key', () => {
    const env = { PLAIN: 'x', ...config('info').pick('LEVEL'), ...secret(1).pick('TOKEN') };
    expect(podOf(sample({ env })).spec.containers[0].env).toEqual([
      { name: 'PLAIN', value: 'x' },
      { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'LEVEL' } } },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'TOKEN' } } },
    ]);
  });

  test('restarts it when it changes, and other values do not', () => {
    const before = hashOf(config('info').pick('LEVEL'));
    expect(before).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(config('debug').pick('LEVEL'))).not.toBe(before);
    expect(hashOf(config('info', 'b').pick('LEVEL'))).toBe(before);
    expect(hashOf({ PLAIN: 'x' })).toBeUndefined();
  });

  test('restarts it at a new revision of a secret', () => {
    expect(hashOf(secret(2).pick('TOKEN'))).not.toBe(hashOf(secret(1).pick('TOKEN')));
  });
});

describe('a component with storage', () => {
  const stateful = sample({ scale: { replicas: 1 }, storage: [{ path: '/data', size: '10Gi', storageClass: 'fast' }] });

  test('is one pod and a claim that outlives it', () => {
    const objects = objectsOf(stateful);
    expect(find(objects, 'StatefulSet').spec).toMatchObject({ replicas: 1, serviceName: 'api-pods' });
    expect(find(objects, 'StatefulSet').spec).not.toHaveProperty('volumeClaimTemplates');
    expect(find(objects, 'PersistentVolumeClaim')).toMatchObject({
      metadata: { name: 'api-data', annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' } },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } },
    });
    expect(podOf(stateful).spec.volumes).toContainEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'api-data' },
    });
    expect(podOf(stateful).spec).not.toHaveProperty('topologySpreadConstraints');
  });

  test.each([{ replicas: 2 }, { min: 1, max: 2, cpu: 70 }])('cannot have more than one replica: %j', (scale) => {
    expect(() => sample({ scale, storage: [{ path: '/data', size: '1Gi' }] })).toThrow(
      /api keeps its data in the volume of one pod/,
    );
  });

  test('has a claim per volume, and can adopt an existing one', () => {
    const files = { name: 'files', path: '/files', size: '1Gi', claim: 'mydata' };
    const objects = objectsOf(sample({ scale: { replicas: 1 }, storage: [{ path: '/data', size: '10Gi' }, files] }));
    const claims = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claims.map(({ metadata }) => metadata.name)).toEqual(['api-data', 'mydata']);
    const { spec } = find(objects, 'StatefulSet').spec.template;
    expect(spec.volumes).toContainEqual({ name: 'files', persistentVolumeClaim: { claimName: 'mydata' } });
    expect(spec.containers[0].volumeMounts).toContainEqual({ name: 'files', mountPath: '/files' });
    expect(() => sample({ scale: { replicas: 1 }, storage: [files, files] })).toThrow('two volumes of the same name');
  });

  test('can have many pods if they share the volume', () => {
    const shared = { path: '/data', size: '10Gi', storageClass: 'nfs', access: 'many' } as const;
    const objects = objectsOf(sample({ scale: { replicas: 3 }, storage: [shared] }));
    expect(find(objects, 'Deployment').spec.replicas).toBe(3);
    expect(find(objects, 'PersistentVolumeClaim').spec.accessModes).toEqual(['ReadWriteMany']);
  });
});

describe('ports', () => {
  const several = {
    http: { port: 3000, service: 80 },
    rpc: { port: 9000, protocol: 'grpc' },
    debug: { port: 9229, service: 'none' },
  } as const;

  test('a worker without a port has no Service and no probe of a port', () => {
    const worker = sample({ ports: {}, probes: undefined });
    expect(objectsOf(worker).map(({ kind }) => kind)).not.toContain('Service');
    expect(podOf(worker).spec.containers[0]).not.toHaveProperty('ports');
    expect(podOf(worker).spec.containers[0]).not.toHaveProperty('readinessProbe');
  });

  test('the Service has the ports with a Service port, and marks those of gRPC', () => {
    const { spec } = find(objectsOf(sample({ ports: several })), 'Service');
    expect(spec.ports).toEqual([
      { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
      { name: 'rpc', port: 9000, targetPort: 'rpc', protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
    ]);
    const [container] = podOf(sample({ ports: several })).spec.containers;
    expect(container.ports.map(({ containerPort }: Any) => containerPort)).toEqual([3000, 9000, 9229]);
  });

  test('a second Service, which is headless, has the same ports and the address of each pod', () => {
    const component = sample({ podsService: 'api-pods' });
    const [first, second] = objectsOf(component).filter(({ kind }) => kind === 'Service') as Any[];
    expect(second.metadata).toEqual({ ...first.metadata, name: 'api-pods' });
    const { type, ...spec } = first.spec;
    expect([type, second.spec]).toEqual(['ClusterIP', { ...spec, clusterIP: 'None' }]);
    expect(hostOfPods(component)).toEqual([{ of: { namespace: 'shop-test', service: 'api-pods' }, part: 'host' }]);
    expect(() => hostOfPods(sample())).toThrow('api has no headless Service, expected podsService');
  });

  test('a StatefulSet names a headless Service of its own, beside the one with an address', () => {
    const one = sample({ scale: { replicas: 1 }, storage: [{ path: '/d', size: '1Gi' }] });
    const services = objectsOf(one).filter(({ kind }) => kind === 'Service') as Any[];
    const { serviceName } = find(objectsOf(one), 'StatefulSet').spec;
    const named = services.map(({ metadata, spec }) => [metadata.name === serviceName, spec.clusterIP]);
    expect(named).toEqual([
      [false, undefined],
      [true, 'None'],
    ]);
  });

  test('a single pod without a port has a headless Service, which its StatefulSet needs', () => {
    const worker = sample({
      ports: {},
      probes: undefined,
      scale: { replicas: 1 },
      storage: [{ path: '/d', size: '1Gi' }],
    });
    const { metadata, spec } = find(objectsOf(worker), 'Service');
    expect(spec).toEqual({ clusterIP: 'None', selector: { app: 'shop', component: 'api' } });
    expect(find(objectsOf(worker), 'StatefulSet').spec.serviceName).toBe(metadata.name);
  });

  test.each([
    [{ grpc: '', port: 'rpc' }, { grpc: { port: 9000, service: '' } }],
    [{ http: '/up', port: 'debug' }, { httpGet: { path: '/up', port: 'debug' } }],
    [{ tcp: true }, { tcpSocket: { port: 'http' } }],
    [{ exec: ['/up'] }, { exec: { command: ['/up'] } }],
  ] as const)('health by %j', (health, action) => {
    const probes = { health, liveness: { period: 10 }, readiness: { period: 5 } };
    expect(podOf(sample({ ports: several, probes })).spec.containers[0].readinessProbe).toMatchObject(action);
  });

  test('a probe of an unknown port is refused', () => {
    const probes = {
      health: { tcp: true, port: 'admin' },
      liveness: { period: 10 },
      readiness: { period: 5 },
    } as const;
    expect(() => sample({ probes })).toThrow('api has no port named admin');
    expect(() => sample({ ports: {}, probes: { ...probes, health: { http: '/' } } })).toThrow('api has no port');
  });

  test('metrics can have a port of their own, which is not in the Service', () => {
    const objects = objectsOf(sample({ metrics: { path: '/metrics', port: 9464 } }));
    expect(find(objects, 'PodMonitor').spec.podMetricsEndpoints).toEqual([{ port: 'metrics', path: '/metrics' }]);
    expect(find(objects, 'Service').spec.ports).toHaveLength(1);
    expect(() => sample({ ports: {}, probes: undefined, metrics: { path: '/metrics' } })).toThrow('api has no port');
    const said = objectsOf(sample({ ports: several, metrics: { path: '/metrics', port: 9229 } }));
    expect(find(said, 'PodMonitor').spec.podMetricsEndpoints).toEqual([{ port: 'debug', path: '/metrics' }]);
  });
});

test('init containers, sidecars and further containers are in one pod', () => {
  const { image, resources } = sample().containers[0];
  const other = (name: string) => ({ name, image, resources });
  const pod = podOf(sample({ init: [other('prepare')], sidecars: [other('proxy')], beside: [other('worker')] })).spec;
  expect(pod.initContainers.map(({ name, restartPolicy }: Any) => [name, restartPolicy])).toEqual([
    ['proxy', 'Always'],
    ['prepare', undefined],
  ]);
  expect(pod.containers.map(({ name }: Any) => name)).toEqual(['api', 'worker']);
});

test('the length of a queue scales by KEDA, from no pod at all, and without an autoscaler beside it', () => {
  const secret = manualSecret('shop-test', 'api-scaling', ['url']);
  const queue = { name: 'mail', vhost: 'shop', messages: 20, api: { secret, key: 'url' } };
  const objects = objectsOf(sample({ scale: { min: 0, max: 5, cpu: 70, queue } }));
  expect(find(objects, 'ScaledObject').spec).toMatchObject({
    scaleTargetRef: { name: 'api', kind: 'Deployment' },
    minReplicaCount: 0,
    maxReplicaCount: 5,
    triggers: [
      {
        type: 'rabbitmq',
        metadata: { protocol: 'http', mode: 'QueueLength', queueName: 'mail', vhostName: 'shop', value: '20' },
        authenticationRef: { name: 'api' },
      },
      { type: 'cpu', metricType: 'Utilization', metadata: { value: '70' } },
    ],
  });
  expect(find(objects, 'TriggerAuthentication').spec).toEqual({
    secretTargetRef: [{ parameter: 'host', name: 'api-scaling', key: 'url' }],
  });
  expect(find(objects, 'Deployment').spec.replicas).toBeUndefined();
  expect(objects.map(({ kind }) => kind)).not.toContain('HorizontalPodAutoscaler');
  expect(objects.map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
});

test('defaults do not change the props', () => {
  const props = Object.freeze({ replicas: 1 });
  const component = sample({ scale: props });
  objectsOf(component);
  expect(component.scale).toBe(props);
});
