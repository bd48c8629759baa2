import { groupBy } from '../../base/group';
import { type ManifestObject, objectName } from '../../manifests/object';
import { unknownWords } from '../cluster/argocd-words';
import type { ClusterIndex } from '../cluster/cluster-index';
import { apiGroupOf } from '../cluster/field-paths';
import { listOf } from '../cluster/pods';
import { isPolicy } from '../cluster/policies';
import { referencesByObject } from '../cluster/references';
import { secretMakers } from '../cluster/secret-keys';
import { selectionOf, selectorOf } from '../cluster/selection';
import type { Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'waves';
const ANNOTATION = 'argocd.argoproj.io/sync-wave';
const HOOK = 'argocd.argoproj.io/hook';
const HELM_HOOK = 'helm.sh/hook';
const HELM_WEIGHT = 'helm.sh/hook-weight';
const PATH = `metadata.annotations.${ANNOTATION}`;

/** Kinds that are unhealthy until there are metrics, or after a failed run. Argo CD waits for their health. */
const LAST_WAVE_KINDS = new Set(['HorizontalPodAutoscaler', 'ScaledObject', 'CronJob']);

/** The API group of Envoy Gateway's policies, which are applied before the routes that they name. */
const ENVOY_POLICIES = 'gateway.envoyproxy.io';

/** When an object is applied: before, in or after the sync or the installation, and in which of the waves there. */
interface Turn {
  readonly phase: -1 | 0 | 1;
  readonly wave: number;
  /** The annotation that says so. */
  readonly annotation: string;
}

/** Hooks of Helm that run with an installation. The others find the objects of the release that is there. Source: helm.sh, Chart Hooks. */
function helmTurn(hook: string, weight: unknown): Turn {
  const wave = Number(weight ?? 0);
  const phase = /pre-install|crd-install/.test(hook) ? -1 : 1;
  return { phase, wave: Number.isInteger(wave) ? wave : 0, annotation: HELM_HOOK };
}

/** When an object is applied. Source: Argo CD, Sync Phases and Waves. */
function turnOf({ metadata: { annotations } }: ManifestObject): Turn {
  const hook = String(annotations?.[HOOK] ?? '');
  const helm = annotations?.[HELM_HOOK];
  if (hook === '' && typeof helm === 'string') return helmTurn(helm, annotations?.[HELM_WEIGHT]);
  const number = Number(annotations?.[ANNOTATION] ?? 0);
  const wave = Number.isInteger(number) ? number : 0;
  if (hook.includes('PreSync')) return { phase: -1, wave, annotation: ANNOTATION };
  const phase = /PostSync|SyncFail|PostDelete|PreDelete/.test(hook) ? 1 : 0;
  return { phase, wave, annotation: ANNOTATION };
}

/** The wave of an object within the sync. Hooks before the sync are -∞, hooks after it are +∞. */
function waveOf(object: ManifestObject): number {
  const { phase, wave } = turnOf(object);
  return phase === 0 ? wave : phase * Number.POSITIVE_INFINITY;
}

/** Whether an object is applied before another one. */
function isBefore(one: ManifestObject, other: ManifestObject): boolean {
  const [a, b] = [turnOf(one), turnOf(other)];
  return a.phase < b.phase || (a.phase === b.phase && a.wave < b.wave);
}

/** "wave -3", "a PreSync hook", "a pre-install hook of weight -5" */
function showTurn(object: ManifestObject): string {
  const { phase, wave, annotation } = turnOf(object);
  const { annotations } = object.metadata;
  if (annotation === HELM_HOOK) return `a ${annotations?.[HELM_HOOK]} hook of weight ${wave}`;
  if (phase === 0) return `wave ${wave}`;
  return wave === 0 ? `a ${annotations?.[HOOK]} hook` : `a ${annotations?.[HOOK]} hook of wave ${wave}`;
}

/** When an object has to be applied that needs another one. */
function expectedTurn(object: ManifestObject, needed: ManifestObject): string {
  const [own, other] = [turnOf(object), turnOf(needed)];
  if (own.annotation === HELM_HOOK) {
    return own.phase === other.phase
      ? `at least ${other.wave}`
      : `post-install, or the same hook for ${needed.kind} as well`;
  }
  return other.phase === 1 ? 'a hook after the sync' : `at least ${other.wave}`;
}

const pathOf = (object: ManifestObject): string => `metadata.annotations.${turnOf(object).annotation}`;

/** Objects that are applied before an object that they need. */
function appliedTooEarly(cluster: ClusterIndex): Violation[] {
  const references = referencesByObject(cluster);
  const makers = secretMakers(cluster);
  return cluster.objects.flatMap((object) => {
    if (apiGroupOf(object.apiVersion) === ENVOY_POLICIES) return [];
    return (references.get(object) ?? []).flatMap(({ kind, namespace, name }) => {
      const maker = kind === 'Secret' ? makers.get(`${namespace}/${name}`) : undefined;
      const needed = maker ?? cluster.find(kind, namespace, name);
      if (needed === undefined || !isBefore(object, needed)) return [];
      // Helm does not wait for pods before it makes what comes after an installation, so that they find it in the end.
      if (turnOf(needed).annotation === HELM_HOOK && turnOf(needed).phase === 1) return [];
      const what = maker === undefined || maker.kind === 'Secret' ? '' : `, which creates Secret "${name}"`;
      const message = `given ${showTurn(object)}, expected ${expectedTurn(object, needed)}: it needs ${objectName(needed)}${what}`;
      return [{ rule: NAME, object, path: pathOf(object), message, level: 'broken' as const }];
    });
  });
}

/** Policies that are applied after pods that they isolate. */
function appliedTooLate(cluster: ClusterIndex): Violation[] {
  const selection = selectionOf(cluster);
  return cluster.objects.filter(isPolicy).flatMap((object) => {
    const { namespace = 'default' } = object.metadata;
    const guarded = selection.podsIn(namespace, selectorOf(object.spec?.podSelector)).map(({ owner }) => owner);
    const first = guarded.find((owner) => waveOf(owner) < waveOf(object));
    if (first === undefined) return [];
    const message = `given ${showTurn(object)}, expected at most ${waveOf(first)}: until then it does not apply to the pods of ${objectName(first)}`;
    return [{ rule: NAME, object, path: PATH, message }];
  });
}

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** Claims of a wave before their pods whose disk waits for its first pod, so that the wave never ends. Source: Argo CD, Health of claims. */
function waitingClaims(cluster: ClusterIndex): Violation[] {
  const late = new Set(
    cluster
      .ofKind('StorageClass')
      .flatMap(({ metadata, volumeBindingMode }) =>
        volumeBindingMode === 'WaitForFirstConsumer' ? [metadata.name] : [],
      ),
  );
  const usual = cluster.ofKind('StorageClass').find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true');
  return cluster.ofKind('PersistentVolumeClaim').flatMap((object): Violation[] => {
    const { namespace = 'default', name } = object.metadata;
    // Without a class, a claim is of the default one.
    if (!late.has(object.spec?.storageClassName ?? usual?.metadata.name)) return [];
    const users = cluster
      .podsIn(namespace)
      .filter(({ spec }) =>
        listOf(spec.volumes).some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name),
      );
    const [first] = users.map(({ owner }) => owner).sort((one, other) => waveOf(one) - waveOf(other));
    if (first === undefined || waveOf(first) <= waveOf(object)) return [];
    const message = `given ${showTurn(object)}, expected ${turnOf(first).wave}, that of ${objectName(first)}: the StorageClass waits for the first pod, so that the claim stays pending and the wave does not end`;
    return [{ rule: NAME, object, path: PATH, message, level: 'broken' }];
  });
}

/** Objects that may block a sync because they are unhealthy, since they are not in the last wave. */
function syncBlockers(cluster: ClusterIndex): Violation[] {
  const systems = groupBy(cluster.objects, ({ metadata }) => String(metadata.labels?.['app.kubernetes.io/part-of']));
  return [...systems.values()].flatMap((objects) => {
    // A hook after the sync waits for all of its waves, which cannot be avoided.
    const last = Math.max(...objects.map(waveOf).filter((wave) => wave !== Number.POSITIVE_INFINITY));
    return objects
      .filter((object) => LAST_WAVE_KINDS.has(object.kind) && waveOf(object) < last)
      .map((object) => {
        const message = `given ${showTurn(object)}, expected ${last}, the last: Argo CD waits for the health of all others, and a ${object.kind} may be unhealthy independent of the release`;
        return { rule: NAME, object, path: PATH, message };
      });
  });
}

/** Argo CD applies objects after those that they need, and does not wait for objects that may be unhealthy. */
export const waves: Rule = {
  name: NAME,
  level: 'risk',
  rationale: `Argo CD applies one wave after the other, and starts a wave when all objects of earlier waves are healthy. If a pod is in
an earlier wave than its Secret, the sync never ends. If a policy is in a later wave than its pods, they are not isolated until then. An
autoscaler without metrics and a CronJob whose last run failed are unhealthy: in any wave but the last they block a release, even one
that would fix them. Of a word that Argo CD does not know, such as a wave that is no number or Prune=flase, it ignores all without an error.`,
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
  judge: (cluster) => [
    ...cluster.objects.flatMap((object) => unknownWords(object).map((finding) => ({ rule: NAME, object, ...finding }))),
    ...appliedTooEarly(cluster),
    ...appliedTooLate(cluster),
    ...waitingClaims(cluster),
    ...syncBlockers(cluster),
  ],
};
