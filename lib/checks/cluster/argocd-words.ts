import type { ManifestObject } from '../../manifests/object';
import type { FieldFinding } from './violation';

/** The words of an annotation of Argo CD: an item of its list matches one of them. */
interface Words {
  readonly key: string;
  readonly word: RegExp;
  readonly expected: string;
}

/** Options with a value: `Prune=false`. */
const SWITCHES =
  'Validate SkipDryRunOnMissingResource PruneLast Replace Force ServerSideApply ClientSideApplyMigration';
const APPLICATION =
  'CreateNamespace ApplyOutOfSyncOnly RespectIgnoreDifferences FailOnSharedResource PrunePropagationPolicy';

/** Source: Argo CD, Sync Waves, Sync Options, Compare Options. */
const ANNOTATIONS: readonly Words[] = [
  { key: 'sync-wave', word: /^[+-]?\d+$/, expected: 'a whole number' },
  {
    key: 'hook',
    word: /^(?:PreSync|Sync|PostSync|SyncFail|Skip|PreDelete|PostDelete)$/,
    expected: 'PreSync, Sync, PostSync, SyncFail, PreDelete, PostDelete or Skip',
  },
  {
    key: 'hook-delete-policy',
    word: /^(?:HookSucceeded|HookFailed|BeforeHookCreation)$/,
    expected: 'HookSucceeded, HookFailed or BeforeHookCreation',
  },
  {
    key: 'sync-options',
    word: new RegExp(
      `^(?:(?:Prune|Delete)=(?:true|false|confirm)|(?:${SWITCHES.replaceAll(' ', '|')})=(?:true|false)|(?:${APPLICATION.replaceAll(' ', '|')})=\\w+)$`,
    ),
    expected: `Prune, Delete, ${SWITCHES.replaceAll(' ', ', ')}, each with =true or =false`,
  },
  {
    key: 'compare-options',
    word: /^(?:IgnoreExtraneous|(?:ServerSideDiff|IncludeMutationWebhook)=(?:true|false))$/,
    expected: 'IgnoreExtraneous, ServerSideDiff=true or IncludeMutationWebhook=true',
  },
];

/** Words in annotations of Argo CD that it does not know, and so ignores. */
export function unknownWords({ metadata }: ManifestObject): FieldFinding[] {
  return ANNOTATIONS.flatMap(({ key, word, expected }) => {
    const annotation = `argocd.argoproj.io/${key}`;
    const given: unknown = metadata.annotations?.[annotation];
    if (typeof given !== 'string') return [];
    return given
      .split(',')
      .map((one) => one.trim())
      .filter((one) => !word.test(one))
      .map((one) => ({
        path: `metadata.annotations["${annotation}"]`,
        message: `given ${JSON.stringify(one.slice(0, 80))}, which Argo CD does not know and ignores, expected ${expected}`,
      }));
  });
}
