import { formatValue, isInteger } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import type { Fields } from './pods';
import type { FieldFinding } from './violation';

const HOOKS = ['argocd.argoproj.io/hook', 'helm.sh/hook'];

/** Jobs without an end, and names of Jobs without a hash. CronJobs are checked by their template. Source: kubernetes.io, Jobs. */
export function jobFindings(object: ManifestObject): FieldFinding[] {
  const path = object.kind === 'CronJob' ? 'spec.jobTemplate.spec' : 'spec';
  const job = object.kind === 'CronJob' ? object.spec?.jobTemplate?.spec : object.spec;
  const { backoffLimit, activeDeadlineSeconds, template } = job ?? {};
  const restartPolicy = template?.spec?.restartPolicy;
  const { name, annotations } = object.metadata;
  const findings: FieldFinding[] = [];
  const report = (field: string, message: string) => findings.push({ path: field, message });
  if (!isInteger(backoffLimit, 0)) {
    report(`${path}.backoffLimit`, `given ${formatValue(backoffLimit)}, expected how often a failed pod is retried`);
  }
  if (!isInteger(activeDeadlineSeconds, 1)) {
    const message = `given ${formatValue(activeDeadlineSeconds)}, expected the seconds after which a Job is stopped`;
    report(`${path}.activeDeadlineSeconds`, message);
  }
  if (restartPolicy !== 'Never' && restartPolicy !== 'OnFailure') {
    report(`${path}.template.spec.restartPolicy`, `given ${formatValue(restartPolicy)}, expected Never or OnFailure`);
  }
  const isHook = HOOKS.some((hook) => annotations?.[hook] != null);
  if (object.kind === 'Job' && typeof name === 'string' && !isHook && !/-[0-9a-f]{8,}$/.test(name)) {
    const message = `given "${name}", expected a name that ends in a hash of the content, as in ${name}-0123abcd, since the template of a Job cannot be changed`;
    report('metadata.name', message);
  }
  return findings;
}

const MACRO = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/;
const FIELDS = /^[\w*,/?-]+(?: +[\w*,/?-]+){4}$/;

/** The least startingDeadlineSeconds. The controller checks every 10 s, so shorter deadlines are always missed. Source: kubernetes.io, CronJob. */
const MIN_DEADLINE_SECONDS = 10;

/** Invalid schedules and policies of CronJobs. */
export function cronJobFindings(object: ManifestObject): FieldFinding[] {
  const { schedule, concurrencyPolicy, startingDeadlineSeconds } = object.spec ?? {};
  const findings: FieldFinding[] = [];
  const report = (field: string, given: Fields, expected: string) =>
    findings.push({ path: `spec.${field}`, message: `given ${formatValue(given)}, expected ${expected}` });
  const isSchedule = typeof schedule === 'string' && (MACRO.test(schedule.trim()) || FIELDS.test(schedule.trim()));
  if (!isSchedule) report('schedule', schedule, 'five fields such as "0 3 * * *", or a macro such as @daily');
  if (concurrencyPolicy !== 'Forbid' && concurrencyPolicy !== 'Replace') {
    report('concurrencyPolicy', concurrencyPolicy, 'Forbid or Replace, since runs would overlap');
  }
  if (!isInteger(startingDeadlineSeconds, MIN_DEADLINE_SECONDS)) {
    const expected = `at least ${MIN_DEADLINE_SECONDS} seconds, after which a missed run is skipped`;
    report('startingDeadlineSeconds', startingDeadlineSeconds, expected);
  }
  return findings;
}
