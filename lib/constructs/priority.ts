import type { Placement, Priority } from '../model/kubernetes';

/** The fields of a PriorityClass. */
interface PriorityFacts {
  readonly description: string;
  readonly value: number;
  /** Whether its pods preempt pods with a lower priority, or stay pending. */
  readonly preempts: boolean;
}

/**
 * The priorities. `background` is below pods without a priority (0), but above -10, below which cluster autoscalers add no nodes for
 * pending pods. Source: Cluster Autoscaler FAQ, "How does Cluster Autoscaler work with Pod Priority and Preemption?"
 */
export const PRIORITIES = {
  data: { value: 2000, preempts: true, description: 'Databases and the poolers in front of them' },
  serving: { value: 1000, preempts: true, description: 'Workloads that serve customers, and their dependencies' },
  background: { value: -1, preempts: false, description: 'Tasks that can wait; they preempt no pods' },
} as const satisfies Readonly<Record<Priority, PriorityFacts>>;

/** The name of a priority's PriorityClass. The prefix avoids conflicts with other PriorityClasses of the cluster. */
export function priorityClassOf(priority: Priority): string {
  return `berth-${priority}`;
}

/** The priority fields of a pod. None if the platform does not make the classes, since Kubernetes rejects pods with an unknown class. */
export function priorityOf(
  priority: Priority,
  { priorityClasses }: Placement,
): { readonly priorityClassName?: string } {
  return priorityClasses ? { priorityClassName: priorityClassOf(priority) } : {};
}
