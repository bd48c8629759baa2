import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Component, Connection } from './component';
import { labelsOf, selectorOf } from './labels';
import type { System } from './system';

/** cert-manager's pods that answer the HTTP-01 challenge, which come and go in the namespace of the certificate. */
export const ACME_SOLVER = { labels: { 'acme.cert-manager.io/http01-solver': 'true' }, port: 8089 };

function tcp(port: number): k8s.NetworkPolicyPort {
  return { protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) };
}

function podsOf(namespace: string, labels: Readonly<Record<string, string>>): k8s.NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  };
}

function leadsTo(connection: Connection, component: Component): boolean {
  if ('cidrs' in connection) return false;
  return connection.to.name === component.name && connection.to.namespace === component.namespace;
}

/**
 * Default deny in every namespace, both ways; then exactly the declared connections, on both of their ends, and the edge to
 * what it exposes. Nobody writes a policy by hand.
 *
 * Policies behind an edge see the controller's pods and never the client, so who may come is decided there.
 * Source: kubernetes.io, Network Policies.
 */
export class NetworkPolicies extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly system: Pick<System, 'name' | 'namespaces' | 'components' | 'edge' | 'dnsCaches'>,
  ) {
    super(scope, id);
    for (const namespace of system.namespaces) {
      this.policy(namespace, 'default-deny', {}, { policyTypes: ['Ingress', 'Egress'] });
    }
    for (const component of system.components) {
      const ingress = this.ingressOf(component);
      const egress = this.egressOf(component);
      if (ingress.length + egress.length === 0) continue;
      this.policy(component.namespace, `${component.name}-policy`, selectorOf(component), {
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
      metadata: { namespace, name, labels: labelsOf(this.system.name) },
      spec: { podSelector: Object.keys(podLabels).length > 0 ? { matchLabels: podLabels } : {}, ...spec },
    });
  }

  private get controller(): k8s.NetworkPolicyPeer {
    const { namespace, labels } = this.system.edge.controller;
    return podsOf(namespace, labels);
  }

  private ingressOf(component: Component): k8s.NetworkPolicyIngressRule[] {
    const from = this.system.components
      .filter((other) => other.connectsTo.some((connection) => leadsTo(connection, component)))
      .map((other) => podsOf(other.namespace, selectorOf(other)));
    if (component.exposed.length > 0) from.unshift(this.controller);
    return from.length > 0 ? [{ from, ports: [tcp(component.port)] }] : [];
  }

  private egressOf(component: Component): k8s.NetworkPolicyEgressRule[] {
    const rules = component.connectsTo.map(
      (connection): k8s.NetworkPolicyEgressRule =>
        'cidrs' in connection
          ? {
              to: connection.cidrs.map(({ cidr, except }) => ({
                ipBlock: { cidr, ...(except && { except: [...except] }) },
              })),
              ports: [tcp(connection.port)],
            }
          : { to: [podsOf(connection.to.namespace, selectorOf(connection.to))], ports: [tcp(connection.to.port)] },
    );
    // Two reasons to connect to the same place are one rule.
    const distinct = new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
    return rules.length > 0 ? [this.dns(), ...distinct.values()] : [];
  }

  /** Names are asked for at the cluster's DNS pods, or at a cache on the node, which is no pod that a selector could name. */
  private dns(): k8s.NetworkPolicyEgressRule {
    const port = k8s.IntOrString.fromNumber(53);
    return {
      to: [
        podsOf('kube-system', { 'k8s-app': 'kube-dns' }),
        ...this.system.dnsCaches.map((cidr) => ({ ipBlock: { cidr } })),
      ],
      ports: [
        { protocol: 'UDP', port },
        { protocol: 'TCP', port },
      ],
    };
  }

  /** Without this the certificate's challenge could never be answered under default deny. */
  private certificates() {
    if (this.system.edge.issuer === undefined) return;
    const exposing = this.system.components
      .filter(({ exposed }) => exposed.length > 0)
      .map(({ namespace }) => namespace);
    for (const namespace of new Set(exposing)) {
      this.policy(namespace, 'acme-solver-policy', ACME_SOLVER.labels, {
        policyTypes: ['Ingress'],
        ingress: [{ from: [this.controller], ports: [tcp(ACME_SOLVER.port)] }],
      });
    }
  }
}
