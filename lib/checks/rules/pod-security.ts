import { quantityOf } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import {
  type Control,
  type ControlFinding,
  mustBe,
  STANDARD,
  type Subject,
  subjectOf,
} from '../cluster/pod-security-controls';
import { at, listOf, type Pod } from '../cluster/pods';
import { rightsFindings } from '../cluster/rights';
import type { Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'pod-security';

/** The annotation of a pod with the reason why it needs a token for the API server. */
export const NEEDS_TOKEN = 'berth.dev/needs-token';

const ENFORCE = 'pod-security.kubernetes.io/enforce';
const ENFORCE_VERSION = 'pod-security.kubernetes.io/enforce-version';

/** The first release in which the standard is stable. */
const FIRST_VERSION = 25;

const RESOURCES = ['requests', 'limits'].flatMap((bound) => ['cpu', 'memory'].map((resource) => ({ bound, resource })));

/** Missing requests and limits. Ephemeral containers cannot have them. Source: kubernetes.io, Ephemeral Containers. */
function resourceFindings({ pod, containers }: Subject): ControlFinding[] {
  return containers
    .filter(({ role }) => role !== 'ephemeral')
    .flatMap(({ path, fields }) =>
      RESOURCES.flatMap(({ bound, resource }): ControlFinding[] => {
        const given = at(fields, `resources.${bound}.${resource}`);
        const amount = quantityOf(given);
        const where = `${path}.resources.${bound}.${resource}`;
        if (given === undefined || given === null || amount === 0) {
          // Resources of the pod count for its containers.
          if (quantityOf(at(pod.spec, `resources.${bound}.${resource}`))) return [];
          return [{ path: where, given, expected: `how much ${resource} the container ${PURPOSE[bound]}` }];
        }
        const limit = quantityOf(at(fields, `resources.limits.${resource}`));
        return bound === 'requests' && amount !== undefined && limit && amount > limit
          ? [{ path: where, given, expected: 'no more than the limit', level: 'broken' }]
          : [];
      }),
    );
}

const PURPOSE: Readonly<Record<string, string>> = { requests: 'needs', limits: 'may use' };

function rootFileSystemFindings({ containers, isWindows }: Subject): ControlFinding[] {
  return isWindows ? [] : mustBe(containers, 'securityContext.readOnlyRootFilesystem', true);
}

/**
 * Containers without a numeric user. If the image's user is a name, the kubelet cannot verify that it is not root. User 0 is reported by
 * the standard. Source: kubernetes.io, Configure a Security Context for a Pod or Container.
 */
function userFindings({ pod, containers, isWindows }: Subject): ControlFinding[] {
  if (isWindows) return [];
  const field = 'securityContext.runAsUser';
  const ofPod = at(pod.spec, field);
  return containers.flatMap(({ path, fields }) => {
    const given = at(fields, field) ?? ofPod;
    return Number.isInteger(given) && given >= 0
      ? []
      : [{ path: `${path}.${field}`, given, expected: 'the number of a user, here or for the whole pod' }];
  });
}

const ADDITIONAL: readonly Control[] = [resourceFindings, rootFileSystemFindings, userFindings];

/**
 * Tokens that pods do not need: the one that the kubelet mounts, and projected ones for the API server. Only fields of the pod are
 * checked, since the ServiceAccount's may be changed elsewhere. A role that is bound to the account is no reason, but the danger.
 */
function tokenFindings({ annotations, spec, path }: Pod): ControlFinding[] {
  const reason = annotations[NEEDS_TOKEN];
  const given = spec.automountServiceAccountToken;
  const projected = listOf(spec.volumes).flatMap(({ projected: volume }, index) =>
    listOf(volume?.sources).flatMap(({ serviceAccountToken: token }, at) =>
      token != null && token.audience == null
        ? `${path}.volumes[${index}].projected.sources[${at}].serviceAccountToken`
        : [],
    ),
  );
  if (given === false && projected.length === 0) return [];
  if (reason !== undefined && reason !== null) {
    const annotation = `${path.replace(/spec$/, 'metadata')}.annotations["${NEEDS_TOKEN}"]`;
    return String(reason).trim() === '' ? [{ path: annotation, given: reason, expected: 'a reason' }] : [];
  }
  const ask = `the annotation ${NEEDS_TOKEN}: <reason> on the pod`;
  return [
    ...(given === false ? [] : [{ path: `${path}.automountServiceAccountToken`, given, expected: `false, or ${ask}` }]),
    ...projected.map((where) => ({ path: where, given: 'a token for the API server', expected: `none, or ${ask}` })),
  ];
}

function describeGiven(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list without it' : 'an object';
  return String(value).trim().slice(0, 80) || '""';
}

function podViolations(pod: Pod): Violation[] {
  const subject = subjectOf(pod);
  const findings = [...[...STANDARD, ...ADDITIONAL].flatMap((control) => control(subject)), ...tokenFindings(pod)];
  return findings.map(({ path, given, expected, level }) => ({
    rule: NAME,
    object: pod.owner,
    path,
    message: `given ${describeGiven(given)}, expected ${expected}`,
    level,
  }));
}

/** Whether a version is "latest", which is the default, or a release with the complete standard. */
function isVersion(given: unknown): boolean {
  const [, minor] = /^v1\.(\d{1,4})$/.exec(String(given)) ?? [];
  return given === undefined || given === null || given === 'latest' || Number(minor) >= FIRST_VERSION;
}

/** Namespaces that do not enforce the standard for all pods. Source: kubernetes.io, Pod Security Admission. */
function namespaceViolations(object: ManifestObject): Violation[] {
  const labels = object.metadata.labels as Readonly<Record<string, unknown>> | undefined;
  const violation = (label: string, expected: string): Violation => ({
    rule: NAME,
    object,
    path: `metadata.labels["${label}"]`,
    message: `given ${describeGiven(labels?.[label])}, expected ${expected}`,
  });
  return [
    ...(labels?.[ENFORCE] === 'restricted' ? [] : [violation(ENFORCE, 'restricted, for all pods in the namespace')]),
    ...(isVersion(labels?.[ENFORCE_VERSION])
      ? []
      : [violation(ENFORCE_VERSION, `latest or at least v1.${FIRST_VERSION}`)]),
  ];
}

/** Every pod complies with the Pod Security Standard "restricted", and with further controls. */
export const podSecurity: Rule = {
  name: NAME,
  level: 'policy',
  rationale: `If a container may become root, write to its root file system or use the API server, an attacker who takes it over may
take over the node or the cluster. A container without limits may use the resources that others requested. A namespace that enforces
the standard refuses such pods one by one, after their Deployment was accepted.`,
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: api, namespace: shop }
spec:
  containers: [{ name: api, image: "example.com/api:v1.0.0" }]
`,
  right: `apiVersion: v1
kind: Pod
metadata: { name: api, namespace: shop }
spec:
  automountServiceAccountToken: false
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: api
      image: "example.com/api:v1.0.0"
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      resources:
        requests: { cpu: 100m, memory: 64Mi }
        limits: { cpu: "1", memory: 128Mi }
`,
  judge: (cluster) => [
    ...cluster.pods.flatMap(podViolations),
    ...cluster.ofKind('Namespace').flatMap(namespaceViolations),
    ...rightsFindings(cluster).map((finding) => ({ rule: NAME, ...finding })),
  ],
};
