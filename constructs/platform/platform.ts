/** Everything that is known of what a cluster needs once, before it becomes objects. */
export interface Platform {
  readonly name: string;
  /** Whether the PriorityClasses are made. */
  readonly priorityClasses: boolean;
}
