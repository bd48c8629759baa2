import type { ManifestObject } from '../manifests/object';
import type { Violation } from './cluster/violation';

const NAME = 'exemptions';

/** `exempt.berth.dev/<rule>: <reason>` on an object leaves that object out of the rule. */
const EXEMPT = 'exempt.berth.dev/';

export interface Exemption {
  readonly object: ManifestObject;
  readonly rule: string;
  readonly reason: string;
}

/** Two words at least: "true" or "x" says nothing to the next who reads it. */
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
 * Leaves out what objects are exempt from. An exemption without a reason, of an unknown rule, or of a rule that finds nothing
 * any more is a violation itself: it would hide the next fault.
 *
 * @param judged the rules that were applied; exemptions from others cannot be judged
 * @param known the names of all rules
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
    if (!isReason(reason)) continue;
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
      return violation('given no reason, expected why this object need not keep the rule, in a few words');
    const stale = judged.includes(rule) && !used.has(`${rule} ${objects.indexOf(object)}`);
    return stale ? violation('exempts from what the object keeps anyway; remove it, or it hides the next fault') : [];
  });
  return [...rest, ...invalid];
}
