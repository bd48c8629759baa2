import { waves as rule } from '../../../../lib/checks/rules/waves';
import type { Any } from '../../../support';
import { describeRule, findings, fixture, parse } from '../manifests';

describeRule(rule);

const WAVE = 'argocd.argoproj.io/sync-wave';

/** Staging's objects, with another wave of those of one kind. */
function changed(kind: string, wave: string) {
  return fixture('staging').map((object) => {
    if (object.kind !== kind) return object;
    const annotations = { ...object.metadata.annotations, [WAVE]: wave };
    return { ...object, metadata: { ...object.metadata, annotations } };
  });
}

test.each([
  ['Namespace', '-4', /^ServiceAccount .*: given wave -5, expected at least -4: it needs Namespace salient-staging/],
  ['SecretStore', '-4', /^ExternalSecret .*: given wave -5, expected at least -4: it needs SecretStore/],
  [
    'ExternalSecret',
    '0',
    /^Cluster .*|^DatabaseRole .*: given wave -4, expected at least 0: it needs ExternalSecret .*, which makes Secret/,
  ],
  [
    'ConfigMap',
    '-2',
    /^Job salient-staging-admin\/provisioning-.*: given wave -3, expected at least -2: it needs ConfigMap/,
  ],
  ['Cluster', '-3', /^DatabaseRole .*: given wave -4, expected at least -3: it needs Cluster/],
  ['Service', '2', /^HTTPRoute .*: given wave 1, expected at least 2: it needs Service/],
  [
    'NetworkPolicy',
    '1',
    /^NetworkPolicy .*: given wave 1, expected at most -?\d: until then it does not apply to the pods of/,
  ],
  [
    'CronJob',
    '0',
    /^CronJob .*: given wave 0, expected 1, the last: .* CronJob may be unhealthy independent of the release$/,
  ],
  ['HorizontalPodAutoscaler', '0', /^HorizontalPodAutoscaler .*: given wave 0, expected 1, the last/],
])('a %s in wave %s is found', (kind, wave, message) => {
  expect(findings(rule, changed(kind, wave)).join('\n')).toMatch(new RegExp(message.source, 'm'));
});

const pod = (annotations: string) =>
  parse(`apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: shop, annotations: { ${annotations} } }
spec: { containers: [{ name: api, envFrom: [{ configMapRef: { name: settings } }] }] }
`);

test('a hook before a sync is before all waves, and one after it behind them', () => {
  expect(findings(rule, pod('argocd.argoproj.io/hook: PreSync'))).toEqual([
    'Pod shop/api: metadata.annotations.argocd.argoproj.io/sync-wave: given a PreSync hook, expected at least 0: it needs ConfigMap shop/settings',
  ]);
  expect(findings(rule, pod('argocd.argoproj.io/hook: PostSync'))).toEqual([]);
});

test.each([
  ['sync-wave: soon', 'soon'],
  ['sync-wave: "1.5"', '1.5'],
  ['hook: PreSink', 'PreSink'],
  ['hook-delete-policy: "HookSucceeded,Never"', 'Never'],
  ['sync-options: "Prune=flase, Delete=false"', 'Prune=flase'],
  ['compare-options: IgnoreExtra', 'IgnoreExtra'],
])('%s has a word that Argo CD does not know', (annotation, word) => {
  expect(findings(rule, pod(`argocd.argoproj.io/${annotation}`))).toContainEqual(
    expect.stringContaining(`given "${word}", which Argo CD does not know and ignores`),
  );
});

test.each([
  'sync-wave: "-5"',
  'hook: "PostSync,SyncFail"',
  'hook-delete-policy: "BeforeHookCreation, HookSucceeded"',
  'sync-options: "Prune=confirm, Delete=false, ServerSideApply=true, Replace=true, Force=true"',
  'compare-options: "IgnoreExtraneous, ServerSideDiff=true"',
])('%s has only words that it knows', (annotation) => {
  expect(findings(rule, pod(`argocd.argoproj.io/${annotation}`)).filter((one) => /does not know/.test(one))).toEqual(
    [],
  );
});

test('a hook after the sync does not move the last wave', () => {
  const [job] = parse(`apiVersion: batch/v1
kind: Job
metadata: { name: smoke, namespace: shop, labels: { app.kubernetes.io/part-of: shop }, annotations: { argocd.argoproj.io/hook: PostSync } }
`);
  const cron = (wave: string) =>
    parse(`apiVersion: batch/v1
kind: CronJob
metadata: { name: backup, namespace: shop, labels: { app.kubernetes.io/part-of: shop }, annotations: { ${WAVE}: "${wave}" } }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop, labels: { app.kubernetes.io/part-of: shop }, annotations: { ${WAVE}: "1" } }
`);
  expect(findings(rule, [...cron('1'), job as Any])).toEqual([]);
  expect(findings(rule, [...cron('0'), job as Any])).toEqual([
    expect.stringMatching('given wave 0, expected 1, the last'),
  ]);
});

const SETTINGS = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop, annotations: { NOTES } }
`;
const needing = (settings: string, own: string) => [
  ...parse(SETTINGS.replace('NOTES', settings)),
  ...pod(own).filter(({ kind }) => kind === 'Pod'),
];

test.each([
  [
    'a',
    'helm.sh/hook: pre-install',
    'helm.sh/hook: given a pre-install hook of weight 0, expected post-install, or the same hook for ConfigMap',
  ],
  ['a', 'helm.sh/hook: "pre-install,pre-upgrade"', 'helm.sh/hook: given a pre-install,pre-upgrade hook of weight 0'],
  [
    'helm.sh/hook: pre-install, helm.sh/hook-weight: "5"',
    'helm.sh/hook: pre-install',
    'of weight 0, expected at least 5',
  ],
  [
    'argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/sync-wave: "2"',
    'argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/sync-wave: "1"',
    'given a PreSync hook of wave 1, expected at least 2',
  ],
  ['argocd.argoproj.io/sync-wave: "3"', 'argocd.argoproj.io/hook: Sync', 'given wave 0, expected at least 3'],
  ['argocd.argoproj.io/hook: PostSync', 'a: b', 'given wave 0, expected a hook after the sync'],
])('what is needed comes before: %s, and %s', (settings, own, message) => {
  expect(findings(rule, needing(settings === 'a' ? 'a: b' : settings, own))).toContainEqual(
    expect.stringContaining(message),
  );
});

test.each([
  ['helm.sh/hook: pre-install, helm.sh/hook-weight: "-5"', 'helm.sh/hook: pre-install'],
  ['a: b', 'helm.sh/hook: post-install'],
  ['a: b', 'helm.sh/hook: pre-upgrade'],
  ['a: b', 'helm.sh/hook: test'],
  ['helm.sh/hook: post-install', 'a: b'],
  ['argocd.argoproj.io/hook: PreSync', 'argocd.argoproj.io/hook: PreSync'],
])('and is not told of where it does: %s, and %s', (settings, own) => {
  expect(findings(rule, needing(settings, own))).toEqual([]);
});

test('a claim of the default StorageClass waits for its first pod as well', () => {
  const objects = (mode: string) =>
    parse(`apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: usual, annotations: { storageclass.kubernetes.io/is-default-class: "true", ${WAVE}: "-9" } }
volumeBindingMode: ${mode}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop, annotations: { ${WAVE}: "-1" } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec: { template: { spec: { volumes: [{ name: v, persistentVolumeClaim: { claimName: data } }] } } }
`);
  expect(findings(rule, objects('WaitForFirstConsumer'))).toEqual([
    expect.stringContaining('given wave -1, expected 0, that of StatefulSet shop/db'),
  ]);
  expect(findings(rule, objects('Immediate'))).toEqual([]);
});
