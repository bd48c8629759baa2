import type { k8s } from 'cdk8s-plus-28';
import { type Component, containersOf, type Nodes } from '../model/component';
import { Config } from '../model/config';
import type { Container, Mount } from '../model/container';
import type { Placement } from '../model/kubernetes';
import { Secret } from '../model/secret';
import { isSingle, volumeName } from '../model/storage';
import type { Task } from '../model/task';
import { FINGERPRINT } from './annotations';
import { containerOf, quantity } from './container';
import { fingerprint } from './fingerprint';
import { labelsOf, selectorOf } from './labels';
import { priorityOf } from './priority';

/** Files of ConfigMaps: readable and executable, since scripts are among them. */
const FILE_MODE = 0o555;

/** Files of Secrets: readable for the group of the pod only. */
const SECRET_MODE = 0o440;

/**
 * Spreads the pods of each revision evenly over zones and, as far as possible, over nodes. Zones whose nodes are all drained do not count;
 * otherwise their missing pods would prevent that the other zones take over. Source: kubernetes.io, Pod Topology Spread Constraints.
 */
function spread(component: Component, placement: Placement): k8s.TopologySpreadConstraint[] {
  const over = (topologyKey: string, whenUnsatisfiable: string) => ({
    topologyKey,
    whenUnsatisfiable,
    maxSkew: 1,
    labelSelector: { matchLabels: selectorOf(component) },
    matchLabelKeys: ['pod-template-hash'],
    nodeTaintsPolicy: 'Honor',
  });
  return [over('topology.kubernetes.io/zone', placement.acrossZones), over('kubernetes.io/hostname', 'ScheduleAnyway')];
}

/** Node affinity for the labels, and tolerations for the taints. */
function onNodes({ labels, tolerates }: Nodes): Pick<k8s.PodSpec, 'affinity' | 'tolerations'> {
  const matchExpressions = Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
      },
    },
    tolerations: tolerates.map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' })),
  };
}

function volumeOf({ path, from, keys, files = {} }: Mount): k8s.Volume {
  const items = keys?.map((key) => ({ key, path: files[key] ?? key }));
  const isSecret = from instanceof Secret || (!(from instanceof Config) && from.existing === 'Secret');
  return {
    name: volumeName(path),
    ...(isSecret
      ? { secret: { secretName: from.name, defaultMode: SECRET_MODE, ...(items && { items }) } }
      : { configMap: { name: from.name, defaultMode: FILE_MODE, ...(items && { items }) } }),
  };
}

/** An emptyDir, or a claim that is deleted with the pod. Source: kubernetes.io, Ephemeral Volumes. */
function scratchVolumeOf({ path, size, memory, claim }: Container['scratch'][number]): k8s.Volume {
  const name = volumeName(path);
  const amount = quantity(size.toQuantity());
  if (claim === undefined) return { name, emptyDir: { sizeLimit: amount, ...(memory && { medium: 'Memory' }) } };
  const spec = {
    accessModes: ['ReadWriteOnce'],
    ...(claim.storageClass !== undefined && { storageClassName: claim.storageClass }),
    resources: { requests: { storage: amount } },
  };
  return { name, ephemeral: { volumeClaimTemplate: { spec } } };
}

/** The volumes of a pod, without duplicates. */
function volumesOf(containers: readonly Container[]): k8s.Volume[] {
  const volumes = containers.flatMap(({ scratch, mounts }) => [
    ...scratch.map(scratchVolumeOf),
    ...mounts.map(volumeOf),
  ]);
  return [...new Map(volumes.map((volume) => [volume.name, volume])).values()];
}

/** The fields that all pods share: PodSecurity "restricted", a ServiceAccount without a token, and volumes. */
function podOf(
  pod: Pick<Task, 'system' | 'name' | 'user' | 'group' | 'priority'> & { readonly volumeGroup?: number | undefined },
  containers: readonly Container[],
  placement: Placement,
  restartTriggers: readonly string[],
): { metadata: k8s.ObjectMeta; spec: Omit<k8s.PodSpec, 'containers'> } {
  const { system, name, user, group, priority, volumeGroup = group } = pod;
  const hash = fingerprint(containers, restartTriggers);
  const lowPort = containers.some(({ hardening }) => hardening.lowPorts);
  return {
    metadata: {
      labels: labelsOf(system, name),
      ...(hash !== undefined && { annotations: { [FINGERPRINT]: hash } }),
    },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      ...priorityOf(priority, placement),
      // Otherwise a Service named "postgres" would set POSTGRES_PORT in all pods of the namespace.
      enableServiceLinks: false,
      ...(placement.imagePullSecrets.length > 0 && {
        imagePullSecrets: placement.imagePullSecrets.map((secret) => ({ name: secret })),
      }),
      securityContext: {
        runAsNonRoot: user !== 0,
        runAsUser: user,
        runAsGroup: group,
        fsGroup: volumeGroup,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
        // Some container runtimes do not let users other than root listen below 1024; this safe sysctl allows it.
        ...(lowPort && { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] }),
      },
      volumes: volumesOf(containers),
    },
  };
}

/** The pod template of a component. Source: kubernetes.io, Pod Security Standards; Pod Lifecycle. */
export function podTemplate(component: Component, placement: Placement): k8s.PodTemplateSpec {
  const { containers, init, sidecars, shutdown, storage, nodes, restartTriggers } = component;
  const { metadata, spec } = podOf(component, containersOf(component), placement, restartTriggers);
  const [own, ...beside] = containers;
  const data = storage.map(({ name, path }) => ({ name, mountPath: path }));
  // A sidecar is an init container with restartPolicy Always. Source: kubernetes.io, Sidecar Containers.
  const sidecarContainers = sidecars.map((one) => ({ ...containerOf(one), restartPolicy: 'Always' }));
  const initContainers = [...sidecarContainers, ...init.map((one) => containerOf(one))];
  return {
    metadata,
    spec: {
      ...spec,
      terminationGracePeriodSeconds: shutdown.preStopDelay.toSeconds() + shutdown.drainTimeout.toSeconds(),
      ...(nodes !== undefined && onNodes(nodes)),
      // A single pod is scheduled where its volume is.
      ...(!isSingle(component) && { topologySpreadConstraints: spread(component, placement) }),
      ...(initContainers.length > 0 && { initContainers }),
      containers: [containerOf(own, data), ...beside.map((one) => containerOf(one))],
      volumes: [
        ...(spec.volumes ?? []),
        ...storage
          .filter(({ access }) => access !== 'each')
          .map(({ name, claim }) => ({ name, persistentVolumeClaim: { claimName: claim } })),
      ],
    },
  };
}

/** Pod affinity to the pods that mount the same volumes: a volume of `access: one` is on one node. */
function onNodesOf(volumes: Task['volumes']): Pick<k8s.PodSpec, 'affinity'> {
  const pods = volumes.flatMap((volume) => volume.with ?? []);
  if (pods.length === 0) return {};
  const terms = pods.map((one) => ({
    labelSelector: { matchLabels: selectorOf(one) },
    topologyKey: 'kubernetes.io/hostname',
  }));
  return { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } };
}

/** The group of volumes, if all of them have the same. */
function groupOf(volumes: Task['volumes']): number | undefined {
  const groups = new Set(volumes.map(({ group }) => group));
  return groups.size === 1 ? [...groups][0] : undefined;
}

/** The pod template of a task. A retry is a new pod, so that the log of the failed one is kept. */
export function taskTemplate(task: Task, placement: Placement): k8s.PodTemplateSpec {
  const { init, containers, gracePeriod, volumes } = task;
  const { metadata, spec } = podOf({ ...task, volumeGroup: groupOf(volumes) }, [...init, ...containers], placement, []);
  const data = volumes.map(({ path, readOnly }) => ({
    name: volumeName(path),
    mountPath: path,
    ...(readOnly && { readOnly }),
  }));
  return {
    metadata,
    spec: {
      ...spec,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: gracePeriod.toSeconds(),
      ...onNodesOf(volumes),
      ...(init.length > 0 && { initContainers: init.map((one) => containerOf(one)) }),
      containers: containers.map((one) => containerOf(one, data)),
      volumes: [
        ...(spec.volumes ?? []),
        ...volumes.map(({ claim, path }) => ({
          name: volumeName(path),
          persistentVolumeClaim: { claimName: claim },
        })),
      ],
    },
  };
}
