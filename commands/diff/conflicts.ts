/** Fields that another manager owns, and that an apply would change. */
export interface Conflict {
  readonly manager: string;
  readonly paths: readonly string[];
}

/**
 * The conflicts in the error of an apply. Source: kubernetes.io, Server-Side Apply, Conflicts; the format is kubectl's:
 * `conflicts with "kubectl" with subresource "scale" using apps/v1: .spec.replicas`, or several fields on lines of their own.
 */
export function conflictsIn(error: string): Conflict[] {
  const [, ...parts] = error.split(/conflicts? with "/);
  return parts.map((part) => {
    const [, manager = '', subresource] = /^([^"]*)"(?: with subresource "([^"]*)")?/.exec(part) ?? [];
    const paths = [...part.matchAll(/(?:^- |: )(\.[^\n]*)/gm)].map(([, path]) => path as string);
    return { manager: subresource === undefined ? manager : `${manager} (${subresource})`, paths };
  });
}
