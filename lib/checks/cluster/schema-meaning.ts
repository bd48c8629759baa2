import { isIP } from 'node:net';
import { runsOf } from '../../base/schedule';
import type { ManifestObject } from '../../manifests/object';
import { apiGroupOf } from './field-paths';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import type { FieldFinding } from './violation';

const HANDLERS = ['exec', 'grpc', 'httpGet', 'tcpSocket'];

/** A probe has exactly one handler, and startup and liveness probes need exactly one success. Source: kubernetes.io, Probe v1 core. */
function probeFindings(probe: Fields, path: string, isReadiness: boolean): FieldFinding[] {
  if (typeof probe !== 'object' || probe === null || Array.isArray(probe)) return [];
  const handlers = HANDLERS.filter((handler) => probe[handler] !== undefined && probe[handler] !== null);
  const { successThreshold } = probe;
  const findings: FieldFinding[] = [];
  if (handlers.length !== 1) {
    const given = handlers.join(' and ') || 'none of them';
    findings.push({ path, message: `given ${given}, expected exactly one of ${HANDLERS.join(', ')}` });
  }
  // Zero means the default.
  if (!isReadiness && typeof successThreshold === 'number' && successThreshold > 1) {
    findings.push({ path: `${path}.successThreshold`, message: `given ${successThreshold}, expected 1` });
  }
  return findings;
}

/** Invalid probes of a pod. */
export const podFindings = (pod: Pod): FieldFinding[] =>
  containersOf(pod).flatMap(({ fields, path }) =>
    ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe) =>
      probeFindings(fields[probe], `${path}.${probe}`, probe === 'readinessProbe'),
    ),
  );

function isBlock(text: string): boolean {
  const [, address = '', bits] = /^([^/]{1,64})\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && !address.includes('%') && Number(bits) <= (version === 4 ? 32 : 128);
}

function blockFindings(ipBlock: Fields, path: string): FieldFinding[] {
  const excepted = listOf(ipBlock?.except).map((given, index) => ({ given, path: `${path}.except[${index}]` }));
  return [{ given: ipBlock?.cidr, path: `${path}.cidr` }, ...excepted].flatMap(({ given, path: where }) =>
    typeof given !== 'string' || isBlock(given)
      ? []
      : [{ path: where, message: `given ${JSON.stringify(given.slice(0, 80))}, expected a block such as 10.0.0.0/8` }],
  );
}

const policyFindings = ({ spec }: ManifestObject): FieldFinding[] =>
  (
    [
      ['ingress', 'from'],
      ['egress', 'to'],
    ] as const
  ).flatMap(([direction, side]) =>
    listOf(spec?.[direction]).flatMap((rule, index) =>
      listOf(rule[side]).flatMap(({ ipBlock }, at) =>
        blockFindings(ipBlock, `spec.${direction}[${index}].${side}[${at}].ipBlock`),
      ),
    ),
  );

interface Unit {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names of the values, from `least` on. */
  readonly words?: readonly string[];
}

/** The units of a schedule. Sunday is 0, not 7. Source: robfig/cron v3, which the controller uses. */
const UNITS: readonly Unit[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, words: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  { name: 'day of the week', least: 0, most: 6, words: 'sun mon tue wed thu fri sat'.split(' ') },
];

function numberIn(text: string, { least, most, words = [] }: Unit): number | undefined {
  const word = words.indexOf(text.toLowerCase());
  const number = word >= 0 ? least + word : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}

/** Whether a part of a list is valid: `*`, `5` or `1-5`, optionally with a step. */
function isPart(part: string, unit: Unit): boolean {
  const [range = '', step = '1', ...more] = part.split('/');
  if (more.length > 0 || !/^0{0,4}[1-9]\d{0,4}$/.test(step)) return false;
  if (range === '*' || range === '?') return true;
  const [first, last, ...others] = range.split('-').map((end) => numberIn(end, unit));
  return (
    others.length === 0 && first !== undefined && (range.includes('-') ? last !== undefined && first <= last : true)
  );
}

/** Invalid fields of a schedule. The number of fields is checked by the rule "rollout". */
function scheduleFindings({ spec }: ManifestObject, units: readonly Unit[]): FieldFinding[] {
  const given: unknown = spec?.schedule;
  const fields = typeof given === 'string' ? given.trim().split(/\s+/) : [];
  if (fields.length !== units.length) return [];
  const findings = units.flatMap((unit, index) => {
    const field = fields[index] as string;
    if (field.split(',').every((part) => isPart(part, unit))) return [];
    const message = `given ${JSON.stringify(field.slice(0, 80))} as the ${unit.name}, expected ${unit.least} to ${unit.most}`;
    return [{ path: 'spec.schedule', message }];
  });
  if (findings.length > 0 || runsOf(given) !== 0) return findings;
  return [
    {
      path: 'spec.schedule',
      message: `given ${JSON.stringify(given)}, a date that no year has, expected one: it never runs`,
    },
  ];
}

/** Schedules of CloudNativePG have six fields with seconds first. Source: cloudnative-pg.io, Backup. */
function backupFindings(object: ManifestObject): FieldFinding[] {
  const schedule: unknown = object.spec?.schedule;
  if (typeof schedule !== 'string' || schedule.startsWith('@')) return [];
  if (schedule.trim().split(/\s+/).length === 6) {
    return scheduleFindings(object, [{ name: 'second', least: 0, most: 59 }, ...UNITS]);
  }
  const message = `given ${JSON.stringify(schedule.slice(0, 80))}, expected six fields, seconds first, such as "0 0 3 * * *"`;
  return [{ path: 'spec.schedule', message }];
}

/** Invalid address blocks of NetworkPolicies, and invalid schedules. */
export function objectFindings(object: ManifestObject): FieldFinding[] {
  switch (`${apiGroupOf(object.apiVersion)}/${object.kind}`) {
    case 'networking.k8s.io/NetworkPolicy':
      return policyFindings(object);
    case 'batch/CronJob':
      return scheduleFindings(object, UNITS);
    case 'postgresql.cnpg.io/ScheduledBackup':
      return backupFindings(object);
    default:
      return [];
  }
}
