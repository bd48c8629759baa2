import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { type Component, exposedPorts } from '../model/component';
import type { Connection, Destination } from '../model/connection';
import type { ExternalPods } from '../model/kubernetes';
import type { System } from '../model/system';
import { waveOf } from './annotations';
import { controllerOf } from './edge/controller';
import { labelsOf, selectorOf } from './labels';

/** cert-manager's pods that answer the HTTP-01 challenge, which come and go in the namespace of the certificate. */
export const ACME_SOLVER = { labels: { 'acme.cert-manager.io/http01-solver': 'true' }, port: 8089 };

function tcp(port: number): k8s.NetworkPolicyPort {
  return { protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) };
}

function podPeer(namespace: string, labels: Readonly<Record<string, string>>): k8s.NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  };
}

/** Whatever opens or takes connections. */
type Party = Pick<Component, 'system' | 'namespace' | 'name' | 'connectsTo'> & Partial<Pick<ExternalPods, 'labels'>>;

function isDestination(connection: Connection, party: Party): connection is { readonly to: Destination } {
  if ('cidrs' in connection) return false;
  return connection.to.name === party.name && connection.to.namespace === party.namespace;
}

/**
 * Default deny in every namespace, both ways; then exactly the declared connections, on both of their ends, and the edge to
 * what it exposes. Nobody writes a policy by hand.
 *
 * Policies behind an edge see the controller's pods and never the client, so who may come is decided there.
 * Source: kubernetes.io, Network Policies.
 */
export class NetworkPolicies extends Construct {
  private readonly parties: readonly Party[];

  constructor(
    scope: Construct,
    id: string,
    private readonly system: Pick<
      System,
      'name' | 'namespaces' | 'components' | 'tasks' | 'externalPods' | 'edge' | 'issuer' | 'dnsCaches'
    >,
  ) {
    super(scope, id);
    for (const namespace of system.namespaces) {
      this.policy(namespace, 'default-deny', {}, { policyTypes: ['Ingress', 'Egress'] });
    }
    this.parties = [...system.components, ...system.tasks, ...system.externalPods];
    for (const party of this.parties) {
      const ingress = this.ingressOf(party);
      const egress = this.egressOf(party);
      // Others' namespaces have their own policies.
      if (ingress.length + egress.length === 0 || !system.namespaces.includes(party.namespace)) continue;
      this.policy(party.namespace, `${party.name}-policy`, selectorOf(party), {
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

  private ingressOf(party: Party): k8s.NetworkPolicyIngressRule[] {
    const byPort = new Map<number, k8s.NetworkPolicyPeer[]>();
    const admit = (port: number, peer: k8s.NetworkPolicyPeer) => byPort.set(port, [...(byPort.get(port) ?? []), peer]);
    const own = this.system.components.find((component) => component === party);
    for (const port of own === undefined ? [] : exposedPorts(own)) admit(port, this.controller);
    for (const other of this.parties) {
      const ports = other.connectsTo.flatMap((connection) =>
        isDestination(connection, party) ? [connection.to.port] : [],
      );
      for (const port of new Set(ports)) admit(port, podPeer(other.namespace, selectorOf(other)));
    }
    return [...byPort].map(([port, from]) => ({ from, ports: [tcp(port)] }));
  }

  private egressOf(party: Party): k8s.NetworkPolicyEgressRule[] {
    const rules = party.connectsTo.map(
      (connection): k8s.NetworkPolicyEgressRule =>
        'cidrs' in connection
          ? {
              to: connection.cidrs.map(({ cidr, except }) => ({
                ipBlock: { cidr, ...(except && { except: [...except] }) },
              })),
              ports: [tcp(connection.port)],
            }
          : { to: [podPeer(connection.to.namespace, selectorOf(connection.to))], ports: [tcp(connection.to.port)] },
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
        podPeer('kube-system', { 'k8s-app': 'kube-dns' }),
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
    const { edge, issuer } = this.system;
    if (edge.issuer === undefined || issuer?.solverPods === false) return;
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
