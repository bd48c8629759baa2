import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { portNamesOf } from './monitors';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { isEmpty, LabelIndex, type Selection, selectorOf, showSelector } from './selection';
import type { FieldFinding } from './violation';

/** Whether an object is a NetworkPolicy of Kubernetes. Other vendors have policies of the same kind. */
export function isPolicy({ kind, apiVersion }: ManifestObject): boolean {
  return kind === 'NetworkPolicy' && apiGroupOf(apiVersion) === 'networking.k8s.io';
}

/** The direction of connections, seen from the selected pods. */
export type Direction = 'ingress' | 'egress';

/** The directions that a policy isolates: `policyTypes`, or by default ingress, and egress if it has egress rules. */
export function directionsOf({ spec }: ManifestObject): Direction[] {
  const { policyTypes, egress } = spec ?? {};
  if (Array.isArray(policyTypes) && policyTypes.length > 0) {
    return policyTypes.map((type) => (type === 'Egress' ? 'egress' : 'ingress'));
  }
  return egress === undefined ? ['ingress'] : ['ingress', 'egress'];
}

/** The number of a port. Names are resolved by name and protocol, as Services and policies do. */
export function portNumber(pod: Pod, port: Fields, protocol: string): number | undefined {
  if (typeof port !== 'string') return typeof port === 'number' ? port : undefined;
  return containersOf(pod)
    .filter(({ role }) => role === 'container' || role === 'sidecar')
    .flatMap(({ fields }) => listOf(fields.ports))
    .find((one) => one.name === port && (one.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** The pods whose ingress is isolated, with the rules that open ports. Source: kubernetes.io, Network Policies. */
export class Isolation {
  private readonly rules = new Map<Pod, Fields[]>();

  constructor(policies: readonly ManifestObject[], selection: Selection) {
    for (const policy of policies) {
      if (!directionsOf(policy).includes('ingress')) continue;
      const { metadata, spec } = policy;
      const opened = listOf(spec?.ingress);
      for (const pod of selection.podsIn(metadata.namespace ?? 'default', selectorOf(spec?.podSelector))) {
        // Policies do not apply to pods in the network of their node.
        if (pod.spec.hostNetwork === true) continue;
        const before = this.rules.get(pod);
        if (before) before.push(...opened);
        else this.rules.set(pod, [...opened]);
      }
    }
  }

  /** Whether a policy opens a port of a pod to any peer. */
  isOpen(pod: Pod, port: number, protocol: string): boolean {
    const rules = this.rules.get(pod);
    if (rules === undefined) return true;
    return rules.some(({ ports }) => {
      const listed = listOf(ports);
      return listed.length === 0 || listed.some((one) => opens(one, pod, port, protocol));
    });
  }
}

function opens(opened: Fields, pod: Pod, port: number, protocol: string): boolean {
  if ((opened.protocol ?? 'TCP') !== protocol) return false;
  if (opened.port === undefined || opened.port === null) return true;
  const first = portNumber(pod, opened.port, protocol);
  if (first === undefined) return false;
  return first <= port && port <= (typeof opened.endPort === 'number' ? opened.endPort : first);
}

/** Named ports of a rule that none of the pods has. */
function unknownPortNames(rule: Fields, path: string, pods: readonly Pod[], whose: string): FieldFinding[] {
  const names = new Set(pods.flatMap(portNamesOf));
  return listOf(rule.ports).flatMap(({ port }, index) =>
    typeof port !== 'string' || names.has(port)
      ? []
      : {
          path: `${path}.ports[${index}].port`,
          message: `given "${port}", expected the name of a port of the pods ${whose}: ${[...names].slice(0, 8).join(', ') || 'none'}`,
        },
  );
}

/** Whether a peer's namespaces are outside of the set, so that their pods are unknown. */
export type IsUnknownNamespace = (peer: Fields, own: string) => boolean;

/** A function that tells whether a peer is in unknown namespaces. Where pods or namespaces are given, all count as known. */
export function unknownNamespacesOf(cluster: ClusterIndex): IsUnknownNamespace {
  if (cluster.prerequisites.some(({ kind }) => kind === 'Pod' || kind === 'Namespace')) return () => false;
  const names = new Set([
    ...cluster.ofKind('Namespace').map(({ metadata }) => metadata.name),
    ...cluster.pods.map(({ namespace }) => namespace),
  ]);
  const spaces = new LabelIndex([...names].map((name) => ({ labels: cluster.labelsOfNamespace(name) })));
  return ({ namespaceSelector }, own) => {
    if (namespaceSelector === undefined || namespaceSelector === null) return !names.has(own);
    const selector = selectorOf(namespaceSelector);
    return !isEmpty(selector) && spaces.select(selector).length === 0;
  };
}

/** What the check of a policy needs. */
interface PolicyContext {
  readonly own: string;
  readonly selection: Selection;
  readonly isOutside: IsUnknownNamespace;
}

function judgeRule(rule: Fields, path: string, side: 'from' | 'to', { own, selection, isOutside }: PolicyContext) {
  const peers = listOf(rule[side]).map((peer, index) => ({
    index,
    peer,
    isBlock: peer.ipBlock !== undefined && peer.ipBlock !== null,
    ...selection.peers(peer, own),
  }));
  const unmatched = peers.flatMap(({ index, peer, isBlock, pods, hasPrerequisite }): FieldFinding[] => {
    if (isBlock || hasPrerequisite || pods.length > 0 || isOutside(peer, own)) return [];
    const spaces = peer.namespaceSelector
      ? `namespaces with ${showSelector(selectorOf(peer.namespaceSelector))}`
      : `namespace ${own}`;
    const given = `given pods with ${showSelector(selectorOf(peer.podSelector))} in ${spaces}, which do not exist, so that the peer opens nothing`;
    const expected = 'pods of this set or of a prerequisite';
    return [selection.emptyFinding(`${path}.${side}[${index}]`, given, peer.namespaceSelector ? '' : own, expected)];
  });
  return {
    unmatched,
    pods: peers.some((peer) => peer.isBlock || peer.hasPrerequisite) ? [] : peers.flatMap(({ pods }) => pods),
  };
}

/** Selectors and port names of a policy that match nothing. */
export function judgePolicy(
  { metadata, spec }: ManifestObject,
  selection: Selection,
  isOutside: IsUnknownNamespace,
): FieldFinding[] {
  const own = metadata.namespace ?? 'default';
  const around = { own, selection, isOutside };
  const selector = selectorOf(spec?.podSelector);
  const selected = selection.podsIn(own, selector);
  const isGiven = selection.selectsPrerequisite(own, selector);
  const nothing = `given ${showSelector(selector)}, which no pod of namespace ${own} has, so that the policy isolates nothing`;
  return [
    ...(isEmpty(selector) || isGiven || selected.length > 0
      ? []
      : [selection.emptyFinding('spec.podSelector', nothing, own)]),
    ...listOf(spec?.ingress).flatMap((rule, index) => {
      const path = `spec.ingress[${index}]`;
      const names = selected.length > 0 && !isGiven ? unknownPortNames(rule, path, selected, 'that it selects') : [];
      return [...judgeRule(rule, path, 'from', around).unmatched, ...names];
    }),
    ...listOf(spec?.egress).flatMap((rule, index) => {
      const path = `spec.egress[${index}]`;
      const { unmatched, pods } = judgeRule(rule, path, 'to', around);
      return [...unmatched, ...(pods.length > 0 ? unknownPortNames(rule, path, pods, 'that it leads to') : [])];
    }),
  ];
}
