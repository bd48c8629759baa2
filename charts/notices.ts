/** An object, as far as notices look at it. */
export interface NamedData {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * What an operator should hear of a change, beside its diff.
 *
 * @param objects all objects of a system
 * @param before one of them as it was before, or undefined when it is new
 */
export type Notices = (objects: readonly NamedData[], before: (object: NamedData) => NamedData | undefined) => string[];
