import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { apiGroupOf } from '../cluster/field-paths';
import { KnownObjects, type Reference } from '../cluster/known-objects';
import { selectingReferences } from '../cluster/monitors';
import { referencesByObject } from '../cluster/references';
import { unfetchedTemplateKeys } from '../cluster/secret-keys';
import { selectionOf } from '../cluster/selection';
import type { FieldFinding, Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'references';

/** The parts of an object that references may name. */
const PART: Readonly<Record<string, string>> = {
  ConfigMap: 'key',
  Secret: 'key',
  Service: 'port',
  Gateway: 'listener',
  HTTPRoute: 'rule',
};

/** Joins at most eight names. */
function formatNames(names: Iterable<string>): string {
  const all = [...names];
  return [...all.slice(0, 8), ...(all.length > 8 ? [`${all.length - 8} more`] : [])].join(', ') || 'none';
}

function referenceViolations(object: ManifestObject, reference: Reference, known: KnownObjects): Violation[] {
  const { kind, namespace, name, path, parts } = reference;
  if (!known.has(reference)) {
    const article = /^([AEIO]|HTTP)/.test(kind) ? 'an' : 'a';
    const where = namespace === undefined ? 'of the cluster' : `in namespace ${namespace}`;
    const maker = known.makerOf(reference);
    const remedy =
      maker === undefined
        ? 'create it, correct the name, or declare it as a prerequisite'
        : `if ${maker} makes it when it runs, say so: --given ${kind}/${namespace}/${name}`;
    const message = `given "${name}", expected ${article} ${kind} ${where}; ${remedy}`;
    return [{ rule: NAME, object, path, message, level: known.levelOf(reference) }];
  }
  if (parts.length === 0) return [];
  const there = known.partsOf(reference);
  const what = PART[kind] ?? 'part';
  return parts.flatMap((part) =>
    there === 'any' || there.has(part.name)
      ? []
      : {
          rule: NAME,
          object,
          path: part.path,
          message: `given the ${what} "${part.name}", expected one that ${kind} ${namespace}/${name} has: ${formatNames(there)}`,
        },
  );
}

const SCALED: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: 'scaleTargetRef',
  ScaledObject: 'scaleTargetRef',
  VerticalPodAutoscaler: 'targetRef',
};

/** Autoscalers whose target does not exist. It is identified by group, kind and name. Source: kubernetes.io, Horizontal Pod Autoscaling. */
function scaleTargetViolations(object: ManifestObject, { cluster }: RuleContext): Violation[] {
  const field = Object.hasOwn(SCALED, object.kind) ? (SCALED[object.kind] as string) : '';
  const { apiVersion = 'apps/v1', kind = 'Deployment', name } = object.spec?.[field] ?? {};
  if ([apiVersion, kind, name].some((value) => typeof value !== 'string')) return [];
  const namespace = object.metadata.namespace ?? 'default';
  const path = `spec.${field}`;
  const target = cluster.find(kind, namespace, name);
  if (!target) {
    if (cluster.findPrerequisite(kind, namespace, name)) return [];
    const message = `given ${kind} "${name}", expected an existing target in namespace ${namespace}; create it or correct the name`;
    return [{ rule: NAME, object, path, message }];
  }
  if (apiGroupOf(apiVersion) === apiGroupOf(target.apiVersion)) return [];
  const message = `given apiVersion "${apiVersion}", expected "${target.apiVersion}", which ${objectName(target)} has`;
  return [{ rule: NAME, object, path: `${path}.apiVersion`, message }];
}

function templateKeyViolations(object: ManifestObject, { cluster }: RuleContext): Violation[] {
  return unfetchedTemplateKeys(cluster, object).map(({ key, path, fetched }) => ({
    rule: NAME,
    object,
    path,
    message: `given {{ .${key} }}, expected a key that spec.data fetches (${formatNames(fetched)}); fetch it or correct the name`,
  }));
}

/** What the check of an object needs. */
interface RuleContext {
  readonly cluster: ClusterIndex;
  readonly known: KnownObjects;
  readonly references: ReadonlyMap<ManifestObject, readonly Reference[]>;
  readonly selects: (object: ManifestObject) => readonly FieldFinding[];
}

function judgeObject(object: ManifestObject, judged: RuleContext): Violation[] {
  return [
    ...(judged.references.get(object) ?? []).flatMap((reference) =>
      referenceViolations(object, reference, judged.known),
    ),
    ...(Object.hasOwn(SCALED, object.kind) ? scaleTargetViolations(object, judged) : []),
    ...(object.kind === 'ExternalSecret' ? templateKeyViolations(object, judged) : []),
    ...judged.selects(object).map((finding) => ({ rule: NAME, object, ...finding })),
  ];
}

/** Each reference names an existing object, key or port, or a prerequisite. */
export const references: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `Kubernetes does not check whether a referenced object exists. A pod whose ConfigMap, Secret, key, claim or ServiceAccount
is missing is accepted and never starts; a route to a missing Service answers 503; an autoscaler, budget or monitor without a target
silently does nothing. What exists in the cluster already (an IngressClass, a ClusterIssuer, a Secret created by hand) is declared as a
prerequisite.`,
  wrong: `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: default }
data: { LOG_LEVEL: info }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: default }
spec:
  containers:
    - name: api
      image: example.com/api:1.0.0
      env:
        - name: LEVEL
          valueFrom: { configMapKeyRef: { name: settings, key: LEVEL } }
`,
  right: `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: default }
data: { LOG_LEVEL: info }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: default }
spec:
  containers:
    - name: api
      image: example.com/api:1.0.0
      env:
        - name: LEVEL
          valueFrom: { configMapKeyRef: { name: settings, key: LOG_LEVEL } }
`,
  judge: (cluster) => {
    const references = referencesByObject(cluster);
    const selects = selectingReferences(cluster, selectionOf(cluster));
    const context: RuleContext = { cluster, known: new KnownObjects(cluster), references, selects };
    return cluster.objects.flatMap((object) => judgeObject(object, context));
  },
};
