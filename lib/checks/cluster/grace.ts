import { type Container, containersOf, listOf, numberOr, type Pod } from './pods';
import type { FieldFinding } from './violation';

/** Seconds of each unit of `sleep`. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };

/** `sleep 60`, `sleep 1m` of a shell and `time.sleep(60)` of Python. */
const SLEEP = /\bsleep(?:\s{1,8}|\s{0,8}\(\s{0,8})(\d{1,9}(?:\.\d{1,9})?)([smhd]?)(?![\w.])/g;

/** The time of the grace period that must remain for open requests, in seconds. */
const LEAST_SECONDS_TO_DRAIN = 5;

const graceOf = ({ spec }: Pod): number => numberOr(spec.terminationGracePeriodSeconds, 30);

/** The seconds that the preStop hook of a container sleeps, by a command or by the `sleep` action. */
function preStopSeconds({ fields }: Container): number {
  const preStop = fields.lifecycle?.preStop;
  const command = listOf(preStop?.exec?.command)
    .filter((word) => typeof word === 'string')
    .join(' ');
  const slept = [...command.matchAll(SLEEP)].map(([, count, unit]) => Number(count) * (UNITS[unit || 's'] as number));
  return slept.reduce((sum, seconds) => sum + seconds, numberOr(preStop?.sleep?.seconds, 0));
}

/** A grace period that is too short for the preStop hook, which is part of it. Source: kubernetes.io, Container Lifecycle Hooks. */
export function drainFindings(pod: Pod): FieldFinding[] {
  const grace = graceOf(pod);
  const sleep = Math.max(0, ...containersOf(pod).map(preStopSeconds));
  const least = sleep + LEAST_SECONDS_TO_DRAIN;
  return grace >= least
    ? []
    : [
        {
          path: `${pod.path}.terminationGracePeriodSeconds`,
          message: `given ${grace} s, expected at least ${least} s: ${sleep} s that preStop sleeps, and ${LEAST_SECONDS_TO_DRAIN} s to drain`,
        },
      ];
}

/**
 * `sleep` actions that the API server refuses: longer than the grace period (postStart included) or, before 1.33, of 0 seconds.
 * Source: Kubernetes, validateSleepAction of pkg/apis/core/validation.
 */
export function sleepFindings(pod: Pod): FieldFinding[] {
  const grace = graceOf(pod);
  return containersOf(pod).flatMap(({ path, fields }) =>
    ['postStart', 'preStop'].flatMap((hook) => {
      const seconds: unknown = fields.lifecycle?.[hook]?.sleep?.seconds;
      if (typeof seconds !== 'number' || (seconds >= 1 && seconds <= grace)) return [];
      const message = `given ${seconds}, expected at least 1 and at most ${grace}, the seconds of the grace period`;
      return [{ path: `${path}.lifecycle.${hook}.sleep.seconds`, message }];
    }),
  );
}
