import { formatAmount, isMore, quantityOf } from '../../base/quantity';
import { objectName } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { type AdmittedPod, admittedPods, type PodGroup, runningPods, stayingPods } from '../cluster/fleet';
import { type Limit, limitsByNamespace } from '../cluster/limit-ranges';
import type { Fields } from '../cluster/pods';
import { type Amounts, amountsOf, podAmounts } from '../cluster/requests';
import type { Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'limit-ranges';

type Place = Pick<Violation, 'object' | 'path'>;

function violation({ object, path }: Place, limit: Limit, message: string): Violation {
  const settings = [`platform.namespaces.${limit.object.metadata.namespace ?? 'default'}.limits`];
  return { rule: NAME, object, path, message, settings };
}

interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
  /** Whether it is a claim, which has a size. @default false */
  readonly isClaim?: boolean;
}

/** One bound that is not kept: the field that breaks it, and the message. */
interface Broken {
  readonly field: string;
  readonly message: string;
}

/** Why amounts are outside a bound, or undefined. Source: Kubernetes, plugin/pkg/admission/limitranger. */
function outside(bound: 'min' | 'max' | 'maxLimitRequestRatio', resource: string, value: number, asked: Asked) {
  const [request, limit] = [asked.requests[resource], asked.limits[resource]];
  const text = (amount: number) => formatAmount(resource, amount);
  const [asks, allows] = asked.isClaim ? ['size', 'size'] : ['request', 'limit'];
  if (bound === 'min') {
    if (request === undefined) return `no request of ${resource}, expected at least ${text(value)}`;
    return isMore(value, request)
      ? `a ${asks} of ${text(request)} of ${resource}, expected at least ${text(value)}`
      : undefined;
  }
  if (bound === 'max') {
    if (limit === undefined) return `no limit of ${resource}, expected at most ${text(value)}`;
    return isMore(limit, value)
      ? `a ${allows} of ${text(limit)} of ${resource}, expected at most ${text(value)}`
      : undefined;
  }
  if (!request || !limit) return `no request and limit of ${resource}, expected both, whose ratio is at most ${value}`;
  return isMore(limit / request, value)
    ? `a limit of ${text(limit)} of ${resource}, expected at most ${value} times its request of ${text(request)}`
    : undefined;
}

/** All bounds of one item that amounts do not keep. */
function brokenBounds(limit: Limit, asked: Asked): Broken[] {
  return (['min', 'max', 'maxLimitRequestRatio'] as const).flatMap((bound) =>
    Object.entries(limit[bound]).flatMap(([resource, given]) => {
      const value = quantityOf(given);
      const why = value === undefined ? undefined : outside(bound, resource, value, asked);
      if (why === undefined) return [];
      const message = `given ${why}, the ${bound} of each ${limit.type} in ${objectName(limit.object)}: the API server refuses it; change it, or the LimitRange`;
      return [{ field: `${bound === 'min' ? 'requests' : 'limits'}.${resource}`, message }];
    }),
  );
}

/** Containers whose request is above the limit that a LimitRange gives them. */
function aboveDefault(place: Place, fields: Fields, stated: Fields, limits: readonly Limit[]): Violation[] {
  const [requests, given, own] = [
    amountsOf(fields, 'requests'),
    amountsOf(fields, 'limits'),
    amountsOf(stated, 'limits'),
  ];
  return Object.entries(given).flatMap(([resource, limit]) => {
    const request = requests[resource] ?? 0;
    const from = limits.find((one) => Object.hasOwn(one.default, resource));
    if (Object.hasOwn(own, resource) || from === undefined || !isMore(request, limit)) return [];
    const message = `given a request of ${formatAmount(resource, request)} of ${resource} and no limit, expected a request of at most ${formatAmount(resource, limit)}, the limit that ${objectName(from.object)} gives the container: the API server refuses it; state a limit`;
    return [violation({ ...place, path: `${place.path}.resources.requests.${resource}` }, from, message)];
  });
}

function podViolations({ owner: object, path, spec, containers }: AdmittedPod, limits: readonly Limit[]): Violation[] {
  const ofType = (type: string) => limits.filter((limit) => limit.type === type);
  const [forContainers, forPods] = [ofType('Container'), ofType('Pod')];
  // The plugin counts no overhead.
  const own = { ...spec, overhead: undefined };
  return [
    ...containers.flatMap(({ path: at, fields, stated }) => [
      ...aboveDefault({ object, path: at }, fields, stated, forContainers),
      ...forContainers.flatMap((limit) =>
        brokenBounds(limit, { requests: amountsOf(fields, 'requests'), limits: amountsOf(fields, 'limits') }).map(
          ({ field, message }) => violation({ object, path: `${at}.resources.${field}` }, limit, message),
        ),
      ),
    ]),
    ...forPods.flatMap((limit) =>
      brokenBounds(limit, { requests: podAmounts(own), limits: podAmounts(own, 'limits') }).map(({ message }) =>
        violation({ object, path }, limit, message),
      ),
    ),
  ];
}

/** The field of a workload with its claims. */
const claimsField = ({ owner }: PodGroup): string => {
  if (owner.kind === 'Cluster') return 'spec.storage';
  return owner.kind === 'StatefulSet' ? 'spec.volumeClaimTemplates' : 'spec';
};

/** Claims outside the bounds of a LimitRange, which have no limits. */
function claimViolations(cluster: ClusterIndex, limitsOf: (namespace: string) => readonly Limit[]): Violation[] {
  const single = cluster.ofKind('PersistentVolumeClaim').map((object) => ({
    ...{ object, path: 'spec.resources.requests.storage', namespace: object.metadata.namespace ?? 'default' },
    spec: object.spec,
  }));
  const ofPods = [...stayingPods(cluster), ...runningPods(cluster)].flatMap((group) =>
    group.claims.map((spec) => ({ object: group.owner, path: claimsField(group), namespace: group.namespace, spec })),
  );
  return [...single, ...ofPods].flatMap(({ spec, namespace, ...place }) =>
    limitsOf(namespace)
      .filter(({ type }) => type === 'PersistentVolumeClaim')
      .flatMap((limit) => {
        const requests = amountsOf(spec, 'requests');
        const bounds = brokenBounds(
          { ...limit, maxLimitRequestRatio: {} },
          { requests, limits: requests, isClaim: true },
        );
        return bounds.map(({ message }) => violation(place, limit, message));
      }),
  );
}

/** What each container, pod and claim asks for is within the LimitRanges of its namespace. */
export const limitRanges: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `A LimitRange gives containers that state no request or limit its defaults, and then the API server refuses each container, pod and claim that is outside its bounds. It also
refuses a container whose request is above the limit that the LimitRange gives it. The Deployment is accepted all the same, and its pods are missing.`,
  wrong: `apiVersion: v1
kind: LimitRange
metadata: { name: all, namespace: shop }
spec: { limits: [{ type: Container, max: { memory: 1Gi } }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template: { spec: { containers: [{ name: api, image: example.com/api:v1, resources: { limits: { memory: 2Gi } } }] } }
`,
  right: `apiVersion: v1
kind: LimitRange
metadata: { name: all, namespace: shop }
spec: { limits: [{ type: Container, max: { memory: 2Gi } }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template: { spec: { containers: [{ name: api, image: example.com/api:v1, resources: { limits: { memory: 2Gi } } }] } }
`,
  judge: (cluster) => {
    const limits = limitsByNamespace(cluster);
    if (limits.size === 0) return [];
    const limitsOf = (namespace: string) => limits.get(namespace) ?? [];
    return [
      ...admittedPods(cluster).flatMap((pod) => podViolations(pod, limitsOf(pod.namespace))),
      ...claimViolations(cluster, limitsOf),
    ];
  },
};
