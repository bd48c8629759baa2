import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { CloudNativePg } from '../../constructs/cloudnative-pg/cloudnative-pg';
import { ConfigMap } from '../../constructs/config-map';
import { Edge } from '../../constructs/edge/edge';
import { Job } from '../../constructs/job';
import { Monitoring } from '../../constructs/monitoring/monitoring';
import { Namespaces } from '../../constructs/namespaces';
import { NetworkPolicies } from '../../constructs/network';
import { Secrets } from '../../constructs/secrets/secrets';
import type { System } from '../../constructs/system';
import { Workload } from '../../constructs/workload';

/** Places a system on Kubernetes: what it is comes from its components. */
export class SystemChart extends Chart {
  constructor(scope: Construct, id: string, system: System) {
    super(scope, id, { disableResourceNameHashes: true });
    const { name, configs, secrets, clusters, components, tasks, placement } = system;

    new Namespaces(this, 'namespaces', system);
    for (const config of configs) new ConfigMap(this, config.name, { system: name, config });
    new Secrets(this, 'secrets', { system: name, secrets });
    new NetworkPolicies(this, 'network', system);
    for (const cluster of clusters) new CloudNativePg(this, cluster.name, { cluster, placement });
    for (const component of components) new Workload(this, component.name, { component, placement });
    for (const task of tasks) new Job(this, task.name, { task, placement });
    new Edge(this, 'edge', system);
    new Monitoring(this, 'monitoring', system);
  }
}
