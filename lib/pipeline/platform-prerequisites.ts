import type { Prerequisite } from '../checks/cluster/prerequisite';
import type { PlatformConfig } from '../config/platform';

/** The Secrets that the monitoring charts read and that are created by hand. */
function secretsOfMonitoring({
  namespace,
  grafana,
  alertmanager,
}: NonNullable<PlatformConfig['monitoring']>): Prerequisite[] {
  const admin = { kind: 'Secret', namespace, name: grafana.secret, keys: ['admin-user', 'admin-password'] };
  const { secret } = alertmanager;
  return [
    admin,
    ...(secret === undefined ? [] : [{ kind: 'Secret', namespace, name: secret, keys: ['alertmanager.yaml'] }]),
  ];
}

/** What a platform presupposes in the cluster: cert-manager's namespace, IngressClasses, and Secrets created by hand. */
export function prerequisitesOfPlatform({ issuers, certManager, monitoring }: PlatformConfig): Prerequisite[] {
  const tokens = Object.values(issuers).flatMap((issuer) =>
    issuer.kind === 'acme'
      ? issuer.solvers.flatMap((solver) => (solver.kind === 'cloudflare' ? solver.tokenSecret : []))
      : [],
  );
  const classes = Object.values(issuers).flatMap((issuer) =>
    issuer.kind === 'acme' ? issuer.solvers.flatMap((solver) => (solver.kind === 'ingress' ? solver.class : [])) : [],
  );
  return [
    { kind: 'Namespace', name: certManager.namespace },
    ...classes.map((name) => ({ kind: 'IngressClass', name })),
    ...tokens.map(({ name, key }) => ({ kind: 'Secret', namespace: certManager.namespace, name, keys: [key] })),
    ...(monitoring === undefined ? [] : secretsOfMonitoring(monitoring)),
  ];
}
