import type { ClusterIndex } from './cluster/cluster-index';
import type { Violation } from './cluster/violation';
import type { Intent } from './intent';

/** One rule over finished objects: what it finds, and how it explains itself (`npm run check -- --explain RULE`). */
export interface Rule {
  /** As its file is called. */
  readonly name: string;
  /** What goes wrong in a cluster where the rule does not hold, in a few sentences. */
  readonly rationale: string;
  /** A short manifest that breaks it. */
  readonly wrong: string;
  /** The same, mended. */
  readonly right: string;
  /** It compares objects with what was meant, and finds nothing where that is not known. @default false */
  readonly needsIntent?: boolean;
  /**
   * Pure: the same objects give the same violations, in the order of the objects.
   *
   * @param intent what was meant, where that is known
   */
  judge(cluster: ClusterIndex, intent?: Intent): Violation[];
}
