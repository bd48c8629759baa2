import { ApiObject, type ApiObjectProps, JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { PodMonitor } from '../../imports/monitoring.coreos.com';
import type { Component } from '../model/component';
import type { Placement } from '../model/kubernetes';
import { transportOf } from '../model/port';
import { leastReplicas } from '../model/scale';
import { isSingle, isStateful } from '../model/storage';
import { exemptionOf, NEVER_PRUNED, roleOf, waveOf } from './annotations';
import { QueueScaler } from './keda';
import { labelsOf, selectorOf } from './labels';
import { podTemplate } from './pod';
import { RabbitmqCluster } from './rabbitmq-cluster';

/** The number of old revisions that `kubectl rollout undo` can restore. */
const REVISIONS_KEPT = 5;

/** Scales up fast and down slowly. Source: the seed of Salient. */
const BEHAVIOUR = {
  scaleUp: {
    stabilizationWindowSeconds: 30,
    policies: [
      { type: 'Percent', value: 50, periodSeconds: 60 },
      { type: 'Pods', value: 2, periodSeconds: 60 },
    ],
    selectPolicy: 'Max',
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
    selectPolicy: 'Min',
  },
};

/** A component, and how its pods are placed on the cluster. */
export interface WorkloadProps {
  readonly component: Component;
  readonly placement: Placement;
}

/**
 * The objects of one component: ServiceAccount, Deployment or StatefulSet, PersistentVolumeClaims and Service, or a RabbitmqCluster;
 * HorizontalPodAutoscaler or ScaledObject, PodDisruptionBudget and PodMonitor, as far as it needs them.
 */
export class Workload extends Construct {
  private readonly component: Component;

  constructor(scope: Construct, id: string, { component, placement }: WorkloadProps) {
    super(scope, id);
    this.component = component;
    const { scale, operator } = component;

    if (operator !== undefined) new RabbitmqCluster(this, 'cluster', { component, cluster: operator, placement });
    else this.own(placement);
    if (scale.max !== undefined) this.autoscaler();
    if (leastReplicas(scale) > 1) this.disruptionBudget();
    this.monitor();
  }

  /** What an operator makes where there is one: the object that makes the pods, with their account, Services and claims. */
  private own(placement: Placement) {
    const { annotations, ...metadata } = this.metadata(this.component.name);
    new k8s.KubeServiceAccount(this, 'serviceaccount', {
      metadata: { ...metadata, annotations: { ...annotations, ...roleOf(this.component.awsRole) } },
      automountServiceAccountToken: false,
    });
    this.service();
    this.claims();
    if (isStateful(this.component)) this.stateful(placement);
    else this.stateless(placement);
  }

  /** The Services of the ports of its own container: one with an address, and a headless one. */
  private service() {
    const { ports, service, podsService } = this.component;
    const servicePorts = ports.flatMap(({ service: port, ...rest }) => (port === undefined ? [] : [{ ...rest, port }]));
    const spec = {
      selector: selectorOf(this.component),
      ...(servicePorts.length > 0 && {
        ports: servicePorts.map((port) => ({
          name: port.name,
          port: port.port,
          targetPort: k8s.IntOrString.fromString(port.name),
          protocol: transportOf(port),
          // Tells the edge to use HTTP/2 without TLS. Source: gateway-api.sigs.k8s.io, GEP-1911.
          ...(port.protocol === 'grpc' && { appProtocol: 'kubernetes.io/h2c' }),
        })),
      }),
    };
    if (service !== undefined)
      new k8s.KubeService(this, 'service', {
        metadata: this.metadata(service.name),
        spec: { type: 'ClusterIP', ...spec },
      });
    if (podsService !== undefined)
      new k8s.KubeService(this, 'podsservice', {
        metadata: this.metadata(podsService.name),
        spec: { clusterIp: 'None', ...spec },
      });
  }

  /** Separate objects, since the volumeClaimTemplates of a StatefulSet are immutable. */
  private claims() {
    for (const { name, claim, access, size, storageClass, shared, stage = this.component.stage } of this.component
      .storage) {
      if (shared || access === 'each') continue;
      new k8s.KubePersistentVolumeClaim(this, name, {
        metadata: { ...this.metadata(claim), annotations: { ...NEVER_PRUNED, ...waveOf(stage) } },
        spec: {
          accessModes: [access === 'one' ? 'ReadWriteOnce' : 'ReadWriteMany'],
          ...(storageClass !== undefined && { storageClassName: storageClass }),
          resources: { requests: { storage: k8s.Quantity.fromString(size) } },
        },
      });
    }
  }

  private monitor() {
    const { metrics, name, containers, sidecars } = this.component;
    if (metrics === undefined) return;
    const ports = [...containers, ...sidecars].flatMap((container) => container.ports);
    const scraped = metrics.port === undefined ? ports[0] : ports.find(({ port }) => port === metrics.port);
    new PodMonitor(this, 'podmonitor', {
      metadata: this.metadata(name),
      spec: {
        selector: { matchLabels: selectorOf(this.component) },
        podMetricsEndpoints: [{ port: scraped?.name as string, path: metrics.path }],
      },
    });
  }

  private metadata(name: string): k8s.ObjectMeta {
    const { namespace, system, name: component, stage } = this.component;
    return { namespace, name, labels: labelsOf(system, component), annotations: waveOf(stage) };
  }

  /** The metadata of the object that makes the pods. */
  private workloadMetadata(): k8s.ObjectMeta {
    const { annotations, ...metadata } = this.metadata(this.component.name);
    return { ...metadata, annotations: { ...annotations, ...exemptionOf(this.component) } };
  }

  /**
   * Adds the postStart and preStop hooks. preStop uses the `sleep` action of Kubernetes, since not every image has a shell. cdk8s-plus-28
   * does not support `sleep`, and its classes drop it even from a JSON patch, so the manifest is patched instead.
   */
  private withHooks(id: string, manifest: ApiObjectProps) {
    const { afterStart, shutdown } = this.component;
    const seconds = shutdown.preStopDelay.toSeconds();
    const hooks = {
      ...(afterStart !== undefined && { postStart: { exec: { command: [...afterStart] } } }),
      // Kubernetes before 1.33 rejects 0.
      ...(seconds > 0 && { preStop: { sleep: { seconds } } }),
    };
    const isNone = Object.keys(hooks).length === 0;
    const patches = isNone ? [] : [JsonPatch.add('/spec/template/spec/containers/0/lifecycle', hooks)];
    new ApiObject(this, id, JsonPatch.apply(manifest, ...patches));
  }

  private stateless(placement: Placement) {
    const { scale } = this.component;
    const manifest = k8s.KubeDeployment.manifest({
      metadata: this.workloadMetadata(),
      spec: {
        // With an autoscaler, `replicas` would reset its number at each apply.
        ...(scale.max === undefined && { replicas: scale.replicas ?? 1 }),
        revisionHistoryLimit: REVISIONS_KEPT,
        selector: { matchLabels: selectorOf(this.component) },
        strategy: this.component.recreate
          ? { type: 'Recreate' }
          : {
              type: 'RollingUpdate',
              rollingUpdate: {
                maxUnavailable: k8s.IntOrString.fromNumber(0),
                maxSurge: k8s.IntOrString.fromString('25%'),
              },
            },
        template: podTemplate(this.component, placement),
      },
    });
    this.withHooks('deployment', manifest);
  }

  /** A StatefulSet: the old pod is stopped before the new one starts, so two pods never use the same volume. */
  private stateful(placement: Placement) {
    const { podsService, scale, storage } = this.component;
    const own = storage.filter(({ access }) => access === 'each');
    const manifest = k8s.KubeStatefulSet.manifest({
      metadata: this.workloadMetadata(),
      spec: {
        ...(isSingle(this.component) ? { replicas: 1 } : scale.max === undefined && { replicas: scale.replicas ?? 1 }),
        serviceName: podsService?.name as string,
        revisionHistoryLimit: REVISIONS_KEPT,
        selector: { matchLabels: selectorOf(this.component) },
        template: podTemplate(this.component, placement),
        ...(own.length > 0 && {
          podManagementPolicy: 'Parallel',
          volumeClaimTemplates: own.map(({ name: volume, size, storageClass }) => ({
            metadata: { name: volume },
            spec: {
              accessModes: ['ReadWriteOnce'],
              ...(storageClass !== undefined && { storageClassName: storageClass }),
              resources: { requests: { storage: k8s.Quantity.fromString(size) } },
            },
          })),
        }),
      },
    });
    this.withHooks('statefulset', manifest);
  }

  private autoscaler() {
    const { component } = this;
    const { name, scale } = component;
    const kind = isStateful(component) ? 'StatefulSet' : 'Deployment';
    if (scale.queue !== undefined) {
      new QueueScaler(this, 'keda', { component, queue: scale.queue, kind, behavior: BEHAVIOUR });
      return;
    }
    const metric = (resource: string, averageUtilization: number | undefined): k8s.MetricSpecV2[] =>
      averageUtilization === undefined
        ? []
        : [{ type: 'Resource', resource: { name: resource, target: { type: 'Utilization', averageUtilization } } }];
    new k8s.KubeHorizontalPodAutoscalerV2(this, 'hpa', {
      metadata: { ...this.metadata(`${name}-hpa`), annotations: waveOf('reporting') },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
        minReplicas: scale.min ?? 1,
        maxReplicas: scale.max as number,
        metrics: [...metric('cpu', scale.cpu), ...metric('memory', scale.memory)],
        behavior: BEHAVIOUR,
      },
    });
  }

  /** A drain evicts one pod at a time; pods that are not ready never block it. */
  private disruptionBudget() {
    new k8s.KubePodDisruptionBudget(this, 'pdb', {
      metadata: this.metadata(this.component.name),
      spec: {
        maxUnavailable: k8s.IntOrString.fromNumber(1),
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: selectorOf(this.component) },
      },
    });
  }
}
