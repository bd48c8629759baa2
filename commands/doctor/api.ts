import { releases } from '../../lib/checks/rules/api-versions';
import { missing, ok, type Row, unknown } from './row';
import { unseen, type View } from './view';
import { ofKind, type Wanted } from './wanted';

/** Who brings the kinds of a group. */
const INSTALL: Readonly<Record<string, string>> = {
  'external-secrets.io': 'install External Secrets 0.17 or later: https://external-secrets.io',
  'cert-manager.io': 'install cert-manager: https://cert-manager.io',
  'postgresql.cnpg.io': 'install CloudNativePG 1.30 or later: https://cloudnative-pg.io',
  'barmancloud.cnpg.io': "install CloudNativePG's plug-in barman-cloud: https://cloudnative-pg.io/plugin-barman-cloud",
  'monitoring.coreos.com': 'install the Prometheus operator: https://prometheus-operator.dev',
  'traefik.io': 'install Traefik 3 with its custom resources: https://doc.traefik.io',
  'gateway.networking.k8s.io': 'install the Gateway API: https://gateway-api.sigs.k8s.io',
  'gateway.envoyproxy.io': 'install Envoy Gateway: https://gateway.envoyproxy.io',
  'argoproj.io': 'install Argo CD: https://argo-cd.readthedocs.io',
};

export async function versionRows(_: Wanted, view: View): Promise<Row[]> {
  const version = await view.version();
  const { oldest, newest } = releases();
  const row = { what: 'Kubernetes', needed: `1.${oldest} or later`, found: version };
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (minor === undefined) return [unknown(row, 'it says no version that is known')];
  if (major === '1' && Number(minor) < oldest) return [missing(row, `upgrade it to 1.${oldest} or later`)];
  const known = major === '1' && Number(minor) <= newest;
  return [
    known ? ok(row) : unknown(row, `newer than 1.${newest}, which the rules know; npm run kubernetes teaches them`),
  ];
}

/** Every kind of the objects, in the version that they are written in. */
export async function kindRows(wanted: Wanted, view: View): Promise<Row[]> {
  const groups = await view.object('/apis');
  const versions = [...new Set(wanted.objects.map(({ apiVersion }) => apiVersion))].sort();
  const rows = versions.map(async (apiVersion): Promise<Row> => {
    const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
    const own = wanted.objects.filter((one) => one.apiVersion === apiVersion);
    const kinds = [...new Set(own.map(({ kind }) => kind))].sort();
    const row = { what: apiVersion, needed: kinds.join(', ') };
    const path = group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
    const answer = await view.object(path);
    const install = INSTALL[group] ?? `install what serves ${group}`;
    if (answer.kind === 'absent') {
      const listed = groups.kind === 'found' ? groups.value.groups : [];
      // biome-ignore lint/suspicious/noExplicitAny: a list of groups
      const other = listed.find(({ name }: any) => name === group)?.versions.map(({ version }: any) => version);
      if (other === undefined) return missing({ ...row, found: 'not served' }, install);
      return missing({ ...row, found: `${other.join(', ')} alone` }, install.replace(/^install/, 'upgrade'));
    }
    const not = unseen(answer, row, path, install);
    if (not !== undefined || answer.kind !== 'found') return not as Row;
    const served = new Set(answer.value.resources.map(({ kind }: { kind: string }) => kind));
    const lacking = kinds.filter((kind) => !served.has(kind));
    if (lacking.length === 0) return ok({ ...row, found: 'served' });
    return missing({ ...row, found: `without ${lacking.join(', ')}` }, install.replace(/^install/, 'upgrade'));
  });
  return Promise.all(rows);
}

/** What autoscalers read. */
export async function metricsRows(wanted: Wanted, view: View): Promise<Row[]> {
  const autoscalers = ofKind(wanted, 'HorizontalPodAutoscaler').map(({ metadata }) => metadata.name);
  if (autoscalers.length === 0) return [];
  const row = { what: 'metrics API', needed: `for ${autoscalers.join(', ')}` };
  const path = '/apis/metrics.k8s.io/v1beta1';
  const install = 'install metrics-server: https://github.com/kubernetes-sigs/metrics-server';
  const answer = await view.object(path);
  if (answer.kind === 'absent') return [missing({ ...row, found: 'not served' }, install)];
  // It is registered, and who should answer does not.
  if (answer.kind === 'failed')
    return [missing({ ...row, found: answer.why }, 'kubectl describe apiservice v1beta1.metrics.k8s.io')];
  const not = unseen(answer, row, path, install);
  return [not ?? ok({ ...row, found: 'served' })];
}
