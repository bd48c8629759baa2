import type { ManifestObject } from '../manifests/object';
import type { Violation } from './cluster/violation';

const NAME = 'exemptions';

/** The annotation `exempt.berth.dev/<rule>: <reason>` exempts an object from a rule. */
const EXEMPT = 'exempt.berth.dev/';

/** An exemption of an object from a rule. */
export interface Exemption {
  readonly object: ManifestObject;
  readonly rule: string;
  readonly reason: string;
}

/** Whether a text is a reason: at least two words. */
function isReason(text: string): boolean {
  return /\p{L}{2,}\P{L}+\p{L}+/u.test(text);
}

/** The exemptions that an object claims. */
export function exemptionsOf(object: ManifestObject): Exemption[] {
  return Object.entries(object.metadata.annotations ?? {}).flatMap(([key, reason]) =>
    key.startsWith(EXEMPT) ? [{ object, rule: key.slice(EXEMPT.length), reason: String(reason).trim() }] : [],
  );
}

/**
 * Removes violations of exempted objects. An exemption without a reason, of an unknown rule, or without a violation is a violation
 * itself, since it would hide later violations.
 *
 * @param judged the names of the rules that were applied; exemptions from other rules are not checked
 * @param known the names of all rules that allow exemptions
 */
export function exempt(
  objects: readonly ManifestObject[],
  violations: readonly Violation[],
  judged: readonly string[],
  known: readonly string[],
): Violation[] {
  const exemptions = objects.flatMap(exemptionsOf);
  if (exemptions.length === 0) return [...violations];
  const valid = new Map<ManifestObject, Set<string>>();
  for (const { object, rule, reason } of exemptions) {
    if (!isReason(reason) || !known.includes(rule)) continue;
    valid.set(object, (valid.get(object) ?? new Set()).add(rule));
  }
  const used = new Set<string>();
  const rest = violations.filter(({ object, rule }) => {
    if (!valid.get(object)?.has(rule)) return true;
    used.add(`${rule} ${objects.indexOf(object)}`);
    return false;
  });
  const invalid = exemptions.flatMap(({ object, rule, reason }): Violation[] => {
    const path = `metadata.annotations["${EXEMPT}${rule}"]`;
    const violation = (message: string) => [{ rule: NAME, object, path, message }];
    if (!known.includes(rule)) return violation(`given an unknown rule, expected one of ${known.join(', ')}`);
    if (!isReason(reason))
      return violation('given no reason, expected a few words on why the rule does not apply to this object');
    const stale = judged.includes(rule) && !used.has(`${rule} ${objects.indexOf(object)}`);
    return stale
      ? violation(
          'given an exemption from a rule that the object does not violate; remove it, or it hides later violations',
        )
      : [];
  });
  return [...rest, ...invalid];
}
