import { ClusterIndex } from '../cluster/cluster-index';
import { type Container, containersOf, type Fields, listOf, type Pod } from '../cluster/pods';
import type { Violation } from '../cluster/violation';
import { sourcesFindings, workloadFindings } from '../described';
import type { DeclaredValue, DeclaredWorkload, Intent } from '../intent';
import type { Rule } from '../rule';

const NAME = 'settings';

/** The value of a variable at run time: its text, the text of a key of a ConfigMap, a key of a Secret, or a field of the pod. */
function actualValue(cluster: ClusterIndex, namespace: string, variable: Fields): DeclaredValue | undefined {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = variable.valueFrom ?? {};
  if (fieldRef ?? resourceFieldRef) return { field: String(fieldRef?.fieldPath ?? resourceFieldRef.resource) };
  if (secretKeyRef) return { secret: String(secretKeyRef.name), key: String(secretKeyRef.key) };
  const value = configMapKeyRef
    ? cluster.find('ConfigMap', namespace, String(configMapKeyRef.name))?.data?.[String(configMapKeyRef.key)]
    : variable.value;
  return value === undefined ? undefined : { value: String(value) };
}

function describeVariable(value: DeclaredValue | undefined): string {
  if (value === undefined) return 'nothing';
  if ('field' in value) return value.field;
  return 'secret' in value ? `key ${value.key} of Secret ${value.secret}` : JSON.stringify(value.value);
}

function variableViolations(
  cluster: ClusterIndex,
  { owner, namespace }: Pod,
  { path, fields }: Container,
  declared: Readonly<Record<string, DeclaredValue>>,
): Violation[] {
  const violation = (where: string, message: string) => ({
    rule: NAME,
    object: owner,
    path: `${path}.${where}`,
    message,
  });
  const given = listOf(fields.env).map((variable, index) => ({ variable, index, name: String(variable.name) }));
  const missing = Object.entries(declared).filter(([name]) => !given.some((one) => one.name === name));
  return [
    ...(listOf(fields.envFrom).length > 0
      ? [violation('envFrom', 'given envFrom, expected the declared variables one by one')]
      : []),
    ...missing.map(([name, value]) => violation('env', `given no ${name}, expected ${describeVariable(value)}`)),
    ...given.flatMap(({ variable, index, name }) => {
      const expected = Object.hasOwn(declared, name) ? declared[name] : undefined;
      const found = actualValue(cluster, namespace, variable);
      if (expected === undefined) return [violation(`env[${index}]`, `given ${name}, which is not declared`)];
      if (describeVariable(found) === describeVariable(expected)) return [];
      return [
        violation(
          `env[${index}]`,
          `given ${describeVariable(found)} for ${name}, expected ${describeVariable(expected)}`,
        ),
      ];
    }),
  ];
}

function environmentViolations(cluster: ClusterIndex, pod: Pod, { env }: DeclaredWorkload): Violation[] {
  const containers = containersOf(pod);
  const violation = (path: string, message: string) => ({ rule: NAME, object: pod.owner, path, message });
  const missing = Object.keys(env).filter((name) => !containers.some(({ fields }) => fields.name === name));
  return [
    ...missing.map((name) => violation(`${pod.path}.containers`, `given no ${name}, which is declared`)),
    ...containers.flatMap((one) => {
      const name = String(one.fields.name);
      if (!Object.hasOwn(env, name)) return [violation(one.path, `given ${name}, which is not declared`)];
      return variableViolations(cluster, pod, one, env[name] ?? {});
    }),
  ];
}

/** Fields that give a pod another identity or other host names. */
function identityViolations({ owner, path, spec }: Pod, { serviceAccount }: DeclaredWorkload): Violation[] {
  const violation = (field: string, message: string) => ({
    rule: NAME,
    object: owner,
    path: `${path}.${field}`,
    message,
  });
  const names = ['hostAliases', 'dnsConfig', 'dnsPolicy'].filter(
    (field) => spec[field] !== undefined && spec[field] !== 'ClusterFirst',
  );
  const account = spec.serviceAccountName ?? 'default';
  return [
    ...(account === serviceAccount
      ? []
      : [violation('serviceAccountName', `given ${account}, expected ${serviceAccount}`)]),
    ...names.map((field) => violation(field, "given custom host names, expected those of the cluster's DNS")),
  ];
}

function judge(cluster: ClusterIndex, intent: Intent | undefined): Violation[] {
  const described = new ClusterIndex(intent?.objects ?? []);
  const ofWorkloads = (intent?.workloads ?? []).flatMap((declared) => {
    const [pod, other] = [cluster.podOf(declared), described.podOf(declared)];
    if (pod === undefined) return [];
    const found = other === undefined || other.owner === pod.owner ? [] : workloadFindings(pod, other);
    return [
      ...environmentViolations(cluster, pod, declared),
      ...identityViolations(pod, declared),
      ...found.map((finding) => ({ rule: NAME, object: pod.owner, ...finding })),
    ];
  });
  return [...ofWorkloads, ...sourcesFindings(cluster, described).map((finding) => ({ rule: NAME, ...finding }))];
}

/** Workloads have exactly the declared variables, secrets, programs, times, identities and host names. */
export const settings: Rule = {
  name: NAME,
  level: 'broken',
  needsIntent: true,
  rationale: `Two workloads of one image differ only by their variables: with another EXPOSED_ROUTERS the public one serves the admin
API, with another pool size the check of the connection budget is invalid, and with another host the workload uses another database. So
each variable, set directly or by a ConfigMap, must have the declared value, and there may be no others. The same holds for the Secrets that
a pod mounts and for where their values come from, since with another component's password it is that component; and for what it
runs and when, since a backup that runs \`true\`, or is suspended, is none.`,
  wrong: `apiVersion: apps/v1
kind: Deployment
metadata: { name: chat-api, namespace: shop }
spec:
  template:
    spec:
      serviceAccountName: chat-api
      containers: [{ name: chat-api, env: [{ name: EXPOSED_ROUTERS, value: "chat,admin" }] }]
`,
  right: `apiVersion: apps/v1
kind: Deployment
metadata: { name: chat-api, namespace: shop }
spec:
  template:
    spec:
      serviceAccountName: chat-api
      containers: [{ name: chat-api, env: [{ name: EXPOSED_ROUTERS, value: chat }] }]
`,
  judge,
};
