/**
 * The labels that select the pods of a workload: only the two labels of the seed, since selectors are immutable. For pods that an operator
 * makes, its labels.
 */
export function selectorOf(pods: {
  readonly system: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}): Record<string, string> {
  return pods.labels === undefined ? { app: pods.system, component: pods.name } : { ...pods.labels };
}

/** The labels of each object: those of the seed, and the recommended ones. Source: kubernetes.io, Recommended Labels. */
export function labelsOf(system: string, component?: string): Record<string, string> {
  return {
    app: system,
    ...(component === undefined ? {} : { component, 'app.kubernetes.io/name': component }),
    'app.kubernetes.io/part-of': system,
    'app.kubernetes.io/managed-by': 'berth',
  };
}

/** The selector of a component's pods for `kubectl -l`. */
export function labelsText(system: string, name: string): string {
  return Object.entries(selectorOf({ system, name }))
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
}
