import { groupBy } from '../../base/group';
import { KUBE_DNS } from '../../base/kube-dns';
import { memoizeOf } from '../../base/memoize';
import { type ClusterIndex, selects } from './cluster-index';
import { areOfSolvers, CONTROL_PLANE_PODS, isAddedLabel, mayAdd, operatorPods, podMakers } from './operators';
import { type Fields, listOf, type Pod } from './pods';
import type { Prerequisite } from './prerequisite';
import type { FieldFinding } from './violation';

/** A label selector in normal form, as selects() expects it. */
export interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly { key: string; operator: string; values: readonly string[] }[];
}

/** A selector in normal form. Invalid parts are dropped. */
export function selectorOf(given: Fields): Selector {
  const { matchLabels, matchExpressions } = given ?? {};
  const pairs = typeof matchLabels === 'object' && matchLabels !== null ? Object.entries<Fields>(matchLabels) : [];
  return {
    matchLabels: Object.fromEntries(pairs.map(([key, value]) => [key, typeof value === 'object' ? '' : value])),
    matchExpressions: listOf(matchExpressions).flatMap(({ key, operator, values }) =>
      typeof key === 'string' && typeof operator === 'string'
        ? { key, operator, values: listOf(values).filter((value) => typeof value === 'string') }
        : [],
    ),
  };
}

/** Whether a selector matches everything. */
export function isEmpty({ matchLabels, matchExpressions }: Selector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** A selector as text: `app=shop, component=api`. */
export function showSelector({ matchLabels, matchExpressions }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values }) =>
    [key, operator, ...(values.length > 0 ? [`(${values.join(', ')})`] : [])].join(' '),
  );
  return [...labels, ...others].join(', ') || '{}';
}

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
}

/** An index of items by label. A selector is evaluated only for the items with its rarest label. */
export class LabelIndex<Item extends Labelled> {
  private readonly byLabel = new Map<string, Item[]>();

  constructor(private readonly items: readonly Item[]) {
    for (const item of items) {
      for (const [key, value] of Object.entries<unknown>(item.labels)) {
        if (typeof value === 'object') continue;
        const pair = `${key}=${value}`;
        const there = this.byLabel.get(pair);
        if (there) there.push(item);
        else this.byLabel.set(pair, [item]);
      }
    }
  }

  select(selector: Selector): readonly Item[] {
    let candidates = this.items;
    for (const [key, value] of Object.entries(selector.matchLabels)) {
      const found = this.byLabel.get(`${key}=${value}`) ?? [];
      if (found.length < candidates.length) candidates = found;
    }
    return isEmpty(selector) ? candidates : candidates.filter(({ labels }) => selects(selector, labels));
  }
}

/** The pods that a peer of a NetworkPolicy matches. */
export interface Peers {
  readonly pods: readonly Pod[];
  /** Whether it also matches pods of a prerequisite, or all pods of a namespace. */
  readonly hasPrerequisite: boolean;
}

/** The pods that nearly every cluster has. */
const BUILT_IN: readonly Prerequisite[] = [{ kind: 'Pod', name: 'kube-dns', ...KUBE_DNS }, ...CONTROL_PLANE_PODS];
const BUILT_IN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** The most namespaces that are searched one by one. For more, all pods are searched by label. */
const MAX_NAMESPACES = 8;

/** The pods that a selector matches, with the labels that controllers add to them. */
function selectPods(index: LabelIndex<Pod>, selector: Selector): readonly Pod[] {
  const labels = Object.entries(selector.matchLabels);
  const added = labels.filter(([key]) => isAddedLabel(key));
  const expressions = selector.matchExpressions.filter(({ key }) => !isAddedLabel(key));
  if (added.length === 0 && expressions.length === selector.matchExpressions.length) return index.select(selector);
  const others = Object.fromEntries(labels.filter(([key]) => !isAddedLabel(key)));
  return index
    .select({ matchLabels: others, matchExpressions: expressions })
    .filter(({ owner, labels: own }) => added.every(([key, value]) => own[key] === value || mayAdd(owner, key, value)));
}

/** Evaluates selectors over the pods of a set and its prerequisites. */
export class Selection {
  private readonly byNamespace = new Map<string, LabelIndex<Pod>>();
  private readonly everywhere: LabelIndex<Pod>;
  private readonly namespaces: LabelIndex<Labelled & { readonly name: string }>;
  private readonly prerequisites: readonly Prerequisite[];
  private readonly peersByName = new Map<string, Peers>();

  /** Names a custom resource of a namespace from which an operator may make pods. */
  readonly makerIn: (namespace: string) => string | undefined;

  constructor(cluster: ClusterIndex) {
    this.makerIn = podMakers(cluster);
    for (const [namespace, pods] of groupBy(cluster.pods, (pod) => pod.namespace)) {
      this.byNamespace.set(namespace, new LabelIndex(pods));
    }
    this.everywhere = new LabelIndex(cluster.pods);
    this.prerequisites = [
      ...cluster.prerequisites.filter(({ kind }) => kind === 'Pod'),
      ...operatorPods(cluster),
      ...BUILT_IN,
    ];
    const givenNamespaces = new Map(
      cluster.prerequisites.flatMap((one) => (one.kind === 'Namespace' ? [[one.name, one]] : [])),
    );
    const names = new Set([
      ...BUILT_IN_NAMESPACES,
      ...cluster.ofKind('Namespace').map(({ metadata }) => metadata.name),
      ...givenNamespaces.keys(),
      ...this.byNamespace.keys(),
      ...this.prerequisites.flatMap(({ namespace }) => namespace ?? []),
    ]);
    this.namespaces = new LabelIndex(
      [...names].map((name) => ({
        name,
        labels: { ...givenNamespaces.get(name)?.labels, ...cluster.labelsOfNamespace(name) },
      })),
    );
  }

  /** The pods of a namespace that a selector matches. */
  podsIn(namespace: string, selector: Selector): readonly Pod[] {
    const index = this.byNamespace.get(namespace);
    return index === undefined ? [] : selectPods(index, selector);
  }

  /**
   * What to say of a selector that matches no pod of a namespace. Where an operator may make the pods, or all pods are applied
   * elsewhere, only the author can tell.
   */
  emptyFinding(path: string, given: string, namespace: string, expected = 'the labels of pods'): FieldFinding {
    const maker = this.makerIn(namespace);
    if (maker !== undefined) {
      const message = `${given}; if an operator makes these pods, as of ${maker}, say what makes them: --given Pod/${namespace}/NAME?LABEL=VALUE`;
      return { path, message, level: 'policy' };
    }
    if (this.byNamespace.has(namespace)) return { path, message: `${given}, expected ${expected}; correct them` };
    const message = `${given}, expected ${expected}; correct them, or say what is there already: --given Pod/${namespace}/NAME?LABEL=VALUE`;
    return { path, message, level: 'risk' };
  }

  /** Whether a selector matches pods of a prerequisite. A prerequisite without a namespace has pods in any namespace. */
  selectsPrerequisite(namespace: string, selector: Selector): boolean {
    if (areOfSolvers(selector)) return true;
    return this.prerequisites.some(
      (pods) => (pods.namespace === undefined || pods.namespace === namespace) && selects(selector, pods.labels ?? {}),
    );
  }

  /** The pods that a peer of a policy in a namespace matches. Source: kubernetes.io, Network Policies. */
  peers(peer: Fields, own: string): Peers {
    const pods = selectorOf(peer.podSelector);
    if (peer.namespaceSelector === undefined || peer.namespaceSelector === null) {
      return { pods: this.podsIn(own, pods), hasPrerequisite: isEmpty(pods) || this.selectsPrerequisite(own, pods) };
    }
    const spaces = selectorOf(peer.namespaceSelector);
    const key = JSON.stringify([spaces, pods]);
    const known = this.peersByName.get(key) ?? this.peersAcross(spaces, pods);
    this.peersByName.set(key, known);
    return known;
  }

  /** Whether all pods that a peer of a policy matches are here: its namespaces have pods of the set, and no others. */
  isHere(peer: Fields, own: string): boolean {
    if (peer.ipBlock != null) return false;
    const pods = selectorOf(peer.podSelector);
    const isSpaced = peer.namespaceSelector != null;
    const names = isSpaced ? this.namespaces.select(selectorOf(peer.namespaceSelector)).map(({ name }) => name) : [own];
    const mayBeOthers = (name: string) =>
      isEmpty(pods) ? this.makerIn(name) !== undefined : this.selectsPrerequisite(name, pods);
    return names.length > 0 && names.every((name) => this.byNamespace.has(name) && !mayBeOthers(name));
  }

  private peersAcross(spaces: Selector, pods: Selector): Peers {
    const names = new Set(this.namespaces.select(spaces).map(({ name }) => name));
    const hasPrerequisite =
      (isEmpty(pods) && names.size > 0) ||
      areOfSolvers(pods) ||
      this.prerequisites.some(
        ({ namespace, labels = {} }) => (namespace === undefined || names.has(namespace)) && selects(pods, labels),
      );
    return names.size <= MAX_NAMESPACES
      ? { pods: [...names].flatMap((name) => this.podsIn(name, pods)), hasPrerequisite: hasPrerequisite }
      : {
          pods: selectPods(this.everywhere, pods).filter(({ namespace }) => names.has(namespace)),
          hasPrerequisite: hasPrerequisite,
        };
  }
}

/** The Selection of an index, created once. */
export const selectionOf = memoizeOf((cluster: ClusterIndex) => new Selection(cluster));
