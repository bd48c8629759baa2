import { type Condition, refuse } from './condition';

const OF_POD = [
  'seLinuxOptions',
  'seccompProfile',
  'appArmorProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
];

/** What the API server refuses in a pod whose `os.name` is windows. */
export const WINDOWS_POD: readonly Condition[] = [
  ...OF_POD.map((field) => `securityContext.${field}`),
  ...['hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace'],
].map((field) => refuse(field, (value) => value !== false, 'none of the field, since os.name is windows'));

const OF_CONTAINER = [
  'seLinuxOptions',
  'seccompProfile',
  'appArmorProfile',
  'runAsUser',
  'runAsGroup',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
];

/** What the API server refuses in a container of a Windows pod. */
export const WINDOWS_CONTAINER: readonly Condition[] = OF_CONTAINER.map((field) =>
  refuse(`securityContext.${field}`, () => true, 'none of the field, since os.name is windows'),
);
