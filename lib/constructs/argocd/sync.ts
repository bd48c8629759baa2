/** Retries a failed sync, such as when another Application is not ready yet: after 30 s, 1, 2, 4 and 5 minutes. */
export const RETRY = { limit: 5, backoff: { duration: '30s', factor: 2, maxDuration: '5m' } };

/** Entries in the sync history of an Application. A few are enough, since git has the full history. */
export const REVISIONS_KEPT = 5;

/**
 * Server-side apply; objects are pruned after everything else is applied; a sync fails if another Application owns an object.
 * Source: Argo CD, Sync Options.
 */
export const SYNC_OPTIONS = ['ServerSideApply=true', 'PruneLast=true', 'FailOnSharedResource=true'];

/** Compares by a dry run of the API server, so that its defaults are not shown as differences. Source: Argo CD, Diff Strategies. */
export const COMPARE = { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' };
