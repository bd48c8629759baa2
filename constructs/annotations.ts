/** The fingerprint of the configuration and secrets that a pod reads: when it changes, the pods roll. */
export const FINGERPRINT = 'berth.dev/config';

/** The revision of a secret at its source. */
export const REVISION = 'berth.dev/secret-revision';

/** Argo CD must not delete it, whatever becomes of its file. */
export const KEEP = { 'argocd.argoproj.io/sync-options': 'Prune=false' };
