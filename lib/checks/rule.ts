import type { ClusterIndex } from './cluster/cluster-index';
import type { Violation } from './cluster/violation';
import type { Intent } from './intent';

/** A rule for generated objects, with its explanation (`npm run check -- --explain RULE`). */
export interface Rule {
  /** The name of its file. */
  readonly name: string;
  /** What goes wrong in a cluster if the rule is violated, in a few sentences. */
  readonly rationale: string;
  /** A short manifest that violates it. */
  readonly wrong: string;
  /** The corrected manifest. */
  readonly right: string;
  /** Whether it compares objects with the intent, and is skipped without it. @default false */
  readonly needsIntent?: boolean;
  /**
   * Finds the violations, in the order of the objects. It is a pure function.
   *
   * @param intent the intended behaviour. @default - unknown
   */
  judge(cluster: ClusterIndex, intent?: Intent): Violation[];
}
