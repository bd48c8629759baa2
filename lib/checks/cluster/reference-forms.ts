import { annotationPath, type FieldPath, parseFieldPath } from './field-paths';

/** One form of reference from an object to another. */
export interface ReferenceForm {
  /** The path of the reference. */
  readonly at: FieldPath;
  /** The path of the name, relative to the reference. */
  readonly name: FieldPath;
  /** The default kind of the referenced object. */
  readonly kind: string;
  /** The path of the kind, relative to the reference. */
  readonly kindPath: FieldPath;
  /** Ignores references to other kinds, such as a subject that is a User. */
  readonly isKindFixed: boolean;
  /** Whether the reference may state another namespace. */
  readonly crossNamespace: boolean;
  /** The paths of keys or ports of the referenced object, relative to the reference. */
  readonly parts: readonly FieldPath[];
}

interface Options {
  readonly parts?: readonly string[];
  readonly crossNamespace?: boolean;
  readonly isKindFixed?: boolean;
}

const KIND = parseFieldPath('kind');

function form(at: string, name: string, kind: string, options: Options = {}): ReferenceForm {
  const { parts = [], crossNamespace = false, isKindFixed: onlyKind = false } = options;
  return {
    at: parseFieldPath(at),
    name: parseFieldPath(name),
    kind,
    kindPath: KIND,
    isKindFixed: onlyKind,
    crossNamespace: crossNamespace,
    parts: parts.map(parseFieldPath),
  };
}

/** The issuers in annotations of Ingresses and Gateways. Source: cert-manager.io, Annotated Ingress resource. */
const ISSUERS: readonly ReferenceForm[] = [
  ['cert-manager.io/cluster-issuer', 'ClusterIssuer', ''] as const,
  ['cert-manager.io/issuer', 'Issuer', 'cert-manager.io/issuer-kind'] as const,
].map(([key, kind, kindKey]) => ({
  ...form('metadata.annotations', '', kind),
  name: annotationPath(key),
  kindPath: annotationPath(kindKey),
}));

/** Source: cert-manager.io, HTTP01. */
const SOLVER_CLASS = form('spec.acme.solvers[].http01.ingress', 'ingressClassName', 'IngressClass');

/** The references of a container. Source: kubernetes.io, ConfigMaps and Secrets. */
export const CONTAINER_FORMS: readonly ReferenceForm[] = [
  form('env[].valueFrom.configMapKeyRef', 'name', 'ConfigMap', { parts: ['key'] }),
  form('env[].valueFrom.secretKeyRef', 'name', 'Secret', { parts: ['key'] }),
  form('envFrom[].configMapRef', 'name', 'ConfigMap'),
  form('envFrom[].secretRef', 'name', 'Secret'),
];

/** The references of a pod. */
export const POD_FORMS: readonly ReferenceForm[] = [
  form('volumes[].configMap', 'name', 'ConfigMap', { parts: ['items[].key'] }),
  form('volumes[].secret', 'secretName', 'Secret', { parts: ['items[].key'] }),
  form('volumes[].projected.sources[].configMap', 'name', 'ConfigMap', { parts: ['items[].key'] }),
  form('volumes[].projected.sources[].secret', 'name', 'Secret', { parts: ['items[].key'] }),
  form('volumes[].persistentVolumeClaim', 'claimName', 'PersistentVolumeClaim'),
  form('volumes[].ephemeral.volumeClaimTemplate.spec', 'storageClassName', 'StorageClass'),
  form('imagePullSecrets[]', 'name', 'Secret'),
  form('', 'serviceAccountName', 'ServiceAccount'),
  form('', 'priorityClassName', 'PriorityClass'),
];

/** A route's parents and backends. Source: gateway-api.sigs.k8s.io, API specification. */
const ROUTE: readonly ReferenceForm[] = [
  ...['backendRefs[]', 'filters[].requestMirror.backendRef'].map((backend) =>
    form(`spec.rules[].${backend}`, 'name', 'Service', { crossNamespace: true, parts: ['port'] }),
  ),
  form('spec.parentRefs[]', 'name', 'Gateway', { crossNamespace: true, parts: ['sectionName'] }),
  form('spec.rules[].filters[].extensionRef', 'name', 'Middleware'),
];

/** Source: gateway.envoyproxy.io, API reference. */
const ENVOY_POLICY: readonly ReferenceForm[] = [
  form('spec.targetRefs[]', 'name', 'HTTPRoute', { parts: ['sectionName'] }),
];

/** Source: doc.traefik.io, Kubernetes IngressRoute. */
const TRAEFIK_ROUTE: readonly ReferenceForm[] = [
  form('spec.routes[].services[]', 'name', 'Service', { crossNamespace: true, parts: ['port'] }),
  form('spec.routes[].middlewares[]', 'name', 'Middleware', { crossNamespace: true }),
  form('spec.tls', 'secretName', 'Secret'),
];

/** Source: external-secrets.io, ExternalSecret. */
const STORES: readonly ReferenceForm[] = [
  form('spec.secretStoreRef', 'name', 'SecretStore'),
  form('spec.data[].sourceRef.storeRef', 'name', 'SecretStore'),
  form('spec.dataFrom[].sourceRef.storeRef', 'name', 'SecretStore'),
  form('spec.data[].sourceRef.generatorRef', 'name', 'Password'),
  form('spec.dataFrom[].sourceRef.generatorRef', 'name', 'Password'),
];

/** The reference of an object to its CloudNativePG Cluster. */
const OF_CLUSTER = form('spec.cluster', 'name', 'Cluster');

/** Source: cloudnative-pg.io, API reference; plugin-barman-cloud. */
const CLOUDNATIVE_PG: readonly (readonly [string, readonly ReferenceForm[]])[] = [
  [
    'postgresql.cnpg.io/Cluster',
    [
      form('spec.bootstrap.initdb.secret', 'name', 'Secret'),
      form('spec.superuserSecret', 'name', 'Secret'),
      form('spec', 'priorityClassName', 'PriorityClass'),
      form('spec.managed.roles[].passwordSecret', 'name', 'Secret'),
      form('spec.imagePullSecrets[]', 'name', 'Secret'),
      form('spec.storage', 'storageClass', 'StorageClass'),
      form('spec.walStorage', 'storageClass', 'StorageClass'),
      form('spec.plugins[].parameters', 'barmanObjectName', 'ObjectStore'),
    ],
  ],
  ['postgresql.cnpg.io/DatabaseRole', [OF_CLUSTER, form('spec.passwordSecret', 'name', 'Secret')]],
  ...['Database', 'ScheduledBackup', 'Backup', 'Pooler'].map(
    (kind) => [`postgresql.cnpg.io/${kind}`, [OF_CLUSTER]] as const,
  ),
  [
    'barmancloud.cnpg.io/ObjectStore',
    ['accessKeyId', 'secretAccessKey', 'sessionToken', 'region'].map((field) =>
      form(`spec.configuration.s3Credentials.${field}`, 'name', 'Secret', { parts: ['key'] }),
    ),
  ],
];

/** What RabbitMQ's cluster operator puts into the pods. Source: rabbitmq.com, Using the Cluster Operator; Override. */
const RABBITMQ_POD = 'spec.override.statefulSet.spec.template.spec';
const RABBITMQ: readonly ReferenceForm[] = [
  form('spec.secretBackend.externalSecret', 'name', 'Secret'),
  form('spec.imagePullSecrets[]', 'name', 'Secret'),
  form('spec.persistence', 'storageClassName', 'StorageClass'),
  form(RABBITMQ_POD, 'priorityClassName', 'PriorityClass'),
  form(`${RABBITMQ_POD}.volumes[].configMap`, 'name', 'ConfigMap', { parts: ['items[].key'] }),
  form(`${RABBITMQ_POD}.volumes[].secret`, 'secretName', 'Secret', { parts: ['items[].key'] }),
  ...['containers', 'initContainers'].map((containers) =>
    form(`${RABBITMQ_POD}.${containers}[].env[].valueFrom.secretKeyRef`, 'name', 'Secret', { parts: ['key'] }),
  ),
];

const SUBJECTS = form('subjects[]', 'name', 'ServiceAccount', { crossNamespace: true, isKindFixed: true });
const BACKEND = { parts: ['port.number', 'port.name'] };

/** The references of objects by group and kind, without those of their pods. */
export const OBJECT_FORMS: ReadonlyMap<string, readonly ReferenceForm[]> = new Map([
  [
    'networking.k8s.io/Ingress',
    [
      form('spec', 'ingressClassName', 'IngressClass'),
      form('spec.defaultBackend.service', 'name', 'Service', BACKEND),
      form('spec.rules[].http.paths[].backend.service', 'name', 'Service', BACKEND),
      form('spec.tls[]', 'secretName', 'Secret'),
      ...ISSUERS,
    ],
  ],
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map(
    (kind) => [`gateway.networking.k8s.io/${kind}`, ROUTE] as const,
  ),
  [
    'gateway.networking.k8s.io/Gateway',
    [
      form('spec', 'gatewayClassName', 'GatewayClass'),
      form('spec.listeners[].tls.certificateRefs[]', 'name', 'Secret', { crossNamespace: true }),
      ...ISSUERS,
    ],
  ],
  ...['BackendTrafficPolicy', 'ClientTrafficPolicy', 'SecurityPolicy'].map(
    (kind) => [`gateway.envoyproxy.io/${kind}`, ENVOY_POLICY] as const,
  ),
  ...['traefik.io', 'traefik.containo.us'].flatMap((group) =>
    ['IngressRoute', 'IngressRouteTCP', 'IngressRouteUDP'].map((kind) => [`${group}/${kind}`, TRAEFIK_ROUTE] as const),
  ),
  [
    'apps/StatefulSet',
    [
      form('spec', 'serviceName', 'Service'),
      form('spec.volumeClaimTemplates[].spec', 'storageClassName', 'StorageClass'),
    ],
  ],
  ['/PersistentVolumeClaim', [form('spec', 'storageClassName', 'StorageClass')]],
  ['/ServiceAccount', [form('imagePullSecrets[]', 'name', 'Secret')]],
  ['rbac.authorization.k8s.io/RoleBinding', [form('roleRef', 'name', 'Role'), SUBJECTS]],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', [form('roleRef', 'name', 'ClusterRole'), SUBJECTS]],
  ['cert-manager.io/Certificate', [form('spec.issuerRef', 'name', 'Issuer')]],
  ['cert-manager.io/Issuer', [form('spec.ca', 'secretName', 'Secret'), SOLVER_CLASS]],
  ['cert-manager.io/ClusterIssuer', [SOLVER_CLASS]],
  ['external-secrets.io/ExternalSecret', STORES],
  ['keda.sh/ScaledObject', [form('spec.triggers[].authenticationRef', 'name', 'TriggerAuthentication')]],
  [
    'keda.sh/TriggerAuthentication',
    [
      form('spec.secretTargetRef[]', 'name', 'Secret', { parts: ['key'] }),
      form('spec.configMapTargetRef[]', 'name', 'ConfigMap', { parts: ['key'] }),
    ],
  ],
  ...CLOUDNATIVE_PG,
  ['rabbitmq.com/RabbitmqCluster', RABBITMQ],
]);

/** The objects that every cluster has, by kind. Sources: kubernetes.io, Using RBAC Authorization, Pod Priority and Preemption, Namespaces. */
const BUILT_IN: Readonly<Record<string, (name: string, namespace: string | undefined) => boolean>> = {
  Namespace: (name) => ['default', 'kube-system', 'kube-public', 'kube-node-lease'].includes(name),
  ServiceAccount: (name) => name === 'default',
  PriorityClass: (name) => ['system-node-critical', 'system-cluster-critical'].includes(name),
  ClusterRole: (name) => name.startsWith('system:') || ['view', 'edit', 'admin', 'cluster-admin'].includes(name),
  Role: (name, namespace) =>
    name.startsWith('system:') || (namespace === 'kube-system' && name === 'extension-apiserver-authentication-reader'),
  ConfigMap: (name) => name === 'kube-root-ca.crt',
  Service: (name, namespace) => namespace === 'default' && name === 'kubernetes',
};

/** Whether every cluster has an object. */
export function isBuiltIn(kind: string, namespace: string | undefined, name: string): boolean {
  return Object.hasOwn(BUILT_IN, kind) && BUILT_IN[kind]?.(name, namespace) === true;
}
