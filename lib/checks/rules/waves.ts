import { groupBy } from '../../base/group';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { apiGroupOf } from '../cluster/field-paths';
import { isPolicy } from '../cluster/policies';
import { referencesIn } from '../cluster/references';
import { secretMakers } from '../cluster/secret-keys';
import { selectionOf, selectorOf } from '../cluster/selection';
import type { Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'waves';
const ANNOTATION = 'argocd.argoproj.io/sync-wave';
const HOOK = 'argocd.argoproj.io/hook';
const PATH = `metadata.annotations.${ANNOTATION}`;

/** Kinds whose health says how things went: Argo CD takes them for broken until there are metrics, or after a run that failed. */
const LAST_WAVE_KINDS = new Set(['HorizontalPodAutoscaler', 'CronJob']);

/** Policies stand before what they guard, although they name it. */
const ENVOY_POLICIES = 'gateway.envoyproxy.io';

/** When Argo CD applies an object: by its phase, then by its wave. Source: Argo CD, Sync Phases and Waves. */
function waveOf({ metadata }: ManifestObject): number {
  const hook = String(metadata.annotations?.[HOOK] ?? '');
  if (hook.includes('PreSync')) return Number.NEGATIVE_INFINITY;
  if (/PostSync|SyncFail|PostDelete|PreDelete/.test(hook)) return Number.POSITIVE_INFINITY;
  const wave = Number(metadata.annotations?.[ANNOTATION] ?? 0);
  return Number.isInteger(wave) ? wave : 0;
}

/** "wave -3", "a PreSync hook" */
function showWave(object: ManifestObject): string {
  const wave = waveOf(object);
  return Number.isFinite(wave) ? `wave ${wave}` : `a ${object.metadata.annotations?.[HOOK]} hook`;
}

/** What is applied before something that it needs. */
function appliedTooEarly(cluster: ClusterIndex): Violation[] {
  const pods = new Map(cluster.pods.map((pod) => [pod.owner, pod]));
  const makers = secretMakers(cluster);
  return cluster.objects.flatMap((object) => {
    if (apiGroupOf(object.apiVersion) === ENVOY_POLICIES) return [];
    return referencesIn(object, pods.get(object)).flatMap(({ kind, namespace, name }) => {
      const maker = kind === 'Secret' ? makers.get(`${namespace}/${name}`) : undefined;
      const needed = maker ?? cluster.find(kind, namespace, name);
      if (needed === undefined || waveOf(object) >= waveOf(needed)) return [];
      const what = maker === undefined || maker.kind === 'Secret' ? '' : `, which makes Secret "${name}"`;
      const message = `given ${showWave(object)}, expected at least ${waveOf(needed)}: it needs ${objectName(needed)}${what}`;
      return [{ rule: NAME, object, path: PATH, message }];
    });
  });
}

/** Policies that come after pods that they hold for. */
function appliedTooLate(cluster: ClusterIndex): Violation[] {
  const selection = selectionOf(cluster);
  return cluster.objects.filter(isPolicy).flatMap((object) => {
    const { namespace = 'default' } = object.metadata;
    const guarded = selection.podsIn(namespace, selectorOf(object.spec?.podSelector)).map(({ owner }) => owner);
    const first = guarded.find((owner) => waveOf(owner) < waveOf(object));
    if (first === undefined) return [];
    const message = `given ${showWave(object)}, expected at most ${waveOf(first)}: until then it does not hold for the pods of ${objectName(first)}`;
    return [{ rule: NAME, object, path: PATH, message }];
  });
}

/** What would stop a sync because of how an earlier one went. */
function syncBlockers(cluster: ClusterIndex): Violation[] {
  const systems = groupBy(cluster.objects, ({ metadata }) => String(metadata.labels?.['app.kubernetes.io/part-of']));
  return [...systems.values()].flatMap((objects) => {
    const last = objects.reduce((found, object) => Math.max(found, waveOf(object)), Number.NEGATIVE_INFINITY);
    return objects
      .filter((object) => LAST_WAVE_KINDS.has(object.kind) && waveOf(object) < last)
      .map((object) => {
        const message = `given ${showWave(object)}, expected ${last}, the last: Argo CD waits for the health of all others, and a ${object.kind} may be unhealthy for reasons of its own`;
        return { rule: NAME, object, path: PATH, message };
      });
  });
}

/** Argo CD applies nothing before what it needs, and waits for nothing that says how an earlier run went. */
export const waves: Rule = {
  name: NAME,
  rationale: `Argo CD applies wave after wave, and begins one when all that is in those before is healthy. A pod in an earlier wave than
its Secret waits for something that waits for it, and the sync never ends. A policy in a later wave than its pods lets everybody in
until then. An autoscaler without metrics and a CronJob whose last run failed are not healthy: in any wave but the last they
stop a release that could not have mended them.`,
  wrong: `apiVersion: v1
kind: Secret
metadata: { name: keys, namespace: default, annotations: { argocd.argoproj.io/sync-wave: "1" } }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: default }
spec:
  containers:
    - { name: api, image: "example.com/api:1.0.0", envFrom: [{ secretRef: { name: keys } }] }
`,
  right: `apiVersion: v1
kind: Secret
metadata: { name: keys, namespace: default, annotations: { argocd.argoproj.io/sync-wave: "-1" } }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: default }
spec:
  containers:
    - { name: api, image: "example.com/api:1.0.0", envFrom: [{ secretRef: { name: keys } }] }
`,
  judge: (cluster) => [...appliedTooEarly(cluster), ...appliedTooLate(cluster), ...syncBlockers(cluster)],
};
