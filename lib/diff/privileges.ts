import { ClusterIndex } from '../checks/cluster/cluster-index';
import { STANDARD, subjectOf } from '../checks/cluster/pod-security-controls';
import { type Fields, listOf } from '../checks/cluster/pods';
import type { Change } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import type { Mark } from './mark';

const ENFORCE = 'pod-security.kubernetes.io/enforce';
/** The least restrictive first. Without a label no level is enforced. Source: kubernetes.io, Pod Security Admission. */
const LEVELS = ['privileged', 'baseline', 'restricted'];

function weakerEnforcement({ before, after }: Change): string[] {
  if (before?.kind !== 'Namespace' || after === undefined) return [];
  const levelOf = ({ metadata }: ManifestObject) => metadata.labels?.[ENFORCE] ?? 'privileged';
  const [old, now] = [levelOf(before), levelOf(after)];
  return LEVELS.indexOf(now) < LEVELS.indexOf(old)
    ? [`enforces the Pod Security Standard ${now} instead of ${old}: pods may get more privileges`]
    : [];
}

/** The violations of the Pod Security Standard "restricted" by an object's pods. List items are identified by name, not by index. */
function restrictedFindings(object: ManifestObject | undefined): Map<string, string> {
  const found = new ClusterIndex(object === undefined ? [] : [object]).pods.flatMap((pod) => {
    const itemName = (field: string, index: string): string => pod.spec[field]?.[Number(index)]?.name ?? index;
    return STANDARD.flatMap((control) => control(subjectOf(pod))).map(({ path, given }) => {
      const field = path
        .replace(`${pod.path}.`, '')
        .replace(
          /^((?:initC|ephemeralC|c)ontainers|volumes)\[(\d+)\]/,
          (_, list, index) => `${list}[${itemName(list, index)}]`,
        );
      const fieldPath = field.replace(/\[\d+\]/g, '');
      return [
        fieldPath === field ? fieldPath : `${fieldPath} ${given}`,
        `${fieldPath} is ${given === undefined ? 'not set' : JSON.stringify(given)}: more than the Pod Security Standard "restricted" allows`,
      ] as const;
    });
  });
  return new Map(found);
}

/** The annotations by which a ServiceAccount gives pods a cloud role. Sources: docs.aws.amazon.com, IRSA; azure.github.io, Workload Identity; cloud.google.com, Workload Identity. */
const ROLES = [
  'eks.amazonaws.com/role-arn',
  'azure.workload.identity/client-id',
  'azure.workload.identity/tenant-id',
  'iam.gke.io/gcp-service-account',
];

function newCloudRoles({ before, after }: Change): string[] {
  if (before?.kind !== 'ServiceAccount' || after === undefined) return [];
  return ROLES.flatMap((key) => {
    const [old, now] = [before, after].map(({ metadata }) => metadata.annotations?.[key]);
    if (now === undefined || now === old) return [];
    return [`its pods get the cloud role ${now} instead of ${old ?? 'none'}; its permissions are not analysed`];
  });
}

/** A line of pg_hba.conf that needs no password. Source: postgresql.org, The pg_hba.conf File. */
const TRUSTS = /^\s*(?:local(?:\s+\S+){2}|host\w*(?:\s+\S+){3}(?:\s+[\d.:a-f]+)?)\s+trust(?:\s|$)/i;

function newTrustLines({ before, after }: Change): string[] {
  if (after?.kind !== 'Cluster') return [];
  const linesOf = (object: ManifestObject | undefined): Fields[] => listOf(object?.spec?.postgresql?.pg_hba);
  const known = new Set(linesOf(before));
  return linesOf(after)
    .filter((line) => TRUSTS.test(String(line)) && !known.has(line))
    .map((line) => `clients connect without a password: ${line}`);
}

/** New privileges of an object or its pods. */
export function privilegeMarks(change: Change): Mark[] {
  const known = restrictedFindings(change.before);
  const left = [...restrictedFindings(change.after)].flatMap(([key, message]) => (known.has(key) ? [] : [message]));
  const messages = [...weakerEnforcement(change), ...left, ...newCloudRoles(change), ...newTrustLines(change)];
  return messages.map((message) => ({ risk: 'accessWidened', message }));
}
