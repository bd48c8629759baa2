import { quantityOf } from '../../base/quantity';
import { type Fields, listOf } from '../cluster/pods';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';
import { PROFILES } from './pod';

/** Resources of devices and the like, such as nvidia.com/gpu, which cannot be shared. */
const isExtended = (name: string): boolean => name.includes('/') && !/^(?:requests\.)?[^/]*kubernetes\.io\//.test(name);

const entriesOf = (value: Fields): [string, Fields][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

const amounts = (bound: string): Condition[] => [
  refuse(`resources.${bound}`, (all) => entriesOf(all).some(([name]) => is.isNoResource(name)), is.RESOURCES),
  refuse(
    `resources.${bound}`,
    (all) => entriesOf(all).some(([, amount]) => is.isNegativeQuantity(amount)),
    'amounts from 0',
  ),
  refuse(
    `resources.${bound}`,
    (all) => entriesOf(all).some(([name, amount]) => isExtended(name) && !Number.isInteger(quantityOf(amount) ?? 0)),
    'whole numbers of devices',
  ),
  warn(`resources.${bound}.memory`, is.isFractionOfBytes, is.WHOLE_BYTES),
  warn(`resources.${bound}.ephemeral-storage`, is.isFractionOfBytes, is.WHOLE_BYTES),
  warn(
    `resources.${bound}.memory`,
    (amount) => /^[1-9]\d*$/.test(String(amount)) && Number(amount) < MEBIBYTE,
    'a unit such as Mi: without one they are bytes, of which a container needs millions',
  ),
  warn(
    `resources.${bound}.memory`,
    (amount) => /^\d+(?:k|Ki)$/.test(String(amount)) && (quantityOf(amount) ?? 0) < MEBIBYTE,
    'mebibytes, such as 64Mi: a container needs millions of bytes',
  ),
];

const MEBIBYTE = 2 ** 20;

const RESOURCES: readonly Condition[] = [
  is.choice('resizePolicy[].resourceName', 'cpu', 'memory'),
  is.choice('resizePolicy[].restartPolicy', 'NotRequired', 'RestartContainer'),
  refuse('env[].valueFrom.resourceFieldRef.divisor', is.isNoDivisor, is.DIVISOR),
  is.choice('restartPolicy', 'Always', 'Never', 'OnFailure'),
  need(
    'restartPolicy',
    (_, { restartPolicyRules }) => restartPolicyRules != null,
    'a policy beside restartPolicyRules',
  ),
  ...amounts('requests'),
  ...amounts('limits'),
  refuse(
    'resources.requests',
    (requests, { limits }) =>
      entriesOf(requests).some(
        ([name, amount]) =>
          !['cpu', 'memory'].includes(name) &&
          (quantityOf(amount) ?? 0) > (quantityOf(limits?.[name]) ?? Number.POSITIVE_INFINITY),
      ),
    'no more than the limits',
  ),
  refuse(
    'resources.requests',
    (requests, { limits }) =>
      entriesOf(requests).some(
        ([name, amount]) =>
          (isExtended(name) || name.startsWith('hugepages-')) && quantityOf(limits?.[name]) !== quantityOf(amount),
      ),
    'limits of devices and huge pages that equal the requests',
  ),
];

/** The name of an object in another field. */
const nameAt = (at: string): Condition[] => [
  need(`${at}.name`, () => true, 'a name'),
  refuse(`${at}.name`, (name) => name === '' || is.isNoSubdomain(name), is.SUBDOMAIN),
];

const VARIABLES: readonly Condition[] = [
  ...[
    'env[].valueFrom.configMapKeyRef',
    'env[].valueFrom.secretKeyRef',
    'envFrom[].configMapRef',
    'envFrom[].secretRef',
  ].flatMap(nameAt),
  refuse(
    'env[].valueFrom',
    is.isNotOne('fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'),
    'exactly one of fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef',
  ),
  refuse('env[].valueFrom', (_, { value }) => typeof value === 'string' && value !== '', 'either value or valueFrom'),
  refuse(
    'env[].valueFrom.fieldRef.fieldPath',
    (path) =>
      typeof path === 'string' &&
      !/^(?:metadata\.(?:name|namespace|uid|(?:labels|annotations)\['[^'\s]+'\])|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIPs?|podIPs?))$/.test(
        path,
      ),
    "a field such as metadata.name, metadata.labels['app'], spec.nodeName or status.podIP",
  ),
  refuse('env[].valueFrom.fieldRef.apiVersion', is.isNoneOrDefault('v1'), 'v1'),
  refuse('env[].valueFrom.resourceFieldRef.resource', is.isNoResourceField, is.RESOURCE_FIELD),
  ...['configMapKeyRef', 'secretKeyRef'].map((ref) =>
    refuse(`env[].valueFrom.${ref}.key`, is.isNoKey, 'a key: letters, digits, dashes, dots and underscores'),
  ),
  refuse('envFrom[]', is.isNotOne('configMapRef', 'secretRef'), 'exactly one of configMapRef and secretRef'),
];

const MOUNTS: readonly Condition[] = [
  refuse(
    'volumeMounts[].subPath',
    is.isNoRelativePath,
    'a path below the volume, without a slash at its beginning and without ..',
  ),
  refuse(
    'volumeMounts[].subPathExpr',
    is.isNoRelativePath,
    'a path below the volume, without a slash at its beginning and without ..',
  ),
  refuse(
    'volumeMounts[].subPathExpr',
    (_, { subPath }) => typeof subPath === 'string' && subPath !== '',
    'either subPath or subPathExpr',
  ),
  refuse(
    'volumeMounts',
    (mounts, { securityContext }) =>
      securityContext?.privileged !== true &&
      listOf(mounts).some(({ mountPropagation }) => mountPropagation === 'Bidirectional'),
    'no mountPropagation: Bidirectional, unless the container is privileged',
  ),
  refuse(
    'volumeDevices',
    (devices, { volumeMounts }) =>
      is.hasTwice(
        [...listOf(devices), ...new Set(listOf(volumeMounts).map((one) => one?.name))].map((one) => one?.name ?? one),
        String,
      ),
    'volumes that are not mounted as folders',
  ),
  refuse('volumeMounts[].mountPath', is.isEmpty, 'a path'),
  refuse('volumeMounts[].name', is.isEmpty, 'the name of a volume'),
  is.choice('volumeMounts[].recursiveReadOnly', 'Disabled', 'Enabled', 'IfPossible'),
  refuse(
    'volumeMounts[].recursiveReadOnly',
    (mode, { mountPropagation = 'None' }) => mode !== 'Disabled' && mountPropagation !== 'None',
    'no mountPropagation beside it',
  ),
  refuse(
    'volumeMounts[].recursiveReadOnly',
    (mode, { readOnly }) => mode !== 'Disabled' && readOnly !== true,
    'readOnly: true beside it',
  ),
];

const PROBES: readonly Condition[] = ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe) => [
  ...['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'].map((field) =>
    refuse(`${probe}.${field}`, is.isNegative, is.FROM_ZERO),
  ),
  ...['httpGet', 'tcpSocket'].map((action) => refuse(`${probe}.${action}.port`, is.isNoPortOrName, is.PORT_OR_NAME)),
  refuse(`${probe}.grpc.port`, is.isNoPort, is.PORT),
  refuse(`${probe}.exec.command`, is.isEmpty, 'a command'),
  need(`${probe}.exec.command`, () => true, 'a command'),
  refuse(
    `${probe}.httpGet.httpHeaders[].name`,
    (name) => typeof name === 'string' && !/^[-A-Za-z0-9]+$/.test(name),
    'the name of a header',
  ),
  ...(probe === 'readinessProbe'
    ? [
        refuse(
          `${probe}.terminationGracePeriodSeconds`,
          () => true,
          'none of the field, since a readiness probe ends no container',
        ),
      ]
    : [refuse(`${probe}.terminationGracePeriodSeconds`, is.isBelow(1), 'a number from 1')]),
]);

const HOOKS: readonly Condition[] = ['postStart', 'preStop'].flatMap((hook) => [
  refuse(
    `lifecycle.${hook}`,
    is.isNotOne('exec', 'httpGet', 'tcpSocket', 'sleep'),
    'exactly one of exec, httpGet, tcpSocket, sleep',
  ),
  ...['httpGet', 'tcpSocket'].map((action) =>
    refuse(`lifecycle.${hook}.${action}.port`, is.isNoPortOrName, is.PORT_OR_NAME),
  ),
  need(`lifecycle.${hook}.exec.command`, () => true, 'a command'),
  refuse(`lifecycle.${hook}.exec.command`, is.isEmpty, 'a command'),
]);

const ports: readonly Condition[] = [
  refuse('ports[].containerPort', is.isNoPort, is.PORT),
  refuse('ports[].hostPort', is.isOutside(0, 65535), is.PORT),
];

const security: readonly Condition[] = [
  refuse(
    'securityContext.allowPrivilegeEscalation',
    (allow, { privileged }) => allow === false && privileged === true,
    'true, since the container is privileged',
  ),
  refuse(
    'securityContext.allowPrivilegeEscalation',
    (allow, { capabilities }) => allow === false && listOf(capabilities?.add).includes('CAP_SYS_ADMIN'),
    'true, since the container has CAP_SYS_ADMIN',
  ),
  ...['runAsUser', 'runAsGroup'].map((field) =>
    refuse(`securityContext.${field}`, is.isOutside(0, 2 ** 31 - 1), 'a number from 0 to 2147483647'),
  ),
];

/** What the API server refuses in a container. Source: Kubernetes, pkg/apis/core/validation. */
export const CONTAINER: readonly Condition[] = [
  need('image', () => true, 'an image'),
  refuse('image', is.isEmpty, 'an image'),
  need('name', () => true, 'a name'),
  ...ports,
  ...VARIABLES,
  ...MOUNTS,
  ...PROBES,
  ...HOOKS,
  ...RESOURCES,
  ...security,
  ...PROFILES,
];

/** What the API server refuses in a container that runs before the others, and is no sidecar. */
export const INIT_CONTAINER: readonly Condition[] = [
  'startupProbe',
  'livenessProbe',
  'readinessProbe',
  'lifecycle',
].map((field) => refuse(field, () => true, 'none of the field in a container that only runs before the others'));
