import { at, type Fields } from '../checks/cluster/pods';
import type { Change } from '../manifests/change';

/** The values at a path of keys before and after a change. */
export function valuesAt({ before, after }: Change, path: string): { readonly before: Fields; readonly after: Fields } {
  return { before: at(before, path), after: at(after, path) };
}
