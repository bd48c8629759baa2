import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import { NEEDS_TOKEN, podSecurity as rule } from '../../../../lib/checks/rules/pod-security';
import type { ManifestObject } from '../../../../lib/manifests/object';
import type { Any } from '../../../support';
import { describeRule, findings, parse } from '../manifests';

type Change = (pod: Any) => void;

/** A pod with an init container and a container that complies with all controls, with changes. */
function pod(...changes: Change[]): ManifestObject {
  const container = (name: string) => ({
    name,
    image: 'example.com/api:v1',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  });
  const made: Any = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'api', namespace: 'shop', annotations: {} },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      initContainers: [container('prepare')],
      containers: [container('api')],
    },
  };
  for (const change of changes) change(made);
  return made;
}

const judge = (...objects: ManifestObject[]) =>
  rule.judge(new ClusterIndex(objects)).map(({ path, message }) => `${path}: ${message}`);

function expectOne(found: readonly string[], path: string, message: string): void {
  expect(found).toHaveLength(1);
  expect(found[0]?.slice(0, path.length + 2)).toBe(`${path}: `);
  expect(found[0]).toContain(message);
}

const inPod =
  (fields: object): Change =>
  ({ spec }) =>
    Object.assign(spec, fields);
const inPodContext =
  (fields: object): Change =>
  ({ spec }) =>
    Object.assign(spec.securityContext, fields);
const inContainer =
  (fields: object): Change =>
  ({ spec }) =>
    Object.assign(spec.containers[0], fields);
const inContext =
  (fields: object, kind = 'containers'): Change =>
  ({ spec }) =>
    Object.assign(spec[kind][0].securityContext, fields);
const annotated =
  (annotations: object): Change =>
  ({ metadata }) =>
    Object.assign(metadata.annotations, annotations);
const withVolume = (type: string, source: object = {}): Change =>
  inPod({ volumes: [{ name: 'data', [type]: source }] });
const ephemeral =
  (fields: object): Change =>
  ({ spec }) => {
    const { resources: _, ...container } = structuredClone(spec.containers[0]);
    Object.assign(container.securityContext, fields);
    spec.ephemeralContainers = [{ ...container, name: 'debug' }];
  };

const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/api';
const SAFE_SYSCTLS = [
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_local_reserved_ports'],
  ...['net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ping_group_range', 'net.ipv4.tcp_fin_timeout'],
  ...['net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_keepalive_time'],
  ...['net.ipv4.tcp_rmem', 'net.ipv4.tcp_syncookies', 'net.ipv4.tcp_wmem'],
];

/** What the standard allows. */
const ALLOWED: readonly [string, Change][] = [
  ['nothing of it', () => undefined],
  ['hostNetwork false', inPod({ hostNetwork: false, hostPID: false, hostIPC: false })],
  ['hostNetwork null', inPod({ hostNetwork: null })],
  ['privileged false', inContext({ privileged: false })],
  ['procMount Default', inContext({ procMount: 'Default' })],
  ...['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t', ''].map((type): [string, Change] => [
    `the SELinux type "${type}"`,
    inPodContext({ seLinuxOptions: { type, level: 's0:c1,c2' } }),
  ]),
  ['an AppArmor profile', inPodContext({ appArmorProfile: { type: 'RuntimeDefault' } })],
  ['an AppArmor annotation', annotated({ [APPARMOR]: 'runtime/default' })],
  ['a profile of the node', annotated({ [APPARMOR]: 'localhost/api' })],
  [
    'a seccomp profile in each container',
    ({ spec }) => {
      delete spec.securityContext.seccompProfile;
      spec.containers[0].securityContext.seccompProfile = { type: 'RuntimeDefault' };
      spec.initContainers[0].securityContext.seccompProfile = { type: 'Localhost', localhostProfile: 'api.json' };
    },
  ],
  ['NET_BIND_SERVICE', inContext({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })],
  ['ALL among others', inContext({ capabilities: { drop: ['NET_RAW', 'ALL'] } })],
  [
    'runAsNonRoot in each container',
    ({ spec }) => {
      delete spec.securityContext.runAsNonRoot;
      spec.containers[0].securityContext.runAsNonRoot = true;
      spec.initContainers[0].securityContext.runAsNonRoot = true;
    },
  ],
  ['hostPort 0', inContainer({ ports: [{ containerPort: 80, hostPort: 0 }] })],
  ['safe sysctls', inPodContext({ sysctls: SAFE_SYSCTLS.map((name) => ({ name, value: '1' })) })],
  ['a volume without a source', inPod({ volumes: [{ name: 'data' }] })],
  ...(
    [
      ['configMap', { name: 'a' }],
      ['csi', { driver: 'a' }],
      ['downwardAPI', { items: [] }],
      ['emptyDir', {}],
      [
        'ephemeral',
        {
          volumeClaimTemplate: {
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        },
      ],
      ['image', { reference: 'example.com/data:v1' }],
      ['persistentVolumeClaim', { claimName: 'a' }],
      ['projected', { sources: [] }],
      ['secret', { secretName: 'a' }],
    ] as const
  ).map(([type, source]): [string, Change] => [`a volume of type ${type}`, withVolume(type, source)]),
  ['a probe of the pod itself', inContainer({ livenessProbe: { httpGet: { port: 80, path: '/', host: '' } } })],
  ['an ephemeral container', ephemeral({})],
];

test.each(ALLOWED)('%s is allowed', (_, change) => {
  expect(judge(pod(change))).toEqual([]);
});

const C = 'spec.containers[0]';

/** Values that the standard refuses: the field and the message. */
const REFUSED: readonly [string, string, Change][] = [
  ['spec.hostNetwork', 'given true, expected false', inPod({ hostNetwork: true })],
  ['spec.hostPID', 'given true, expected false', inPod({ hostPID: true })],
  ['spec.hostIPC', 'given true, expected false', inPod({ hostIPC: true })],
  [
    'spec.securityContext.windowsOptions.hostProcess',
    'expected false',
    inPodContext({ windowsOptions: { hostProcess: true } }),
  ],
  [
    `${C}.securityContext.windowsOptions.hostProcess`,
    'expected false',
    inContext({ windowsOptions: { hostProcess: true } }),
  ],
  [`${C}.securityContext.privileged`, 'given true, expected false', inContext({ privileged: true })],
  [
    'spec.initContainers[0].securityContext.privileged',
    'expected false',
    inContext({ privileged: true }, 'initContainers'),
  ],
  ['spec.ephemeralContainers[0].securityContext.privileged', 'expected false', ephemeral({ privileged: true })],
  [
    `${C}.securityContext.procMount`,
    'given Unmasked, expected Default',
    ({ spec }) => {
      spec.hostUsers = false;
      spec.containers[0].securityContext.procMount = 'Unmasked';
    },
  ],
  [
    'spec.securityContext.seLinuxOptions.type',
    'given spc_t, expected one of container_t',
    inPodContext({ seLinuxOptions: { type: 'spc_t' } }),
  ],
  [`${C}.securityContext.seLinuxOptions.user`, 'expected none', inContext({ seLinuxOptions: { user: 'system_u' } })],
  [`${C}.securityContext.seLinuxOptions.role`, 'expected none', inContext({ seLinuxOptions: { role: 'system_r' } })],
  [
    'spec.securityContext.appArmorProfile.type',
    'given Unconfined',
    inPodContext({ appArmorProfile: { type: 'Unconfined' } }),
  ],
  [
    `${C}.securityContext.appArmorProfile.type`,
    'given Unconfined',
    inContext({ appArmorProfile: { type: 'Unconfined' } }),
  ],
  [
    `metadata.annotations["${APPARMOR}"]`,
    'given unconfined, expected runtime/default',
    annotated({ [APPARMOR]: 'unconfined' }),
  ],
  [
    'spec.securityContext.seccompProfile.type',
    'given Unconfined, expected RuntimeDefault',
    inPodContext({ seccompProfile: { type: 'Unconfined' } }),
  ],
  [
    `${C}.securityContext.seccompProfile.type`,
    'given Unconfined, expected RuntimeDefault',
    inContext({ seccompProfile: { type: 'Unconfined' } }),
  ],
  [
    `${C}.securityContext.seccompProfile.type`,
    'given nothing, expected RuntimeDefault or Localhost, here or for the whole pod',
    ({ spec }) => {
      delete spec.securityContext.seccompProfile;
      spec.initContainers[0].securityContext.seccompProfile = { type: 'RuntimeDefault' };
    },
  ],
  [`${C}.securityContext.capabilities.drop`, 'given nothing, expected ["ALL"]', inContext({ capabilities: {} })],
  [
    `${C}.securityContext.capabilities.drop`,
    'given a list without it',
    inContext({ capabilities: { drop: ['NET_RAW'] } }),
  ],
  [
    `${C}.securityContext.capabilities.add[1]`,
    'given SYS_TIME, expected no capability but NET_BIND_SERVICE',
    inContext({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'SYS_TIME'] } }),
  ],
  [
    `${C}.securityContext.allowPrivilegeEscalation`,
    'given true, expected false',
    inContext({ allowPrivilegeEscalation: true }),
  ],
  [
    `${C}.securityContext.allowPrivilegeEscalation`,
    'given nothing, expected false',
    inContext({ allowPrivilegeEscalation: undefined }),
  ],
  ['spec.securityContext.runAsNonRoot', 'given false, expected true', inPodContext({ runAsNonRoot: false })],
  [`${C}.securityContext.runAsNonRoot`, 'given false, expected true', inContext({ runAsNonRoot: false })],
  [
    `${C}.securityContext.runAsNonRoot`,
    'given nothing, expected true',
    ({ spec }) => {
      delete spec.securityContext.runAsNonRoot;
      spec.initContainers[0].securityContext.runAsNonRoot = true;
    },
  ],
  ['spec.securityContext.runAsUser', 'given 0, expected a user other than root', inPodContext({ runAsUser: 0 })],
  [`${C}.securityContext.runAsUser`, 'given 0, expected a user other than root', inContext({ runAsUser: 0 })],
  [
    `${C}.ports[1].hostPort`,
    'given 8080, expected none',
    inContainer({ ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 8080 }] }),
  ],
  [
    'spec.securityContext.sysctls[1].name',
    'given net.core.somaxconn, expected one of the safe sysctls',
    inPodContext({
      sysctls: [
        { name: 'kernel.shm_rmid_forced', value: '1' },
        { name: 'net.core.somaxconn', value: '1' },
      ],
    }),
  ],
  ...(
    [
      ['hostPath', { path: '/' }],
      ['nfs', { server: 'a', path: '/' }],
      ['gitRepo', { repository: 'a' }],
      ['iscsi', { targetPortal: 'a', iqn: 'iqn.2001-04.com.example:a', lun: 0 }],
      ['fc', { targetWWNs: ['a'], lun: 0 }],
      ['awsElasticBlockStore', { volumeID: 'a' }],
      ['azureFile', { secretName: 'a', shareName: 'a' }],
      ['cephfs', { monitors: ['a'] }],
      ['flexVolume', { driver: 'a/b' }],
      ['rbd', { monitors: ['a'], image: 'a' }],
    ] as const
  ).map(([type, source]): [string, string, Change] => [
    `spec.volumes[0].${type}`,
    `given a volume of type ${type}, expected one of configMap`,
    withVolume(type, source),
  ]),
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe): [string, string, Change][] => [
    [
      `${C}.${probe}.httpGet.host`,
      'given 10.0.0.1, expected none',
      inContainer({ [probe]: { httpGet: { port: 80, path: '/', host: '10.0.0.1' } } }),
    ],
    [
      `${C}.${probe}.tcpSocket.host`,
      'given 10.0.0.1, expected none',
      inContainer({ [probe]: { tcpSocket: { port: 80, host: '10.0.0.1' } } }),
    ],
  ]),
  ...['postStart', 'preStop'].flatMap((hook): [string, string, Change][] => [
    [
      `${C}.lifecycle.${hook}.httpGet.host`,
      'given 10.0.0.1, expected none',
      inContainer({ lifecycle: { [hook]: { httpGet: { port: 80, path: '/', host: '10.0.0.1' } } } }),
    ],
    [
      `${C}.lifecycle.${hook}.tcpSocket.host`,
      'given 10.0.0.1, expected none',
      inContainer({ lifecycle: { [hook]: { tcpSocket: { port: 80, host: '10.0.0.1' } } } }),
    ],
  ]),
];

test.each(REFUSED)('%s: %s', (path, message, change) => {
  expectOne(judge(pod(change)), path, message);
});

/** The further controls of Berth. */
test.each<[string, string, Change]>([
  [
    `${C}.resources.requests.cpu`,
    'given nothing, expected how much cpu the container needs',
    inContainer({ resources: { requests: { memory: '1Mi' }, limits: { cpu: 1, memory: '2Mi' } } }),
  ],
  [
    `${C}.resources.requests.memory`,
    'given nothing, expected how much memory',
    inContainer({ resources: { requests: { cpu: 1 }, limits: { cpu: 1, memory: '2Mi' } } }),
  ],
  [
    `${C}.resources.limits.cpu`,
    'expected how much cpu the container may use',
    inContainer({ resources: { requests: { cpu: 1, memory: '1Mi' }, limits: { memory: '2Mi' } } }),
  ],
  [
    `${C}.resources.limits.memory`,
    'expected how much memory',
    inContainer({ resources: { requests: { cpu: 1, memory: '1Mi' }, limits: { cpu: 0.5e1 } } }),
  ],
  [
    `${C}.resources.limits.memory`,
    'given 0, expected how much memory',
    inContainer({ resources: { requests: { cpu: 1, memory: '1Mi' }, limits: { cpu: 1, memory: '0' } } }),
  ],
  [
    `${C}.resources.requests.memory`,
    'given 1Gi, expected no more than the limit',
    inContainer({ resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: 1, memory: '512Mi' } } }),
  ],
  [
    `${C}.securityContext.readOnlyRootFilesystem`,
    'given nothing, expected true',
    inContext({ readOnlyRootFilesystem: undefined }),
  ],
  [
    'spec.initContainers[0].securityContext.readOnlyRootFilesystem',
    'given false, expected true',
    inContext({ readOnlyRootFilesystem: false }, 'initContainers'),
  ],
  [
    `${C}.securityContext.runAsUser`,
    'given nothing, expected the number of a user',
    ({ spec }) => {
      delete spec.securityContext.runAsUser;
      spec.initContainers[0].securityContext.runAsUser = 1000;
    },
  ],
  [`${C}.securityContext.runAsUser`, 'given nobody, expected the number of a user', inContext({ runAsUser: 'nobody' })],
  [
    'spec.automountServiceAccountToken',
    `given nothing, expected false, or the annotation ${NEEDS_TOKEN}`,
    inPod({ automountServiceAccountToken: undefined }),
  ],
  ['spec.automountServiceAccountToken', 'given true, expected false', inPod({ automountServiceAccountToken: true })],
  [
    `metadata.annotations["${NEEDS_TOKEN}"]`,
    'given "", expected a reason',
    ({ metadata, spec }) => {
      metadata.annotations[NEEDS_TOKEN] = ' ';
      spec.automountServiceAccountToken = true;
    },
  ],
])('%s: %s', (path, message, change) => {
  expectOne(judge(pod(change)), path, message);
});

test('a user in each container will do', () => {
  const change: Change = ({ spec }) => {
    delete spec.securityContext.runAsUser;
    spec.containers[0].securityContext.runAsUser = 1001;
    spec.initContainers[0].securityContext.runAsUser = 1002;
  };
  expect(judge(pod(change))).toEqual([]);
});

const binding = (
  namespace: string,
  name: string,
  kind = 'RoleBinding',
  subject = 'ServiceAccount',
): ManifestObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name: 'reads', ...(kind === 'RoleBinding' && { namespace: 'shop' }) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [{ kind: subject, name, ...(namespace && { namespace }) }],
});
const role = (rule: object): ManifestObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'reads', namespace: 'shop' },
  rules: [rule],
});
const withToken = inPod({ automountServiceAccountToken: true, serviceAccountName: 'reader' });

test('a pod may have a token if it states a reason, for which a role that is bound to it is none', () => {
  const given = [expect.stringContaining('spec.automountServiceAccountToken: given true')];
  expect(judge(pod(withToken, annotated({ [NEEDS_TOKEN]: 'watches its own leases' })))).toEqual([]);
  for (const kind of ['RoleBinding', 'ClusterRoleBinding']) {
    expect(judge(pod(withToken), binding('shop', 'reader', kind))).toEqual(given);
  }
});

test('a token in a volume is one as well, unless it is for another audience', () => {
  const projected = (token: object) =>
    inPod({
      volumes: [{ name: 'data', projected: { sources: [{ serviceAccountToken: { path: 'token', ...token } }] } }],
    });
  expect(judge(pod(projected({})))).toEqual([
    'spec.volumes[0].projected.sources[0].serviceAccountToken: given a token for the API server, expected none, or the annotation berth.dev/needs-token: <reason> on the pod',
  ]);
  expect(judge(pod(projected({ audience: 'vault' })))).toEqual([]);
  expect(judge(pod(projected({}), annotated({ [NEEDS_TOKEN]: 'watches its own leases' })))).toEqual([]);
});

test.each([
  [
    'cluster-admin',
    { ...binding('shop', 'reader'), roleRef: { kind: 'ClusterRole', name: 'cluster-admin' } },
    'roleRef.name: given cluster-admin',
  ],
  [
    'every user',
    binding('', 'system:authenticated', 'ClusterRoleBinding', 'Group'),
    'subjects[0].name: given system:authenticated',
  ],
  [
    'all Secrets',
    role({ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }),
    'rules[0]: given all Secrets to read',
  ],
  [
    'everything',
    role({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }),
    'rules[0]: given all verbs for all resources',
  ],
])('a role that gives %s is told of', (_, object, expected) => {
  expect(judge(object as ManifestObject)).toEqual([expect.stringContaining(expected)]);
});

test('a role for one Secret, and one for other objects, are not', () => {
  expect(judge(role({ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['one'] }))).toEqual([]);
  expect(judge(role({ apiGroups: [''], resources: ['pods'], verbs: ['*'] }), binding('shop', 'reader'))).toEqual([]);
});

test('Linux-only fields are not checked for a pod on Windows', () => {
  const windows: Change = ({ spec }) => {
    spec.os = { name: 'windows' };
    spec.securityContext = { runAsNonRoot: true };
    for (const container of [...spec.containers, ...spec.initContainers]) delete container.securityContext;
  };
  expect(judge(pod(windows))).toEqual([]);
  expect(judge(pod(windows, inPodContext({ windowsOptions: { hostProcess: true } })))).toHaveLength(1);
  expect(judge(pod(windows, inPodContext({ runAsNonRoot: false })))).toHaveLength(1);
  expect(judge(pod(windows, inPod({ os: { name: 'linux' } })))).not.toEqual([]);
});

const namespace = (labels?: Record<string, string>, name = 'shop'): ManifestObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(labels && { labels }) },
});
const ENFORCE = 'pod-security.kubernetes.io/enforce';

test.each([[[]], [[pod()]]])('a namespace enforces the standard, with pods and without (%#)', (pods) => {
  expect(judge(namespace({ [ENFORCE]: 'restricted' }), ...pods)).toEqual([]);
  expect(findings(rule, [namespace(), ...pods])).toEqual([
    `Namespace shop: metadata.labels["${ENFORCE}"]: given nothing, expected restricted, for all pods in the namespace`,
  ]);
  expect(judge(namespace({ [ENFORCE]: 'baseline' }), ...pods)).toEqual([expect.stringContaining('given baseline')]);
});

test('a namespace enforces a release of the standard that is stable', () => {
  const version = (given: string) => judge(namespace({ [ENFORCE]: 'restricted', [`${ENFORCE}-version`]: given }));
  for (const given of ['latest', 'v1.25', 'v1.33']) expect(version(given)).toEqual([]);
  for (const given of ['v1.24', 'v1.9', '1.30', 'v2.0', 'newest', 'v1.25.1', '']) {
    expect(version(given)).toEqual([
      expect.stringMatching(/enforce-version"]: given .*, expected latest or at least v1\.25$/),
    ]);
  }
});

test.each([
  ['Deployment', 'apps/v1', 'spec.template'],
  ['StatefulSet', 'apps/v1', 'spec.template'],
  ['DaemonSet', 'apps/v1', 'spec.template'],
  ['ReplicaSet', 'apps/v1', 'spec.template'],
  ['ReplicationController', 'v1', 'spec.template'],
  ['Job', 'batch/v1', 'spec.template'],
  ['CronJob', 'batch/v1', 'spec.jobTemplate.spec.template'],
])('a %s makes pods', (kind, apiVersion, path) => {
  const { metadata, spec } = pod(inPod({ hostNetwork: true }), annotated({ [APPARMOR]: 'unconfined' }));
  const nested = path.split('.').reduceRight<Any>((inner, key) => ({ [key]: inner }), { metadata, spec });
  expect(judge({ apiVersion, kind, metadata: { name: 'api', namespace: 'shop' }, ...nested })).toEqual([
    expect.stringContaining(`${path}.spec.hostNetwork: given true`),
    expect.stringContaining(`${path}.metadata.annotations["${APPARMOR}"]: given unconfined`),
  ]);
});

describeRule(rule);

test('what is nested deeply or is no list is none of its business', () => {
  const deep = JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`);
  for (const field of ['containers', 'initContainers', 'ephemeralContainers', 'volumes', 'securityContext', 'os']) {
    expect(() => judge(pod(inPod({ [field]: deep })))).not.toThrow();
  }
  expect(() => judge(pod(inContext({ capabilities: { drop: deep, add: deep } })))).not.toThrow();
  expect(() => judge(pod(inContainer({ ports: deep, resources: deep })))).not.toThrow();
  expect(() => judge(...parse('apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: null\n'))).not.toThrow();
});
