import { FIELDS } from './pod-security-fields';
import { at, type Container, containersOf, type Fields, listOf, type Pod } from './pods';

/** A violation of a control: the field, its value and the expected value. */
export interface ControlFinding {
  readonly path: string;
  readonly given: unknown;
  readonly expected: string;
}

/** A pod's spec or a container, which may have a security context. */
interface SecurityContextHolder {
  readonly path: string;
  readonly fields: Fields;
}

/** A pod with the parts that controls check. */
export interface Subject {
  readonly pod: Pod;
  readonly containers: readonly Container[];
  /** The pod itself, then its containers. */
  readonly holders: readonly SecurityContextHolder[];
  /** Whether it runs on Windows, where Linux-only fields are not allowed and therefore not checked. */
  readonly isWindows: boolean;
}

/** The parts of a pod that controls check. */
export function subjectOf(pod: Pod): Subject {
  const containers = containersOf(pod);
  return {
    pod,
    containers,
    holders: [{ path: pod.path, fields: pod.spec }, ...containers],
    isWindows: at(pod.spec, 'os.name') === 'windows',
  };
}

/** A control of a Pod Security Standard. */
export type Control = (subject: Subject) => ControlFinding[];

const isUnset = (value: unknown): value is undefined | null => value === undefined || value === null;

const KEYED = FIELDS.map((control) => ({ ...control, keys: control.field.split('.') }));

function fieldFindings({ containers, holders }: Subject): ControlFinding[] {
  const findings: ControlFinding[] = [];
  for (const { field, keys, of, allows, expected } of KEYED) {
    for (const { path, fields } of of === 'both' ? holders : of === 'pod' ? holders.slice(0, 1) : containers) {
      let given = fields;
      for (const key of keys) given = given?.[key];
      if (!isUnset(given) && !allows(given)) findings.push({ path: `${path}.${field}`, given, expected });
    }
  }
  return findings;
}

/** AppArmor and seccomp profiles with an invalid type. Source: kubernetes.io, Pod Security Standards, AppArmor and Seccomp. */
function profileFindings({ holders, isWindows }: Subject): ControlFinding[] {
  const profiles = ['appArmorProfile', ...(isWindows ? [] : ['seccompProfile'])];
  return holders.flatMap(({ path, fields }) =>
    profiles.flatMap((profile) => {
      const there = at(fields, `securityContext.${profile}`);
      if (isUnset(there) || ['RuntimeDefault', 'Localhost'].includes(there.type)) return [];
      return [
        { path: `${path}.securityContext.${profile}.type`, given: there.type, expected: 'RuntimeDefault or Localhost' },
      ];
    }),
  );
}

const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';

/** AppArmor annotations, which were used before 1.30. */
function appArmorAnnotations({ pod }: Subject): ControlFinding[] {
  const metadata = pod.path.replace(/spec$/, 'metadata');
  return Object.entries(pod.annotations).flatMap(([key, given]) =>
    !key.startsWith(APPARMOR) || /^$|^runtime\/default$|^localhost\//.test(String(given))
      ? []
      : [{ path: `${metadata}.annotations["${key}"]`, given, expected: 'runtime/default or localhost/<profile>' }],
  );
}

/** Containers without a seccomp profile, neither their own nor the pod's. */
function seccompFindings({ pod, containers, isWindows }: Subject): ControlFinding[] {
  if (isWindows || !isUnset(at(pod.spec, 'securityContext.seccompProfile'))) return [];
  return containers.flatMap(({ path, fields }) =>
    isUnset(at(fields, 'securityContext.seccompProfile'))
      ? [
          {
            path: `${path}.securityContext.seccompProfile.type`,
            given: undefined,
            expected: 'RuntimeDefault or Localhost, here or for the whole pod',
          },
        ]
      : [],
  );
}

function capabilityFindings({ containers, isWindows }: Subject): ControlFinding[] {
  if (isWindows) return [];
  return containers.flatMap(({ path: container, fields }) => {
    const path = `${container}.securityContext.capabilities`;
    const { drop, add } = at(fields, 'securityContext.capabilities') ?? {};
    const added = listOf(add).flatMap((given, index) =>
      given === 'NET_BIND_SERVICE'
        ? []
        : [{ path: `${path}.add[${index}]`, given, expected: 'no capability but NET_BIND_SERVICE' }],
    );
    return listOf(drop).includes('ALL')
      ? added
      : [{ path: `${path}.drop`, given: drop, expected: '["ALL"]' }, ...added];
  });
}

function escalationFindings({ containers, isWindows }: Subject): ControlFinding[] {
  return isWindows ? [] : mustBe(containers, 'securityContext.allowPrivilegeEscalation', false);
}

/** Findings where a field does not have a value. */
export function mustBe(holders: readonly SecurityContextHolder[], field: string, value: boolean): ControlFinding[] {
  return holders.flatMap(({ path, fields }) => {
    const given = at(fields, field);
    return given === value ? [] : [{ path: `${path}.${field}`, given, expected: String(value) }];
  });
}

/** The pod's value is the default of its containers, and may not be false even if all containers set it. */
function nonRootFindings({ pod, containers }: Subject): ControlFinding[] {
  const field = 'securityContext.runAsNonRoot';
  const ofPod = at(pod.spec, field);
  if (!isUnset(ofPod) && ofPod !== true) return [{ path: `${pod.path}.${field}`, given: ofPod, expected: 'true' }];
  const judged = ofPod === true ? containers.filter(({ fields }) => !isUnset(at(fields, field))) : containers;
  return mustBe(judged, field, true);
}

function hostPortFindings({ containers }: Subject): ControlFinding[] {
  return containers.flatMap(({ path, fields }) =>
    listOf(at(fields, 'ports')).flatMap(({ hostPort: given }, index) =>
      isUnset(given) || given === 0
        ? []
        : [{ path: `${path}.ports[${index}].hostPort`, given, expected: 'none of the field; a Service gives a port' }],
    ),
  );
}

/** The safe sysctls of all maintained releases. 1.37 adds two more. */
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  ...'ip_local_port_range ip_local_reserved_ports ip_unprivileged_port_start ping_group_range tcp_fin_timeout tcp_keepalive_intvl tcp_keepalive_probes tcp_keepalive_time tcp_rmem tcp_syncookies tcp_wmem'
    .split(' ')
    .map((name) => `net.ipv4.${name}`),
];

function sysctlFindings({ pod }: Subject): ControlFinding[] {
  return listOf(at(pod.spec, 'securityContext.sysctls')).flatMap(({ name: given }, index) =>
    SYSCTLS.includes(given)
      ? []
      : [{ path: `${pod.path}.securityContext.sysctls[${index}].name`, given, expected: 'one of the safe sysctls' }],
  );
}

const VOLUMES = 'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' ');

function volumeFindings({ pod }: Subject): ControlFinding[] {
  return listOf(pod.spec.volumes).flatMap((volume, index) => {
    if (typeof volume !== 'object') return [];
    const types = Object.keys(volume).filter((key) => key !== 'name' && !isUnset(volume[key]));
    return types
      .filter((type) => !VOLUMES.includes(type))
      .map((type) => ({
        path: `${pod.path}.volumes[${index}].${type}`,
        given: `a volume of type ${type}`,
        expected: `one of ${VOLUMES.join(', ')}`,
      }));
  });
}

/** All controls of the standard "restricted", which includes those of "baseline". */
export const STANDARD: readonly Control[] = [
  fieldFindings,
  profileFindings,
  appArmorAnnotations,
  seccompFindings,
  capabilityFindings,
  escalationFindings,
  nonRootFindings,
  hostPortFindings,
  sysctlFindings,
  volumeFindings,
];
