import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { portNamesOf } from './monitors';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { isEmpty, LabelIndex, type Selection, selectorOf, showSelector } from './selection';
import type { FieldFinding } from './violation';

/** What is wrong with an object, and where. */
/** Other vendors have policies of this name, whose selectors are written differently. */
export function isPolicy({ kind, apiVersion }: ManifestObject): boolean {
  return kind === 'NetworkPolicy' && apiGroupOf(apiVersion) === 'networking.k8s.io';
}

export type Direction = 'ingress' | 'egress';

/** A policy is about Ingress unless it says otherwise, and about Egress when it has rules for that. An empty list says nothing. */
export function directionsOf({ spec }: ManifestObject): Direction[] {
  const { policyTypes, egress } = spec ?? {};
  if (Array.isArray(policyTypes) && policyTypes.length > 0) {
    return policyTypes.map((type) => (type === 'Egress' ? 'egress' : 'ingress'));
  }
  return egress === undefined ? ['ingress'] : ['ingress', 'egress'];
}

/** The number of a port that is named, as a Service or a policy resolves it: name and protocol are both compared. */
export function portNumber(pod: Pod, port: Fields, protocol: string): number | undefined {
  if (typeof port !== 'string') return typeof port === 'number' ? port : undefined;
  return containersOf(pod)
    .filter(({ role }) => role === 'container' || role === 'sidecar')
    .flatMap(({ fields }) => listOf(fields.ports))
    .find((one) => one.name === port && (one.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** Pods that policies isolate for what comes in, and what those open. Source: kubernetes.io, Network Policies. */
export class Isolation {
  private readonly rules = new Map<Pod, Fields[]>();

  constructor(policies: readonly ManifestObject[], selection: Selection) {
    for (const policy of policies) {
      if (!directionsOf(policy).includes('ingress')) continue;
      const { metadata, spec } = policy;
      const opened = listOf(spec?.ingress);
      for (const pod of selection.podsIn(metadata.namespace ?? 'default', selectorOf(spec?.podSelector))) {
        // Policies do not hold for pods that share the network of their node.
        if (pod.spec.hostNetwork === true) continue;
        const before = this.rules.get(pod);
        if (before) before.push(...opened);
        else this.rules.set(pod, [...opened]);
      }
    }
  }

  /** Whether somebody may reach a port of a pod. */
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

/** Ports by names that none of the pods has, where all the pods are known. */
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

/** Whether nothing can be known of a peer's namespaces. */
export type IsUnknownNamespace = (peer: Fields, own: string) => boolean;

/** Of a namespace that is not of the set, nothing is known where nobody says what the cluster has. */
export function unknownNamespacesOf(cluster: ClusterIndex): IsUnknownNamespace {
  if (cluster.prerequisites.length > 0) return () => false;
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
  const unmatched = peers.flatMap(({ index, peer, isBlock, pods, hasPrerequisite: given }): FieldFinding[] => {
    if (isBlock || given || pods.length > 0 || isOutside(peer, own)) return [];
    const spaces = peer.namespaceSelector
      ? `namespaces with ${showSelector(selectorOf(peer.namespaceSelector))}`
      : `namespace ${own}`;
    const message = `given pods with ${showSelector(selectorOf(peer.podSelector))} in ${spaces}, of which there are none, expected pods of this set or given ones; a peer that matches nobody opens nothing`;
    return [{ path: `${path}.${side}[${index}]`, message }];
  });
  return {
    unmatched,
    pods: peers.some((peer) => peer.isBlock || peer.hasPrerequisite) ? [] : peers.flatMap(({ pods }) => pods),
  };
}

/** Where a policy's selectors and port names mean nothing. */
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
  const nothing = `given ${showSelector(selector)}, which no pod of namespace ${own} has, expected the labels of pods; a policy that selects none isolates none`;
  return [
    ...(isEmpty(selector) || isGiven || selected.length > 0 ? [] : [{ path: 'spec.podSelector', message: nothing }]),
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
