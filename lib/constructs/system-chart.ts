import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { System } from '../model/system';
import { CloudNativePg } from './cloudnative-pg/cloudnative-pg';
import { ConfigMap } from './config-map';
import { Edge } from './edge/edge';
import { Job } from './job';
import { Monitoring } from './monitoring/monitoring';
import { NamespaceBounds } from './namespace-bounds';
import { Namespaces } from './namespaces';
import { NetworkPolicies } from './network-policies';
import { Secrets } from './secrets/secrets';
import { Workload } from './workload';

/**
 * The Kubernetes objects of a system.
 *
 * @example
 * const app = new App();
 * new SystemChart(app, 'shop', system({ ...defaults, components, tasks }));
 * app.synth();
 *
 * @throws when the edge cannot expose a route: see {@link Edge}
 */
export class SystemChart extends Chart {
  constructor(scope: Construct, id: string, system: System) {
    super(scope, id, { disableResourceNameHashes: true });
    const { name, configs, secrets, clusters, components, tasks, placement } = system;

    // A colon is in no name: a component may be called like a ConfigMap, or `secrets`.
    new Namespaces(this, 'namespaces', system);
    new NamespaceBounds(this, 'bounds', system);
    for (const config of configs)
      new ConfigMap(this, `config:${config.namespace}:${config.name}`, { system: name, config });
    new Secrets(this, 'secrets', { system: name, secrets });
    new NetworkPolicies(this, 'network', system);
    for (const cluster of clusters) new CloudNativePg(this, `cluster:${cluster.name}`, { cluster, placement });
    for (const component of components) new Workload(this, `component:${component.name}`, { component, placement });
    for (const task of tasks) new Job(this, `task:${task.name}`, { task, placement });
    new Edge(this, 'edge', system);
    new Monitoring(this, 'monitoring', system);
  }
}
