import type { Problem } from '../base/problem';
import { valueAt } from './parse';
import type { PlatformConfig } from './platform';

/** Checked settings of a system, with their places. */
interface Located {
  readonly values: unknown;
  readonly locate: (path: readonly PropertyKey[]) => Omit<Problem, 'message'>;
}

/** Finds systems whose logs have to be kept for longer than Loki of the platform keeps them. */
export function logProblems(systems: readonly Located[], { monitoring }: PlatformConfig): Problem[] {
  const kept = monitoring?.loki?.retentionDays;
  if (kept === undefined) return [];
  const path = ['requirements', 'logRetention'];
  return systems.flatMap(({ values, locate }) => {
    const days = valueAt(values, path);
    if (typeof days !== 'number' || days <= kept) return [];
    const message = `given ${days}d, and platform.yaml keeps logs for ${kept}d, expected at most ${kept}d, or a larger monitoring.loki.retentionDays there`;
    return [{ ...locate(path), message }];
  });
}
