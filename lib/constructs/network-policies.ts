import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { type Component, exposedPorts } from '../model/component';
import type { Connection, Destination } from '../model/connection';
import type { ExternalPods } from '../model/kubernetes';
import type { System } from '../model/system';
import { waveOf } from './annotations';
import { controllerOf } from './edge/controller';
import { labelsOf, selectorOf } from './labels';

/** cert-manager's temporary pods that answer HTTP-01 challenges, in the namespace of the certificate. */
export const ACME_SOLVER = { labels: { 'acme.cert-manager.io/http01-solver': 'true' }, port: 8089 };

/** The port of DNS caches on nodes. */
export const CACHE_PORT = 53;

/** A port, as a connection or a policy names it. */
type Opened = Pick<Destination, 'port' | 'udp'>;

function opening({ port, udp }: Opened): k8s.NetworkPolicyPort {
  return { protocol: udp ? 'UDP' : 'TCP', port: k8s.IntOrString.fromNumber(port) };
}

function podPeer(namespace: string, labels: Readonly<Record<string, string>>): k8s.NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  };
}

/** A workload that opens or accepts connections. */
type Endpoint = Pick<Component, 'system' | 'namespace' | 'name' | 'connectsTo'> & Partial<Pick<ExternalPods, 'labels'>>;

function isDestination(connection: Connection, endpoint: Endpoint): connection is { readonly to: Destination } {
  if ('cidrs' in connection) return false;
  return connection.to.name === endpoint.name && connection.to.namespace === endpoint.namespace;
}

/**
 * The NetworkPolicies of a system: default deny for ingress and egress in every namespace, then the declared connections at both ends, and
 * the edge to exposed ports.
 *
 * A policy behind the edge sees the controller's pods and not the client, so allowlists of clients are configured at the edge.
 * Source: kubernetes.io, Network Policies.
 */
export class NetworkPolicies extends Construct {
  private readonly endpoints: readonly Endpoint[];

  constructor(
    scope: Construct,
    id: string,
    private readonly system: Pick<
      System,
      'name' | 'namespaces' | 'components' | 'tasks' | 'externalPods' | 'edge' | 'issuer' | 'dnsCaches' | 'dnsPods'
    >,
  ) {
    super(scope, id);
    for (const namespace of system.namespaces) {
      this.policy(namespace, 'default-deny', {}, { policyTypes: ['Ingress', 'Egress'] });
    }
    this.endpoints = [...system.components, ...system.tasks, ...system.externalPods];
    for (const endpoint of this.endpoints) {
      const ingress = this.ingressOf(endpoint);
      const egress = this.egressOf(endpoint);
      // Namespaces of other systems have their own policies.
      if (ingress.length + egress.length === 0 || !system.namespaces.includes(endpoint.namespace)) continue;
      this.policy(endpoint.namespace, `${endpoint.name}-policy`, selectorOf(endpoint), {
        policyTypes: [...(ingress.length > 0 ? ['Ingress'] : []), ...(egress.length > 0 ? ['Egress'] : [])],
        ...(ingress.length > 0 && { ingress }),
        ...(egress.length > 0 && { egress }),
      });
    }
    this.certificates();
  }

  private policy(
    namespace: string,
    name: string,
    podLabels: Readonly<Record<string, string>>,
    spec: Omit<k8s.NetworkPolicySpec, 'podSelector'>,
  ) {
    new k8s.KubeNetworkPolicy(this, `${namespace}-${name}`, {
      metadata: { namespace, name, labels: labelsOf(this.system.name), annotations: waveOf('foundation') },
      spec: { podSelector: Object.keys(podLabels).length > 0 ? { matchLabels: podLabels } : {}, ...spec },
    });
  }

  private get controller(): k8s.NetworkPolicyPeer {
    const { namespace, labels } = controllerOf(this.system);
    return podPeer(namespace, labels);
  }

  private ingressOf(endpoint: Endpoint): k8s.NetworkPolicyIngressRule[] {
    const byPort = new Map<string, { readonly port: Opened; readonly from: k8s.NetworkPolicyPeer[] }>();
    const allow = (port: Opened, peer: k8s.NetworkPolicyPeer) => {
      const key = JSON.stringify(opening(port));
      byPort.set(key, { port, from: [...(byPort.get(key)?.from ?? []), peer] });
    };
    const own = this.system.components.find((component) => component === endpoint);
    for (const port of own === undefined ? [] : exposedPorts(own)) allow({ port }, this.controller);
    for (const other of this.endpoints) {
      const ports = other.connectsTo.flatMap((connection) =>
        isDestination(connection, endpoint) ? [connection.to] : [],
      );
      const distinct = new Map(ports.map((port) => [JSON.stringify(opening(port)), port]));
      for (const port of distinct.values()) allow(port, podPeer(other.namespace, selectorOf(other)));
    }
    return [...byPort.values()].map(({ port, from }) => ({ from, ports: [opening(port)] }));
  }

  private egressOf(endpoint: Endpoint): k8s.NetworkPolicyEgressRule[] {
    const rules = endpoint.connectsTo.map(
      (connection): k8s.NetworkPolicyEgressRule =>
        'cidrs' in connection
          ? {
              to: connection.cidrs.map(({ cidr, except }) => ({
                ipBlock: { cidr, ...(except && { except: [...except] }) },
              })),
              ports: [opening(connection)],
            }
          : { to: [podPeer(connection.to.namespace, selectorOf(connection.to))], ports: [opening(connection.to)] },
    );
    // Two connections to the same target need one rule.
    const distinct = new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
    return rules.length > 0 ? [...this.dns(), ...distinct.values()] : [];
  }

  /** DNS, by the cluster's DNS pods, or by a cache on the node, which no pod selector matches since it uses the host network. */
  private dns(): k8s.NetworkPolicyEgressRule[] {
    const { dnsPods, dnsCaches } = this.system;
    const pods = podPeer(dnsPods.namespace, dnsPods.labels);
    const caches = dnsCaches.map((cidr) => ({ ipBlock: { cidr } }));
    const rule = (to: k8s.NetworkPolicyPeer[], port: number) => ({
      to,
      ports: [opening({ port, udp: true }), opening({ port })],
    });
    if (dnsPods.port === CACHE_PORT) return [rule([pods, ...caches], CACHE_PORT)];
    return [rule([pods], dnsPods.port), ...(caches.length > 0 ? [rule(caches, CACHE_PORT)] : [])];
  }

  /** Lets the edge connect to the solver pods of HTTP-01 challenges. */
  private certificates() {
    const { edge, issuer } = this.system;
    if (edge.issuer === undefined || issuer?.solverPods === false) return;
    const exposing = this.system.components
      .filter(({ exposed }) => exposed.length > 0)
      .map(({ namespace }) => namespace);
    for (const namespace of new Set(exposing)) {
      this.policy(namespace, 'acme-solver-policy', ACME_SOLVER.labels, {
        policyTypes: ['Ingress'],
        ingress: [{ from: [this.controller], ports: [opening(ACME_SOLVER)] }],
      });
    }
  }
}
