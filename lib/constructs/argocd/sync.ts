/** Tries again when something is not ready yet, as what another Application brings: after 30 s, 1, 2, 4 and 5 minutes. */
export const RETRY = { limit: 5, backoff: { duration: '30s', factor: 2, maxDuration: '5m' } };

/** Old ReplicaSets of an Application: enough to see what was deployed, which git knows better. */
export const REVISIONS_KEPT = 5;

/**
 * Fields belong to who applies them, what is removed goes last, and nothing is taken from another Application.
 * Source: Argo CD, Sync Options.
 */
export const SYNC_OPTIONS = ['ServerSideApply=true', 'PruneLast=true', 'FailOnSharedResource=true'];

/** The API server says what differs, so that its defaults do not. Source: Argo CD, Diff Strategies. */
export const COMPARE = { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' };
