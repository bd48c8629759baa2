import type { Placement, Priority } from '../model/kubernetes';

/** What a priority is for, and what it does. */
interface PriorityFacts {
  readonly description: string;
  readonly value: number;
  /** Whether its pods push others out where there is no room, or wait. */
  readonly preempts: boolean;
}

/**
 * Whose pods come first where there is no room for all. What can wait is below pods of no priority, and not so far below that
 * cluster autoscalers no longer make room for it (-10).
 */
export const PRIORITIES = {
  data: { value: 2000, preempts: true, description: 'Data that everything else stands on, and what leads to them' },
  serving: { value: 1000, preempts: true, description: 'What serves customers, and what that waits for' },
  background: { value: -1, preempts: false, description: 'Tasks that can wait, and push nobody out' },
} as const satisfies Readonly<Record<Priority, PriorityFacts>>;

/** The name of its PriorityClass, which is nobody else's. */
export function priorityClassOf(priority: Priority): string {
  return `berth-${priority}`;
}

/** Only where the platform makes the classes: Kubernetes refuses pods of one that there is not. */
export function priorityOf(
  priority: Priority,
  { priorityClasses }: Placement,
): { readonly priorityClassName?: string } {
  return priorityClasses ? { priorityClassName: priorityClassOf(priority) } : {};
}
