import { apiVersions } from './api-versions';
import { autoscaling } from './autoscaling';
import { certificates } from './certificates';
import { connections } from './connections';
import { exempt } from './exemptions';
import { Facts } from './facts/facts';
import { identity } from './identity';
import { images } from './images';
import type { Given, Intent } from './intent';
import { podSecurity } from './pod-security';
import { reachability } from './reachability';
import { references } from './references';
import { rollout } from './rollout';
import type { Rule } from './rule';
import { schema } from './schema';
import { secrets } from './secrets';
import { selectors } from './selectors';
import { settings } from './settings';
import { storage } from './storage';
import type { ManifestObject, Violation } from './violation';
import { waves } from './waves';

/** Every rule, in the order of its reports. */
export const RULES: readonly Rule[] = [
  references,
  selectors,
  identity,
  autoscaling,
  podSecurity,
  images,
  reachability,
  certificates,
  connections,
  settings,
  secrets,
  rollout,
  storage,
  waves,
  apiVersions,
  schema,
];

/**
 * Judges everything that is applied to one cluster.
 *
 * @param given what the cluster has already
 * @param intent what was meant; where it is not known, the rules that need it are left out
 */
export function check(objects: readonly ManifestObject[], given: readonly Given[] = [], intent?: Intent): Violation[] {
  const facts = new Facts(objects, given);
  const judged = RULES.filter(({ needsIntent }) => intent !== undefined || !needsIntent);
  const violations = judged.flatMap((rule) => rule.judge(facts, intent));
  const names = (rules: readonly Rule[]) => rules.map(({ name }) => name);
  return exempt(objects, violations, names(judged), names(RULES));
}
