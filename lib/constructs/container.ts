import { k8s } from 'cdk8s-plus-28';
import { hasMovingTag, imageReference } from '../base/image';
import { isText } from '../model/address';
import type { Container, FilledProbes, Health, Mount, PodFact } from '../model/container';
import { type Listening, portOfName, transportOf } from '../model/port';
import { volumeName } from '../model/storage';
import { renderText } from './addresses';

function action(health: Health, container: Listening): Pick<k8s.Probe, 'httpGet' | 'exec' | 'tcpSocket' | 'grpc'> {
  if ('exec' in health) return { exec: { command: [...health.exec] } };
  const { name, port: number } = portOfName(container, health.port);
  const port = k8s.IntOrString.fromString(name);
  if ('http' in health) {
    const headers = Object.entries(health.headers ?? {}).map(([header, value]) => ({ name: header, value }));
    return { httpGet: { path: health.http, port, ...(headers.length > 0 && { httpHeaders: headers }) } };
  }
  // Kubernetes accepts only a number for gRPC.
  return 'grpc' in health ? { grpc: { port: number, service: health.grpc } } : { tcpSocket: { port } };
}

function probesOf(container: Container): Pick<k8s.Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'> {
  const { probes } = container;
  if (probes === undefined) return {};
  const probe = (health: Health, { delay, period, timeout, failures }: FilledProbes['startup']): k8s.Probe => ({
    ...action(health, container),
    ...(delay !== undefined && { initialDelaySeconds: delay }),
    periodSeconds: period,
    timeoutSeconds: timeout,
    failureThreshold: failures,
  });
  return {
    startupProbe: probe(probes.alive, probes.startup),
    livenessProbe: probe(probes.alive, probes.liveness),
    readinessProbe: probe(probes.health, probes.readiness),
  };
}

/** Source: kubernetes.io, Downward API. */
const POD_FIELDS = {
  name: 'metadata.name',
  ip: 'status.podIP',
  node: 'spec.nodeName',
  namespace: 'metadata.namespace',
};

/** The field of a pod, or the limit of a container, that a variable stands for. */
export function podField(fact: PodFact): string {
  return 'pod' in fact ? POD_FIELDS[fact.pod] : `limits.${fact.limit}`;
}

function environmentOf({ env }: Container): k8s.EnvVar[] {
  return Object.entries(env).map(([name, value]) => {
    if (isText(value)) return { name, value: renderText(value) };
    if ('pod' in value) return { name, valueFrom: { fieldRef: { fieldPath: podField(value) } } };
    if ('limit' in value) return { name, valueFrom: { resourceFieldRef: { resource: podField(value) } } };
    return 'config' in value
      ? { name, valueFrom: { configMapKeyRef: { name: value.config.name, key: value.key } } }
      : { name, valueFrom: { secretKeyRef: { name: value.secret.name, key: value.key } } };
  });
}

/** The keys of what a volume is made from. */
function keysOf({ from, keys }: Mount): readonly string[] {
  if (keys !== undefined) return keys;
  return 'existing' in from ? (from.keys ?? []) : Object.keys('data' in from ? from.data : from.values);
}

/** The mount of a folder, or those of its single files. A change of them restarts the pod, since such mounts are never updated. */
function volumeMountsOf(mount: Mount): k8s.VolumeMount[] {
  const { path, beside, files = {} } = mount;
  const name = volumeName(path);
  if (!beside) return [{ name, mountPath: path, readOnly: true }];
  return keysOf(mount).map((key) => {
    const file = files[key] ?? key;
    return { name, mountPath: `${path === '/' ? '' : path}/${file}`, subPath: file, readOnly: true };
  });
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}

/** Parses a Kubernetes quantity. */
export function quantity(text: string): k8s.Quantity {
  return k8s.Quantity.fromString(text);
}

/**
 * The Kubernetes container: without privileges, and with a read-only root file system.
 *
 * @param data mounts of the component's volumes
 */
export function containerOf(container: Container, data: readonly k8s.VolumeMount[] = []): k8s.Container {
  const { name, image, command, args, ports, resources, scratch, mounts, hardening } = container;
  return {
    name,
    image: imageReference(image),
    imagePullPolicy: hasMovingTag(image) ? 'Always' : 'IfNotPresent',
    ...(command !== undefined && { command: [...command] }),
    ...(args !== undefined && { args: [...args] }),
    ...(ports.length > 0 && {
      ports: ports.map((port) => ({ name: port.name, containerPort: port.port, protocol: transportOf(port) })),
    }),
    env: environmentOf(container),
    resources: {
      requests: { cpu: quantity(resources.cpu.request), memory: quantity(resources.memory.request) },
      limits: {
        cpu: quantity(resources.cpu.limit),
        memory: quantity(resources.memory.limit),
        // Devices have no separate request: it equals the limit.
        ...mapValues(resources.devices ?? {}, (count) => k8s.Quantity.fromNumber(count)),
      },
    },
    ...probesOf(container),
    securityContext: {
      allowPrivilegeEscalation: hardening.escalation,
      readOnlyRootFilesystem: hardening.readOnlyRoot,
      capabilities: { drop: ['ALL'], ...(hardening.capabilities.length > 0 && { add: [...hardening.capabilities] }) },
    },
    volumeMounts: [
      ...scratch.map(({ path }) => ({ name: volumeName(path), mountPath: path })),
      ...mounts.flatMap(volumeMountsOf),
      ...data,
    ],
  };
}
