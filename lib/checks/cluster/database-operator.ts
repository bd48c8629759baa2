import { type ManifestObject, objectName } from '../../manifests/object';
import { clusterPods, clustersOf } from './cloudnative-pg';
import { type ClusterIndex, selects } from './cluster-index';
import { type Fields, listOf } from './pods';
import { type Direction, directionsOf, isPolicy } from './policies';
import type { Selection } from './selection';
import type { Finding } from './violation';

/** The port at which an instance answers its operator. Source: cloudnative-pg.io, Networking. */
const STATUS = { port: 8000, name: 'status' };

/** The labels and the usual namespace of the operator. Source: cloudnative-pg.io, Installation. */
const OPERATOR = { labels: { 'app.kubernetes.io/name': 'cloudnative-pg' }, namespace: 'cnpg-system' };

const namespaceOf = ({ metadata }: ManifestObject): string => metadata.namespace ?? 'default';

/** Whether a rule opens the port of the status. */
function opensStatus({ ports }: Fields): boolean {
  const covers = ({ port, endPort, protocol = 'TCP' }: Fields) =>
    protocol === 'TCP' &&
    (typeof port === 'number'
      ? port <= STATUS.port && STATUS.port <= (typeof endPort === 'number' ? endPort : port)
      : port == null || port === STATUS.name);
  return listOf(ports).length === 0 || listOf(ports).some(covers);
}

/** Whether the operator may be among the peers of a rule. It may run in any namespace whose pods are not here. */
function admitsOperator({ from }: Fields, own: string, selection: Selection): boolean {
  const isOperator = (labels: Readonly<Record<string, string>>) => selects({ matchLabels: OPERATOR.labels }, labels);
  return (
    listOf(from).length === 0 ||
    listOf(from).some((peer) => {
      if (peer.ipBlock != null) return true;
      if (selection.isHere(peer, own)) return selection.peers(peer, own).pods.some(({ labels }) => isOperator(labels));
      return peer.namespaceSelector != null || selects(peer.podSelector ?? undefined, OPERATOR.labels);
    })
  );
}

/** Whether a rule may lead to the API server: to something that is not here, at a port that is not of DNS. */
function leadsOut({ to, ports }: Fields, own: string, selection: Selection): boolean {
  const isOut =
    listOf(to).length === 0 ||
    listOf(to).some((peer) => peer.ipBlock != null || (peer.namespaceSelector != null && !selection.isHere(peer, own)));
  return isOut && (listOf(ports).length === 0 || listOf(ports).some(({ port }) => port !== 53 && port !== 'dns'));
}

/** The policies of a direction that select pods with some labels. */
const selecting = (
  cluster: ClusterIndex,
  direction: Direction,
  namespace: string,
  labels: Readonly<Record<string, string>>,
) =>
  cluster
    .ofKind('NetworkPolicy')
    .filter(
      (one) =>
        isPolicy(one) &&
        namespaceOf(one) === namespace &&
        directionsOf(one).includes(direction) &&
        selects(one.spec?.podSelector, labels),
    );

/** The policies that isolate pods in one direction. */
interface Isolating {
  readonly policies: readonly ManifestObject[];
  /** The field of their rules. */
  readonly path: 'spec.ingress' | 'spec.egress';
}

/** What to say of pods that policies isolate without a rule that is needed. */
function closed({ policies, path }: Isolating, isNeeded: (rule: Fields) => boolean, message: string): Finding[] {
  const [object] = policies;
  const rules = policies.flatMap(({ spec }) => listOf(path === 'spec.ingress' ? spec?.ingress : spec?.egress));
  return object === undefined || rules.some(isNeeded) ? [] : [{ object, path, message }];
}

/** Policies of the operator's own namespace that keep it from all instances. */
function shutIn(cluster: ClusterIndex): Finding[] {
  if (clustersOf(cluster).length === 0) return [];
  const operators = cluster.pods.filter(({ labels }) => selects({ matchLabels: OPERATOR.labels }, labels));
  const places = operators.length > 0 ? operators : [OPERATOR];
  return places.flatMap(({ namespace, labels }) =>
    closed(
      { policies: selecting(cluster, 'egress', namespace, labels), path: 'spec.egress' },
      opensStatus,
      `given no egress to port ${STATUS.port}, expected a rule for the operator of CloudNativePG, which asks the instances for their status there; without it no Cluster is healthy`,
    ),
  );
}

/** Clusters of CloudNativePG whose instances cannot be asked for their status, or cannot ask the API server what they are to do. */
export function shutOutOperators(cluster: ClusterIndex, selection: Selection): Finding[] {
  const pods = clusterPods(cluster);
  const instances = clustersOf(cluster).flatMap((object): Finding[] => {
    const namespace = namespaceOf(object);
    const { labels = {} } = pods.find((one) => one.name === object.metadata.name && one.namespace === namespace) ?? {};
    const isolating = (direction: Direction): Isolating => ({
      policies: selecting(cluster, direction, namespace, labels),
      path: `spec.${direction}`,
    });
    const what = objectName(object);
    return [
      ...closed(
        isolating('ingress'),
        (rule) => opensStatus(rule) && admitsOperator(rule, namespace, selection),
        `given no ingress to port ${STATUS.port} of the instances of ${what}, expected a rule for the operator, which asks them for their status there; without it the Cluster is never healthy`,
      ),
      ...closed(
        isolating('egress'),
        (rule) => leadsOut(rule, namespace, selection),
        `given no egress of the instances of ${what} to the API server, expected a rule for it: they read there what they are to do`,
      ),
    ];
  });
  return [...instances, ...shutIn(cluster)];
}
