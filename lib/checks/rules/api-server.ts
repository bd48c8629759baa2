import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { apiGroupOf } from '../cluster/field-paths';
import { containersOf, type Pod } from '../cluster/pods';
import type { FieldFinding, Violation } from '../cluster/violation';
import { type Condition, refusals } from '../refusals/condition';
import { CONTAINER, INIT_CONTAINER } from '../refusals/container';
import { GATEWAY_API } from '../refusals/gateway';
import { NETWORK } from '../refusals/network';
import { METADATA, OTHERS } from '../refusals/other';
import { LONG_RUNNING_POD, POD, POD_TEMPLATE } from '../refusals/pod';
import { WINDOWS_CONTAINER, WINDOWS_POD } from '../refusals/windows';
import { WORKLOADS } from '../refusals/workload';
import type { Rule } from '../rule';

const NAME = 'api-server';

/** The conditions on kinds, by group and kind. */
const KINDS: ReadonlyMap<string, readonly Condition[]> = new Map(
  [WORKLOADS, NETWORK, OTHERS, GATEWAY_API].flatMap((table) => Object.entries(table)),
);

/** Kinds whose pods run for ever. */
const LONG_RUNNING = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController'];

/** Whether a kind is one of the API server itself: its group has no dot, or ends in k8s.io. */
const isOwnKind = (group: string): boolean => !group.includes('.') || /^[a-z]+(?:\.[a-z]+)?\.k8s\.io$/.test(group);

function objectFindings(object: ManifestObject): FieldFinding[] {
  const group = apiGroupOf(object.apiVersion);
  const conditions = KINDS.get(`${group}/${object.kind}`) ?? [];
  return [
    ...(isOwnKind(group) ? refusals(METADATA, object, '', object) : []),
    ...refusals(conditions, object, '', object),
  ];
}

function podFindings(pod: Pod): FieldFinding[] {
  const { owner, spec, path } = pod;
  const isWindows = spec.os?.name === 'windows';
  return [
    ...refusals(POD, spec, path, owner),
    ...(owner.kind === 'Pod' ? [] : refusals(POD_TEMPLATE, spec, path, owner)),
    ...(LONG_RUNNING.includes(owner.kind) ? refusals(LONG_RUNNING_POD, spec, path, owner) : []),
    ...(isWindows ? refusals(WINDOWS_POD, spec, path, owner) : []),
    ...containersOf(pod).flatMap(({ fields, path: at, role }) => [
      ...refusals(CONTAINER, fields, at, owner),
      ...(role === 'init' ? refusals(INIT_CONTAINER, fields, at, owner) : []),
      ...(isWindows ? refusals(WINDOWS_CONTAINER, fields, at, owner) : []),
    ]),
  ];
}

function judge(cluster: ClusterIndex): Violation[] {
  const of = (object: ManifestObject, findings: readonly FieldFinding[]): Violation[] =>
    findings.map((finding) => ({ rule: NAME, object, ...finding }));
  return [
    ...cluster.objects.flatMap((object) => of(object, objectFindings(object))),
    ...cluster.pods.flatMap((pod) => of(pod.owner, podFindings(pod))),
  ];
}

/** Objects fulfil the conditions of the API server that no schema has. */
export const apiServer: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `The API server checks more than the shape of an object: ranges of numbers, names, and which fields go together. It refuses
an object with a mistake when other objects have already been applied, so that a release stops half-way.`,
  wrong: `apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec:
  selector: { app: api }
  ports: [{ port: 80 }, { port: 443 }]
`,
  right: `apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec:
  selector: { app: api }
  ports: [{ name: http, port: 80 }, { name: https, port: 443 }]
`,
  judge,
};
