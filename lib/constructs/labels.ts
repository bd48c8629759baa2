/**
 * What selects the pods of a workload: the seed's labels, and nothing else, since selectors are immutable; or the labels that an
 * operator gives to pods which it makes.
 */
export function selectorOf(pods: {
  readonly system: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}): Record<string, string> {
  return pods.labels === undefined ? { app: pods.system, component: pods.name } : { ...pods.labels };
}

/** The labels of each object: the seed's, and the recommended ones of kubernetes.io beside them. */
export function labelsOf(system: string, component?: string): Record<string, string> {
  return {
    app: system,
    ...(component === undefined ? {} : { component, 'app.kubernetes.io/name': component }),
    'app.kubernetes.io/part-of': system,
    'app.kubernetes.io/managed-by': 'berth',
  };
}

/** What selects a component's pods, as kubectl takes it. */
export function labelsText(system: string, name: string): string {
  return Object.entries(selectorOf({ system, name }))
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
}
