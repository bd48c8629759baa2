import { selects } from './cluster-index';
import { isAddedLabel, mayAdd } from './operators';
import { type Fields, listOf, type Pod } from './pods';
import { isEmpty, type Selection, type Selector, selectorOf, showSelector } from './selection';
import type { FieldFinding } from './violation';

/** Whether a selector matches a pod itself, with the labels that its controller adds. */
function selectsItself(selector: Selector, { labels, owner }: Pod): boolean {
  const isOwn = ([key, value]: [string, string]) =>
    labels[key] === value || (isAddedLabel(key) && mayAdd(owner, key, value));
  const others = selector.matchExpressions.filter(({ key }) => !isAddedLabel(key));
  return (
    Object.entries(selector.matchLabels).every(isOwn) && selects({ matchLabels: {}, matchExpressions: others }, labels)
  );
}

const itself = (selector: Selector, what: string): string =>
  `given ${showSelector(selector)}, which the pod itself does not have, expected its labels; it ${what} none of its pods`;

/** Constraints that spread other pods. Source: kubernetes.io, Pod Topology Spread Constraints. */
function spreadFindings(pod: Pod): FieldFinding[] {
  return listOf(pod.spec.topologySpreadConstraints).flatMap(({ labelSelector }, index): FieldFinding[] => {
    const selector = selectorOf(labelSelector);
    if (labelSelector == null || selectsItself(selector, pod)) return [];
    const path = `${pod.path}.topologySpreadConstraints[${index}].labelSelector`;
    return [{ path, message: itself(selector, 'spreads') }];
  });
}

/** The terms of an affinity, required and preferred, with their paths. */
function termsOf(
  affinity: Fields,
  path: string,
): { readonly term: Fields; readonly path: string; readonly isRequired: boolean }[] {
  const [required, preferred] = ['required', 'preferred'].map(
    (kind) => `${kind}DuringSchedulingIgnoredDuringExecution`,
  );
  return [
    ...listOf(affinity?.[required as string]).map((term, index) => ({
      ...{ term, isRequired: true },
      path: `${path}.${required}[${index}]`,
    })),
    ...listOf(affinity?.[preferred as string]).map(({ podAffinityTerm }, index) => ({
      ...{ term: podAffinityTerm, isRequired: false },
      path: `${path}.${preferred}[${index}].podAffinityTerm`,
    })),
  ];
}

/** The peers that a term looks for, as a policy would name them, and whether the pod's own namespace is among them. */
function peersOf({ labelSelector, namespaces, namespaceSelector }: Fields, { namespace }: Pod) {
  const names = listOf(namespaces);
  const spaces = names.map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } }));
  const selectors = [...(namespaceSelector == null ? [] : [namespaceSelector]), ...spaces];
  const peers = selectors.map((one) => ({ namespaceSelector: one, podSelector: labelSelector }));
  const isOwn =
    selectors.length === 0 ||
    names.includes(namespace) ||
    (namespaceSelector != null && isEmpty(selectorOf(namespaceSelector)));
  return { peers: peers.length > 0 ? peers : [{ podSelector: labelSelector }], isOwn };
}

/** Whether pods of others may be meant by a term: some are here, or its namespaces are elsewhere. */
function mayMeanOthers(peers: readonly Fields[], pod: Pod, selection: Selection): boolean {
  return peers.some((peer) => {
    const { pods, hasPrerequisite } = selection.peers(peer, pod.namespace);
    const isEverywhere = peer.namespaceSelector != null && isEmpty(selectorOf(peer.namespaceSelector));
    return pods.length > 0 || hasPrerequisite || !(isEverywhere || selection.isHere(peer, pod.namespace));
  });
}

/** What a term says that finds no pod, or undefined. */
function emptyTerm(term: Fields, isApart: boolean, pod: Pod, selection: Selection): string | undefined {
  const nothing = isApart ? 'it keeps apart no pods' : 'the pod is never scheduled';
  if (term.labelSelector == null) return `given no selector, which no pod has, expected labels; ${nothing}`;
  const selector = selectorOf(term.labelSelector);
  const { peers, isOwn } = peersOf(term, pod);
  const isItself = selectsItself(selector, pod);
  if (isItself && isOwn) return undefined;
  if (isApart && isItself && !peers.some((peer) => selection.peers(peer, pod.namespace).pods.length > 0)) {
    return `given its own labels in other namespaces, expected ${pod.namespace} among them; it keeps apart none of its pods`;
  }
  if (mayMeanOthers(peers, pod, selection)) return undefined;
  return isApart
    ? itself(selector, 'keeps apart')
    : `given ${showSelector(selector)}, which no pod here has, expected the labels of pods to be near; ${nothing}`;
}

/**
 * Terms that look for pods that are not there. A preference to be near others may be for pods that come later.
 * Source: kubernetes.io, Assigning Pods to Nodes, Inter-pod affinity and anti-affinity.
 */
function affinityFindings(pod: Pod, selection: Selection): FieldFinding[] {
  return ['podAntiAffinity', 'podAffinity'].flatMap((kind) => {
    const isApart = kind === 'podAntiAffinity';
    return termsOf(pod.spec.affinity?.[kind], `${pod.path}.affinity.${kind}`).flatMap(
      ({ term, path, isRequired }): FieldFinding[] => {
        if (typeof term?.topologyKey !== 'string' || !(isApart || isRequired)) return [];
        const message = emptyTerm(term, isApart, pod, selection);
        return message === undefined ? [] : [{ path: `${path}.labelSelector`, message }];
      },
    );
  });
}

/** Rules of placement that select none of the pods that they are for. */
export const placementFindings = (pod: Pod, selection: Selection): FieldFinding[] => [
  ...spreadFindings(pod),
  ...affinityFindings(pod, selection),
];
