/** A control of an optional field: if it is set, only some values are allowed. */
export interface FieldControl {
  readonly field: string;
  readonly of: 'pod' | 'containers' | 'both';
  readonly allows: (value: unknown) => boolean;
  readonly expected: string;
}

const oneOf =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value);

const SELINUX_TYPES = ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const HANDLERS = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle.postStart', 'lifecycle.preStop'];

/**
 * Source: kubernetes.io, Pod Security Standards. Stricter controls of releases after 1.28 are included (`host` of a probe, 1.34), and
 * so are relaxed ones if every maintained release has them (container_engine_t, 1.31).
 */
export const FIELDS: readonly FieldControl[] = [
  ...['hostNetwork', 'hostPID', 'hostIPC'].map(
    (field): FieldControl => ({ field, of: 'pod', allows: oneOf(false), expected: 'false or none of the field' }),
  ),
  {
    field: 'securityContext.windowsOptions.hostProcess',
    of: 'both',
    allows: oneOf(false),
    expected: 'false or none of the field',
  },
  {
    field: 'securityContext.privileged',
    of: 'containers',
    allows: oneOf(false),
    expected: 'false or none of the field',
  },
  {
    field: 'securityContext.procMount',
    of: 'containers',
    allows: oneOf('Default'),
    expected: 'Default or none of the field',
  },
  {
    field: 'securityContext.seLinuxOptions.type',
    of: 'both',
    allows: oneOf('', ...SELINUX_TYPES),
    expected: `one of ${SELINUX_TYPES.join(', ')}`,
  },
  ...['user', 'role'].map(
    (field): FieldControl => ({
      field: `securityContext.seLinuxOptions.${field}`,
      of: 'both',
      allows: oneOf(''),
      expected: 'none of the field',
    }),
  ),
  { field: 'securityContext.runAsUser', of: 'both', allows: (user) => user !== 0, expected: 'a user other than root' },
  ...HANDLERS.flatMap((handler) =>
    ['httpGet', 'tcpSocket'].map(
      (kind): FieldControl => ({
        field: `${handler}.${kind}.host`,
        of: 'containers',
        allows: oneOf(''),
        expected: "none of the field, so that the pod's own address is probed",
      }),
    ),
  ),
];
