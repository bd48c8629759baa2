/** What selects the pods of a component: the seed's labels, and nothing else, since selectors are immutable. */
export function selectorOf(component: { readonly system: string; readonly name: string }): Record<string, string> {
  return { app: component.system, component: component.name };
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
