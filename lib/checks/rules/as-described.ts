import { groupBy } from '../../base/group';
import { quantityOf } from '../../base/quantity';
import { type Change, changesOf } from '../../manifests/change';
import type { FieldChange } from '../../manifests/fields';
import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { apiGroupOf } from '../cluster/field-paths';
import type { Finding, Violation } from '../cluster/violation';
import type { Intent } from '../intent';
import type { Rule } from '../rule';
import { shown } from '../shown';

const NAME = 'as-described';

/** Fields of quantities, where `1000m` and `1` are the same. Source: kubernetes.io, Quantity. */
const QUANTITY = /\b(?:requests|limits)\b[.[]|\b(?:sizeLimit|divisor|averageValue|storage\.size|walStorage\.size)$/;

/** Lists whose order has no meaning. Source: kubernetes.io, NetworkPolicy, RBAC, PersistentVolumeClaim. */
const SETS: Readonly<Record<string, RegExp>> = {
  NetworkPolicy: /\b(?:policyTypes|ingress|egress|from|to|ports|except)$/,
  Role: /\b(?:apiGroups|resources|resourceNames|verbs)$/,
  ClusterRole: /\b(?:apiGroups|resources|resourceNames|verbs)$/,
  PersistentVolumeClaim: /\baccessModes$/,
};

/** Whether two values of a field are the same for the API server. */
function isNotation({ path, before, after }: FieldChange, kind: string): boolean {
  if (before == null && after == null) return true; // what is null is absent
  if (QUANTITY.test(path) && quantityOf(before) !== undefined) return quantityOf(before) === quantityOf(after);
  if (!Array.isArray(before) || !Array.isArray(after) || SETS[kind]?.test(path) !== true) return false;
  const [one, other] = [before, after].map((items) => items.map((item) => JSON.stringify(item)).sort());
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The most characters of a value in a message. */
const LONGEST = 100;

/** A value on one line. Credentials are not shown, since messages are logged. */
function show(path: string, value: unknown): string {
  const [name = ''] = /[\w-]+(?=\W*$)/.exec(path.replace(/\.value$/, '')) ?? [];
  return shown(name, value, LONGEST);
}

/** The message for a field. Of a text of several lines it has the first line that differs. */
function messageOf({ path, before, after }: FieldChange): string {
  if (typeof before !== 'string' || typeof after !== 'string' || !`${before}${after}`.includes('\n')) {
    return `given ${show(path, after)}, expected ${show(path, before)}`;
  }
  const [expected, given] = [before, after].map((text) => text.split('\n')) as [string[], string[]];
  const line = given.findIndex((text, index) => text !== expected[index]);
  const at = line < 0 ? given.length : line;
  return `given in line ${at + 1} ${show('', given[at])}, expected ${show('', expected[at])}`;
}

/** An item of a list that takes the place of another one is one difference. */
function merged(fields: readonly FieldChange[]): FieldChange[] {
  return [...groupBy(fields, ({ path }) => path).values()].map((same) => ({
    path: (same[0] as FieldChange).path,
    before: same.find(({ before }) => before !== undefined)?.before,
    after: same.find(({ after }) => after !== undefined)?.after,
  }));
}

const groupKind = ({ apiVersion, kind }: ManifestObject): string => `${apiGroupOf(apiVersion)}/${kind}`;

function findingsOf({ before, after, fields }: Change, kinds: ReadonlySet<string>): Finding[] {
  if (before === undefined) {
    const object = after as ManifestObject;
    const message = kinds.has(groupKind(object))
      ? 'is not described: the environment makes no such object; remove it, or describe what it is for'
      : `is of a kind that the environment does not make, so it cannot be told what it opens; remove it, or describe what it is for`;
    return [{ object, path: kinds.has(groupKind(object)) ? 'metadata.name' : 'kind', message }];
  }
  if (after === undefined) {
    return [
      { object: before, path: 'metadata.name', message: 'is described, but missing; apply it as synth writes it' },
    ];
  }
  return merged(fields)
    .filter((field) => !isNotation(field, after.kind))
    .map((field) => ({ object: after, path: field.path, message: messageOf(field) }));
}

function judge(cluster: ClusterIndex, intent: Intent | undefined): Violation[] {
  if (intent?.objects === undefined) return [];
  const [given, described] = [new Set(cluster.objects), new Set(intent.objects)];
  // What was just made is the description itself.
  const changes = changesOf(
    intent.objects.filter((object) => !given.has(object)),
    cluster.objects.filter((object) => !described.has(object)),
  );
  const kinds = new Set(intent.objects.map(groupKind));
  return changes.flatMap((change) => findingsOf(change, kinds)).map((finding) => ({ rule: NAME, ...finding }));
}

/** The objects are those that the environment files describe, field by field. */
export const asDescribed: Rule = {
  name: NAME,
  level: 'risk',
  needsIntent: true,
  rationale: `The other rules know what many differences lead to, but not all. An object that was edited by hand, one that was added and one
that was left out are each a state that no environment file describes, and that the next \`npm run synth\` undoes. So the objects are
compared with those that the environment files in this checkout make: none missing, none extra, each field the same. Key order, other
notations of a quantity, the order of lists that are sets, and what the API server adds (status, managedFields) are no difference. What
an object of a kind that the environment does not make would open cannot be told, so that it is refused.`,
  wrong: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: helper }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: api, namespace: shop }]
`,
  right: `apiVersion: v1
kind: ServiceAccount
metadata: { name: api, namespace: shop }
automountServiceAccountToken: false
`,
  judge,
};
