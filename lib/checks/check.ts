import type { ManifestObject } from '../manifests/object';
import { ClusterIndex } from './cluster/cluster-index';
import type { Prerequisite } from './cluster/prerequisite';
import type { JudgedViolation } from './cluster/violation';
import { exempt } from './exemptions';
import type { Intent } from './intent';
import type { Rule } from './rule';
import { apiServer } from './rules/api-server';
import { apiVersions } from './rules/api-versions';
import { asDescribed } from './rules/as-described';
import { autoscaling } from './rules/autoscaling';
import { capacity } from './rules/capacity';
import { certificates } from './rules/certificates';
import { connections } from './rules/connections';
import { databases } from './rules/databases';
import { identity } from './rules/identity';
import { images } from './rules/images';
import { limitRanges } from './rules/limit-ranges';
import { pitfalls } from './rules/pitfalls';
import { podSecurity } from './rules/pod-security';
import { quotas } from './rules/quotas';
import { reachability } from './rules/reachability';
import { references } from './rules/references';
import { refresh } from './rules/refresh';
import { rollout } from './rules/rollout';
import { schema } from './rules/schema';
import { secrets } from './rules/secrets';
import { selectors } from './rules/selectors';
import { settings } from './rules/settings';
import { storage } from './rules/storage';
import { waves } from './rules/waves';

/** All rules, in the order of their reports. */
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
  databases,
  settings,
  secrets,
  refresh,
  rollout,
  storage,
  capacity,
  quotas,
  limitRanges,
  waves,
  apiVersions,
  schema,
  apiServer,
  pitfalls,
  asDescribed,
];

/**
 * Checks all objects that are applied to one cluster.
 *
 * @param prerequisites what exists in the cluster already. @default - nothing
 * @param intent the intended behaviour. @default - unknown: rules that need it are skipped
 * @param rules the rules to apply. @default - all
 */
export function check(
  objects: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[] = [],
  intent?: Intent,
  rules: readonly Rule[] = RULES,
): JudgedViolation[] {
  const cluster = new ClusterIndex(objects, prerequisites);
  const judged = rules.filter(({ needsIntent }) => intent !== undefined || !needsIntent);
  const violations = judged.flatMap((rule) => rule.judge(cluster, intent));
  const names = (some: readonly Rule[]) => some.map(({ name }) => name);
  const levels = new Map(rules.map(({ name, level }) => [name, level]));
  // An exemption that the description does not contain is a difference from it.
  const exemptible = names(RULES.filter((rule) => rule !== asDescribed));
  return exempt(objects, violations, names(judged), exemptible).map((violation) => ({
    ...violation,
    level: violation.level ?? levels.get(violation.rule) ?? 'risk',
  }));
}
