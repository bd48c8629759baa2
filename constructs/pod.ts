import { createHash } from 'node:crypto';
import { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { FINGERPRINT } from './annotations';
import { type Component, type Health, imageReference, mayMove, type Timing } from './component';
import { labelsOf, selectorOf } from './labels';
import type { Placement } from './system';

/** Ports below this one are root's, unless the pod says otherwise. */
const FIRST_UNPRIVILEGED_PORT = 1024;

/** For temporary files. */
const SCRATCH_SIZE = Size.mebibytes(64);

/** Two minutes to start, which is generous for a web server and harmless for one that is quick. */
const STARTUP: Timing = { period: 5, failures: 24 };

function probe(health: Health, port: string, timing: Timing): k8s.Probe {
  return {
    ...('http' in health
      ? { httpGet: { path: health.http, port: k8s.IntOrString.fromString(port) } }
      : { exec: { command: [...health.exec] } }),
    ...(timing.delay !== undefined && { initialDelaySeconds: timing.delay }),
    periodSeconds: timing.period,
    timeoutSeconds: timing.timeout ?? 3,
    failureThreshold: timing.failures ?? 3,
  };
}

function environmentOf(component: Component): k8s.EnvVar[] {
  return Object.entries(component.env).map(([name, value]) => {
    if (typeof value === 'string') return { name, value };
    return 'config' in value
      ? { name, valueFrom: { configMapKeyRef: { name: value.config.name, key: value.key } } }
      : { name, valueFrom: { secretKeyRef: { name: value.secret.name, key: value.key } } };
  });
}

/**
 * A hash of what the pod reads at its start: the values of its configuration and, of each secret, where its value comes from
 * and at which revision (or, where values are public anyway, the value). Undefined when it reads nothing.
 */
function fingerprint(component: Component): string | undefined {
  const read = Object.entries(component.env).flatMap(([name, value]) => {
    if (typeof value === 'string') return [];
    return [[name, 'config' in value ? value.config.data[value.key] : value.secret.originOf(value.key)]];
  });
  return read.length === 0 ? undefined : createHash('sha256').update(JSON.stringify(read)).digest('hex').slice(0, 16);
}

/** The name of a volume for a path: `/var/cache/nginx` → `var-cache-nginx`. */
function volumeName(path: string): string {
  return path
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
}

function quantity(text: string): k8s.Quantity {
  return k8s.Quantity.fromString(text);
}

/** Even over zones and, as far as there is room, over nodes; each revision of the pods for itself. */
function spread(component: Component, placement: Placement): k8s.TopologySpreadConstraint[] {
  const over = (topologyKey: string, whenUnsatisfiable: string) => ({
    topologyKey,
    whenUnsatisfiable,
    maxSkew: 1,
    labelSelector: { matchLabels: selectorOf(component) },
    matchLabelKeys: ['pod-template-hash'],
  });
  return [over('topology.kubernetes.io/zone', placement.acrossZones), over('kubernetes.io/hostname', 'ScheduleAnyway')];
}

/**
 * The pod of a component: PodSecurity "restricted" with a read-only root, three probes, a stop that adds up, and spread.
 * Source: kubernetes.io, Pod Security Standards; Pod Lifecycle.
 */
export function podTemplate(component: Component, placement: Placement): k8s.PodTemplateSpec {
  const { port, portName, probes, stop, resources, user, storage } = component;
  const leave = stop.leave.toSeconds();
  const hash = fingerprint(component);
  return {
    metadata: {
      labels: labelsOf(component.system, component.name),
      ...(hash !== undefined && { annotations: { [FINGERPRINT]: hash } }),
    },
    spec: {
      serviceAccountName: component.name,
      automountServiceAccountToken: false,
      // A Service called "postgres" would otherwise set POSTGRES_PORT in every pod beside it.
      enableServiceLinks: false,
      ...(placement.imagePullSecrets.length > 0 && {
        imagePullSecrets: placement.imagePullSecrets.map((name) => ({ name })),
      }),
      terminationGracePeriodSeconds: leave + stop.drain.toSeconds(),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
        // Not every container runtime lets others than root listen below 1024 by default; this safe sysctl does.
        ...(port < FIRST_UNPRIVILEGED_PORT && {
          sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
        }),
      },
      // One pod with a volume goes where its volume is.
      ...(storage === undefined && { topologySpreadConstraints: spread(component, placement) }),
      containers: [
        {
          name: component.name,
          image: imageReference(component.image),
          imagePullPolicy: mayMove(component.image) ? 'Always' : 'IfNotPresent',
          ...(component.args !== undefined && { args: [...component.args] }),
          ports: [{ name: portName, containerPort: port, protocol: 'TCP' }],
          env: environmentOf(component),
          resources: {
            requests: { cpu: quantity(resources.cpu.request), memory: quantity(resources.memory.request) },
            limits: { cpu: quantity(resources.cpu.limit), memory: quantity(resources.memory.limit) },
          },
          startupProbe: probe(probes.health, portName, probes.startup ?? STARTUP),
          livenessProbe: probe(probes.health, portName, probes.liveness),
          readinessProbe: probe(probes.health, portName, probes.readiness),
          // The `sleep` action would need Kubernetes 1.30.
          ...(leave > 0 && { lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', `sleep ${leave}`] } } } }),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            ...component.scratch.map(({ path }) => ({ name: volumeName(path), mountPath: path })),
            ...(storage === undefined ? [] : [{ name: 'data', mountPath: storage.path }]),
          ],
        },
      ],
      volumes: [
        ...component.scratch.map(({ path, size = SCRATCH_SIZE, memory }) => ({
          name: volumeName(path),
          emptyDir: { sizeLimit: quantity(size.asString()), ...(memory && { medium: 'Memory' }) },
        })),
        ...(storage === undefined
          ? []
          : [{ name: 'data', persistentVolumeClaim: { claimName: `${component.name}-data` } }]),
      ],
    },
  };
}
