import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { listOf } from './pods';
import type { FieldFinding, Finding } from './violation';

/** Groups and users that everybody belongs to who reaches the API server. Source: kubernetes.io, RBAC Good Practices. */
const ALL = /^system:(?:anonymous|unauthenticated|authenticated|serviceaccounts)$/;
/** Verbs and resources with which a pod takes over its namespace, or the cluster. */
const READS = /^(?:\*|get|list|watch)$/;

function bindingFindings({ roleRef, subjects }: ManifestObject): FieldFinding[] {
  const open = listOf(subjects).flatMap(({ kind, name }, index): FieldFinding[] =>
    kind !== 'ServiceAccount' && ALL.test(String(name))
      ? [
          {
            path: `subjects[${index}].name`,
            message: `given ${name}, expected the accounts that need it: it is every user of the API server`,
          },
        ]
      : [],
  );
  const isAdmin = roleRef?.name === 'cluster-admin' && listOf(subjects).some(({ kind }) => kind === 'ServiceAccount');
  return isAdmin
    ? [
        ...open,
        {
          path: 'roleRef.name',
          message: 'given cluster-admin for a ServiceAccount, expected a role with the rights that its pods need',
        },
      ]
    : open;
}

function roleFindings({ rules }: ManifestObject): FieldFinding[] {
  return listOf(rules).flatMap(({ apiGroups, resources, verbs, resourceNames }, index): FieldFinding[] => {
    const [groups, kinds] = [listOf(apiGroups), listOf(resources)];
    const all = groups.includes('*') && kinds.includes('*') && listOf(verbs).includes('*');
    const isCore = groups.includes('') || groups.includes('*');
    const secrets =
      isCore &&
      (kinds.includes('secrets') || kinds.includes('*')) &&
      listOf(verbs).some((verb) => READS.test(String(verb)));
    if (!all && !(secrets && listOf(resourceNames).length === 0)) return [];
    const given = all ? 'all verbs for all resources' : 'all Secrets to read';
    return [{ path: `rules[${index}]`, message: `given ${given}, expected those that are needed, by name` }];
  });
}

/** Roles and bindings that give more than a workload can need. */
export function rightsFindings(cluster: ClusterIndex): Finding[] {
  const of = (kinds: readonly string[], find: (object: ManifestObject) => FieldFinding[]) =>
    cluster.ofKind(...kinds).flatMap((object) => find(object).map((finding) => ({ object, ...finding })));
  return [...of(['RoleBinding', 'ClusterRoleBinding'], bindingFindings), ...of(['Role', 'ClusterRole'], roleFindings)];
}
