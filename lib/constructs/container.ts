import { k8s } from 'cdk8s-plus-28';
import { imageReference, mayMove } from '../base/image';
import { isText } from '../model/address';
import { METRICS_PORT } from '../model/component';
import type { Container, Health, Timing } from '../model/container';
import { printed } from './addresses';

/** Two minutes to start, which is generous for a web server and harmless for one that is quick. */
const STARTUP: Timing = { period: 5, failures: 24 };

function action(health: Health, port: k8s.IntOrString): Pick<k8s.Probe, 'httpGet' | 'exec' | 'tcpSocket'> {
  if ('http' in health) return { httpGet: { path: health.http, port } };
  return 'exec' in health ? { exec: { command: [...health.exec] } } : { tcpSocket: { port } };
}

function probe(health: Health, port: string, timing: Timing): k8s.Probe {
  return {
    ...action(health, k8s.IntOrString.fromString(port)),
    ...(timing.delay !== undefined && { initialDelaySeconds: timing.delay }),
    periodSeconds: timing.period,
    timeoutSeconds: timing.timeout ?? 3,
    failureThreshold: timing.failures ?? 3,
  };
}

function probesOf({
  probes,
  listens,
}: Container): Pick<k8s.Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'> {
  if (probes === undefined) return {};
  const { health, startup = STARTUP, liveness, readiness } = probes;
  const ask = (timing: Timing) => probe(health, listens?.name ?? '', timing);
  return { startupProbe: ask(startup), livenessProbe: ask(liveness), readinessProbe: ask(readiness) };
}

function environmentOf({ env }: Container): k8s.EnvVar[] {
  return Object.entries(env).map(([name, value]) => {
    if (isText(value)) return { name, value: printed(value) };
    return 'config' in value
      ? { name, valueFrom: { configMapKeyRef: { name: value.config.name, key: value.key } } }
      : { name, valueFrom: { secretKeyRef: { name: value.secret.name, key: value.key } } };
  });
}

/** The name of a volume for a path: `/var/cache/nginx` → `var-cache-nginx`. */
export function volumeName(path: string): string {
  return path
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}

/** A Kubernetes quantity. */
export function quantity(text: string): k8s.Quantity {
  return k8s.Quantity.fromString(text);
}

/** A container that may write to its scratch paths alone, as nobody special. */
export function containerOf(container: Container, data: readonly k8s.VolumeMount[] = []): k8s.Container {
  const { name, image, command, args, listens, metricsPort, resources, scratch, mounts } = container;
  const ports = [listens, metricsPort === undefined ? undefined : { name: METRICS_PORT, port: metricsPort }];
  const open = ports.filter((port) => port !== undefined);
  return {
    name,
    image: imageReference(image),
    imagePullPolicy: mayMove(image) ? 'Always' : 'IfNotPresent',
    ...(command !== undefined && { command: [...command] }),
    ...(args !== undefined && { args: [...args] }),
    ...(open.length > 0 && {
      ports: open.map((port) => ({ name: port.name, containerPort: port.port, protocol: 'TCP' })),
    }),
    env: environmentOf(container),
    resources: {
      requests: { cpu: quantity(resources.cpu.request), memory: quantity(resources.memory.request) },
      limits: {
        cpu: quantity(resources.cpu.limit),
        memory: quantity(resources.memory.limit),
        // Of devices the limit is the request, too.
        ...mapValues(resources.devices ?? {}, (count) => k8s.Quantity.fromNumber(count)),
      },
    },
    ...probesOf(container),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      ...scratch.map(({ path }) => ({ name: volumeName(path), mountPath: path })),
      ...mounts.map(({ path }) => ({ name: volumeName(path), mountPath: path, readOnly: true })),
      ...data,
    ],
  };
}
