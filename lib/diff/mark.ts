import type { ManifestObject } from '../manifests/object';

/** What people have to think about before a change is applied, the gravest first. */
export const RISKS = {
  data: 'data at risk',
  immutable: 'immutable field',
  tenantDisabled: 'tenant disabled',
  accessWidened: 'access widened',
  conflict: 'owned by somebody else',
  replicas: 'replicas of an autoscaled workload',
  secret: 'secret needed',
  alertRemoved: 'alert removed',
  budget: 'budget lowered',
  rolls: 'rolls pods',
  runs: 'runs anew',
} as const;

export type Risk = keyof typeof RISKS;

/** A risk of one object's change. */
export interface Mark {
  readonly risk: Risk;
  /** What will happen, and where there is something to do, what. */
  readonly message: string;
}

/** A mark, and the object that it is of. */
export interface Marked extends Mark {
  readonly object: ManifestObject;
}

const RISK_ORDER = Object.keys(RISKS) as Risk[];

/** The place of a mark in the order of risks; of nothing, the last. */
export function gravity(marks: readonly Mark[]): number {
  return Math.min(RISK_ORDER.length, ...marks.map(({ risk }) => RISK_ORDER.indexOf(risk)));
}
