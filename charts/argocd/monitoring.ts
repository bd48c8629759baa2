import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ArgoCdConfig, MonitoringConfig } from '../../lib/config/argocd';
import { automated } from '../../lib/constructs/argocd/deployed-system';
import { HelmApplication } from '../../lib/constructs/argocd/helm';
import { Project } from '../../lib/constructs/argocd/project';
import type { MonitoredEnvironment } from '../../lib/pipeline/definition';
import logs from './logs.conf';

/** The Helm repository of each chart. */
const CHARTS = {
  'kube-prometheus-stack': 'https://prometheus-community.github.io/helm-charts',
  loki: 'https://grafana-community.github.io/helm-charts',
  alloy: 'https://grafana.github.io/helm-charts',
} as const;

/** All kinds that the charts create with these values. Source: helm template. */
const CLUSTER_KINDS = [
  'ClusterRole.rbac.authorization.k8s.io',
  'ClusterRoleBinding.rbac.authorization.k8s.io',
  'CustomResourceDefinition.apiextensions.k8s.io',
];
const KINDS = [
  'Alertmanager.monitoring.coreos.com',
  'ConfigMap',
  'DaemonSet.apps',
  'Deployment.apps',
  'PersistentVolumeClaim',
  'Prometheus.monitoring.coreos.com',
  'PrometheusRule.monitoring.coreos.com',
  'Secret',
  'Service',
  'ServiceAccount',
  'ServiceMonitor.monitoring.coreos.com',
  'StatefulSet.apps',
];

/** The volume claim of a StatefulSet, in the values of a chart. */
function claim(storage: string) {
  return { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } } } };
}

const OFF = { enabled: false };

/** The role of Grafana's dashboard sidecar, which may read all ConfigMaps. The chart's own role would allow all Secrets too. */
const DASHBOARDS_ROLE = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'grafana-dashboards' },
  rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'watch', 'list'] }],
};

/** The values of kube-prometheus-stack: Prometheus reads monitors and rules of all namespaces, Grafana shows dashboards of all. */
function prometheusStack({ prometheus, alertmanager, grafana, loki }: MonitoringConfig) {
  return {
    ...(alertmanager.secret !== undefined && {
      alertmanager: { alertmanagerSpec: { useExistingSecret: true, configSecret: alertmanager.secret } },
    }),
    prometheus: {
      prometheusSpec: {
        retention: `${prometheus.retentionDays}d`,
        storageSpec: claim(prometheus.storage),
        podMonitorSelectorNilUsesHelmValues: false,
        serviceMonitorSelectorNilUsesHelmValues: false,
        probeSelectorNilUsesHelmValues: false,
        ruleSelectorNilUsesHelmValues: false,
        scrapeConfigSelectorNilUsesHelmValues: false,
      },
    },
    grafana: {
      admin: { existingSecret: grafana.secret },
      persistence: { enabled: true, size: grafana.storage },
      // Only one pod can mount its volume.
      deploymentStrategy: { type: 'Recreate' },
      rbac: { useExistingClusterRole: DASHBOARDS_ROLE.metadata.name },
      sidecar: {
        dashboards: {
          ...{ enabled: true, label: 'grafana_dashboard', labelValue: '1', searchNamespace: 'ALL' },
          resource: 'configmap',
        },
        datasources: { resource: 'configmap' },
      },
      testFramework: OFF,
      ...(loki !== undefined && {
        additionalDataSources: [{ name: 'Loki', uid: 'loki', type: 'loki', access: 'proxy', url: 'http://loki:3100' }],
      }),
    },
    extraManifests: [DASHBOARDS_ROLE],
    // A managed control plane does not expose these, so that their alerts would fire forever.
    kubeControllerManager: OFF,
    kubeEtcd: OFF,
    kubeProxy: OFF,
    kubeScheduler: OFF,
    coreDns: OFF,
    // The webhooks would need Jobs that create certificates, and Berth already checks rules before they are committed.
    prometheusOperator: { admissionWebhooks: OFF, tls: OFF },
  };
}

/** The values of a single Loki that keeps all logs on its volume. */
function singleLoki({ retentionDays, storage }: NonNullable<MonitoringConfig['loki']>) {
  const schema = { from: '2024-04-01', store: 'tsdb', object_store: 'filesystem', schema: 'v13' };
  return {
    deploymentMode: 'Monolithic',
    loki: {
      auth_enabled: false,
      commonConfig: { replication_factor: 1 },
      storage: { type: 'filesystem' },
      schemaConfig: { configs: [{ ...schema, index: { prefix: 'loki_index_', period: '24h' } }] },
      limits_config: { retention_period: `${retentionDays * 24}h` },
      compactor: { retention_enabled: true, delete_request_store: 'filesystem' },
    },
    singleBinary: {
      replicas: 1,
      persistence: { enabled: true, size: storage, whenDeleted: 'Retain', whenScaled: 'Retain' },
    },
    ...Object.fromEntries(['read', 'write', 'backend'].map((part) => [part, { replicas: 0 }])),
    chunksCache: OFF,
    resultsCache: OFF,
    gateway: OFF,
    lokiCanary: OFF,
    test: OFF,
    sidecar: { rules: OFF },
  };
}

const ALLOY = {
  alloy: { configMap: { content: logs }, mounts: { varlog: true }, enableReporting: false },
  crds: { create: false },
};

function releasesOf(monitoring: MonitoringConfig) {
  const { loki } = monitoring;
  return [
    { release: 'prometheus', chart: 'kube-prometheus-stack', values: prometheusStack(monitoring) } as const,
    ...(loki === undefined
      ? []
      : [
          { release: 'loki', chart: 'loki', values: singleLoki(loki) } as const,
          { release: 'alloy', chart: 'alloy', values: ALLOY } as const,
        ]),
  ];
}

/** Prometheus with Grafana, and Loki, in one environment's cluster, as Argo CD installs them from their Helm charts. */
export class MonitoringChart extends Chart {
  constructor(
    scope: Construct,
    id: string,
    { settings, environment, deployment, monitoring }: MonitoredEnvironment & { readonly settings: ArgoCdConfig },
  ) {
    super(scope, id, { disableResourceNameHashes: true });
    const { namespace } = settings;
    const project = `monitoring-${environment}`;
    const destination = { cluster: deployment.cluster, namespace: monitoring.namespace };
    const releases = releasesOf(monitoring).map((one) => ({ ...one, name: `${one.release}-${environment}` }));

    new Project(this, 'project', {
      name: project,
      namespace,
      description: `Prometheus, Grafana and Loki of ${environment}`,
      repositories: releases.map(({ chart }) => CHARTS[chart]),
      destinations: [destination],
      clusterObjects: [...CLUSTER_KINDS, `Namespace/${monitoring.namespace}`],
      kinds: KINDS,
      windows: releases.flatMap(({ name }) => deployment.windows.map((window) => ({ ...window, application: name }))),
    });
    for (const { name, release, chart, values } of releases) {
      new HelmApplication(this, name, {
        name,
        namespace,
        project,
        repository: CHARTS[chart],
        chart,
        version: settings.charts[chart],
        release,
        values,
        destination,
        automated: automated(deployment),
      });
    }
  }
}
