import type { ManifestObject } from '../manifests/object';

/** The risks to consider before a change is applied, the most severe first, with their display names. */
export const RISKS = {
  data: 'data at risk',
  immutable: 'immutable field',
  tenantDisabled: 'tenant disabled',
  hostRemoved: 'host no longer served',
  accessWidened: 'access widened',
  conflict: 'owned by another manager',
  replicas: 'replicas of an autoscaled workload',
  secret: 'secret needed',
  alertRemoved: 'alert removed',
  budget: 'budget lowered',
  rolls: 'rolls pods',
  runs: 'runs a Job',
} as const;

/** The key of a risk. */
export type Risk = keyof typeof RISKS;

/** A risk of one object's change. */
export interface Mark {
  readonly risk: Risk;
  /** What happens, and the remedy if there is one. */
  readonly message: string;
}

/** A mark with its object. */
export interface ObjectMark extends Mark {
  readonly object: ManifestObject;
}

const RISK_ORDER = Object.keys(RISKS) as Risk[];

/** The rank of the most severe of some marks: 0 is the most severe. Without marks it is the number of risks. */
export function gravity(marks: readonly Mark[]): number {
  return Math.min(RISK_ORDER.length, ...marks.map(({ risk }) => RISK_ORDER.indexOf(risk)));
}
