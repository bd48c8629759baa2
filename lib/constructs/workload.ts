import { ApiObject, type ApiObjectProps, JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { PodMonitor } from '../../imports/monitoring.coreos.com';
import { type Component, METRICS_PORT } from '../model/component';
import type { Placement } from '../model/kubernetes';
import { KEEP, waveOf } from './annotations';
import { labelsOf, selectorOf } from './labels';
import { podTemplate } from './pod';

/** How many old revisions `kubectl rollout undo` can go back to. */
const REVISIONS_KEPT = 5;

export interface WorkloadProps {
  readonly component: Component;
  readonly placement: Placement;
}

/**
 * The objects of one component: ServiceAccount, Deployment (or StatefulSet with its volume), Service, and as its scale asks
 * HorizontalPodAutoscaler and PodDisruptionBudget.
 *
 * @throws when a component with storage is to have more than one pod
 */
export class Workload extends Construct {
  private readonly component: Component;

  constructor(scope: Construct, id: string, { component, placement }: WorkloadProps) {
    super(scope, id);
    this.component = component;
    const { storage, scale, metrics } = component;

    new k8s.KubeServiceAccount(this, 'serviceaccount', {
      metadata: this.metadata(component.name),
      automountServiceAccountToken: false,
    });
    new k8s.KubeService(this, 'service', {
      metadata: this.metadata(component.service.name),
      spec: {
        type: 'ClusterIP',
        selector: selectorOf(component),
        ports: [
          {
            name: component.portName,
            port: component.service.port,
            targetPort: k8s.IntOrString.fromString(component.portName),
            protocol: 'TCP',
          },
        ],
      },
    });
    if (storage !== undefined) this.stateful(placement);
    else this.stateless(placement);
    if (scale.max !== undefined) this.autoscaler();
    if ((scale.replicas ?? scale.min ?? 1) > 1) this.disruptionBudget();
    if (metrics !== undefined) {
      new PodMonitor(this, 'podmonitor', {
        metadata: this.metadata(component.name),
        spec: {
          selector: { matchLabels: selectorOf(component) },
          podMetricsEndpoints: [
            {
              port: (metrics.port ?? component.port) === component.port ? component.portName : METRICS_PORT,
              path: metrics.path,
            },
          ],
        },
      });
    }
  }

  private metadata(name: string): k8s.ObjectMeta {
    const { namespace, system, name: component, stage } = this.component;
    return { namespace, name, labels: labelsOf(system, component), annotations: waveOf(stage) };
  }

  /**
   * What is done right after the start, and before the stop: a sleep of Kubernetes itself, since not every image has a shell.
   * cdk8s-plus-28 knows no `sleep`, and its own classes drop it from a patch, too: so they only make the manifest.
   */
  private withHooks(id: string, manifest: ApiObjectProps) {
    const { afterStart, stop } = this.component;
    const seconds = stop.leave.toSeconds();
    const hooks = {
      ...(afterStart !== undefined && { postStart: { exec: { command: [...afterStart] } } }),
      // Before 1.33 none may be 0.
      ...(seconds > 0 && { preStop: { sleep: { seconds } } }),
    };
    const isNone = Object.keys(hooks).length === 0;
    const patches = isNone ? [] : [JsonPatch.add('/spec/template/spec/containers/0/lifecycle', hooks)];
    new ApiObject(this, id, JsonPatch.apply(manifest, ...patches));
  }

  private stateless(placement: Placement) {
    const { scale, name } = this.component;
    const manifest = k8s.KubeDeployment.manifest({
      metadata: this.metadata(name),
      spec: {
        // Where an autoscaler owns the number, saying it here too would undo its work at each apply.
        ...(scale.max === undefined && { replicas: scale.replicas ?? 1 }),
        revisionHistoryLimit: REVISIONS_KEPT,
        selector: { matchLabels: selectorOf(this.component) },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxUnavailable: k8s.IntOrString.fromNumber(0), maxSurge: k8s.IntOrString.fromString('25%') },
        },
        template: podTemplate(this.component, placement),
      },
    });
    this.withHooks('deployment', manifest);
  }

  /** One pod and its volume. The claim is an object of its own, since those of a StatefulSet's template cannot change. */
  private stateful(placement: Placement) {
    const { name, service, scale, storage } = this.component;
    if (storage === undefined || scale.max !== undefined || (scale.replicas ?? 1) !== 1) {
      throw new Error(`${name} keeps its data in one volume, expected scale { replicas: 1 }`);
    }
    new k8s.KubePersistentVolumeClaim(this, 'data', {
      metadata: { ...this.metadata(`${name}-data`), annotations: { ...KEEP, ...waveOf(this.component.stage) } },
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(storage.storageClass !== undefined && { storageClassName: storage.storageClass }),
        resources: { requests: { storage: k8s.Quantity.fromString(storage.size) } },
      },
    });
    const manifest = k8s.KubeStatefulSet.manifest({
      metadata: this.metadata(name),
      spec: {
        replicas: 1,
        serviceName: service.name,
        revisionHistoryLimit: REVISIONS_KEPT,
        selector: { matchLabels: selectorOf(this.component) },
        template: podTemplate(this.component, placement),
      },
    });
    this.withHooks('statefulset', manifest);
  }

  /** Fast up, slow down. Source: the seed of Salient. */
  private autoscaler() {
    const { name, scale } = this.component;
    const metric = (resource: string, averageUtilization: number | undefined): k8s.MetricSpecV2[] =>
      averageUtilization === undefined
        ? []
        : [{ type: 'Resource', resource: { name: resource, target: { type: 'Utilization', averageUtilization } } }];
    new k8s.KubeHorizontalPodAutoscalerV2(this, 'hpa', {
      metadata: { ...this.metadata(`${name}-hpa`), annotations: waveOf('reporting') },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: scale.min ?? 1,
        maxReplicas: scale.max as number,
        metrics: [...metric('cpu', scale.cpu), ...metric('memory', scale.memory)],
        behavior: {
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
        },
      },
    });
  }

  /** A drain takes one pod at a time; pods that are not well anyway never stop it. */
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
