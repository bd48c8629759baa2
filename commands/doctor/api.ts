import { AUTOSCALERS } from '../../lib/checks/cluster/workloads';
import { releases } from '../../lib/checks/rules/api-versions';
import type { Live, View } from '../shared/view';
import { ofKind, type Requirements } from './requirements';
import { missing, ok, type Row, unknown, unreadable } from './row';

/** What to install for the kinds of an API group. */
const INSTALL: Readonly<Record<string, string>> = {
  'external-secrets.io': 'install External Secrets 0.17 or later: https://external-secrets.io',
  'cert-manager.io': 'install cert-manager: https://cert-manager.io',
  'postgresql.cnpg.io': 'install CloudNativePG 1.30 or later: https://cloudnative-pg.io',
  'barmancloud.cnpg.io': "install CloudNativePG's plug-in barman-cloud: https://cloudnative-pg.io/plugin-barman-cloud",
  'monitoring.coreos.com': 'install the Prometheus operator: https://prometheus-operator.dev',
  'traefik.io': 'install Traefik 3 with its custom resources: https://doc.traefik.io',
  'gateway.networking.k8s.io': 'install the Gateway API: https://gateway-api.sigs.k8s.io',
  'gateway.envoyproxy.io': 'install Envoy Gateway: https://gateway.envoyproxy.io',
  'rabbitmq.com':
    "install RabbitMQ's cluster operator 2.22 or later: https://www.rabbitmq.com/kubernetes/operator/operator-overview",
  'keda.sh': 'install KEDA: https://keda.sh',
  'argoproj.io': 'install Argo CD: https://argo-cd.readthedocs.io',
};

/** The version of Kubernetes. */
export async function versionRows(_: Requirements, view: View): Promise<Row[]> {
  const version = await view.version();
  const { oldest, newest } = releases();
  const row = { what: 'Kubernetes', needed: `1.${oldest} or later`, found: version };
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (minor === undefined) return [unknown(row, 'its version has an unknown format')];
  if (major === '1' && Number(minor) < oldest) return [missing(row, `upgrade it to 1.${oldest} or later`)];
  const known = major === '1' && Number(minor) <= newest;
  return [
    known
      ? ok(row)
      : unknown(row, `newer than 1.${newest}, the newest that the rules know; npm run kubernetes updates their data`),
  ];
}

/** Whether the cluster serves every kind of the objects, in the API version that they use. */
export async function kindRows(requirements: Requirements, view: View): Promise<Row[]> {
  const groups = await view.object('/apis');
  const versions = [...new Set(requirements.objects.map(({ apiVersion }) => apiVersion))].sort();
  const rows = versions.map(async (apiVersion): Promise<Row> => {
    const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
    const own = requirements.objects.filter((one) => one.apiVersion === apiVersion);
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
      return missing({ ...row, found: `only ${other.join(', ')}` }, install.replace(/^install/, 'upgrade'));
    }
    const failure = unreadable(answer, row, path, install);
    if (failure !== undefined || answer.kind !== 'found') return failure as Row;
    const served = new Set(answer.value.resources.map(({ kind }: { kind: string }) => kind));
    const lacking = kinds.filter((kind) => !served.has(kind));
    if (lacking.length === 0) return ok({ ...row, found: 'served' });
    return missing({ ...row, found: `without ${lacking.join(', ')}` }, install.replace(/^install/, 'upgrade'));
  });
  return Promise.all(rows);
}

/** The triggers of KEDA's ScaledObjects that read the metrics API. */
const USAGE = ['cpu', 'memory'];

/** The metrics API, which autoscalers read. */
export async function metricsRows(requirements: Requirements, view: View): Promise<Row[]> {
  const autoscalers = ofKind(requirements, ...AUTOSCALERS)
    .filter(({ kind, spec }) => kind !== 'ScaledObject' || spec.triggers.some(({ type }: Live) => USAGE.includes(type)))
    .map(({ metadata }) => metadata.name);
  if (autoscalers.length === 0) return [];
  const row = { what: 'metrics API', needed: `for ${autoscalers.join(', ')}` };
  const path = '/apis/metrics.k8s.io/v1beta1';
  const install = 'install metrics-server: https://github.com/kubernetes-sigs/metrics-server';
  const answer = await view.object(path);
  if (answer.kind === 'absent') return [missing({ ...row, found: 'not served' }, install)];
  // The APIService is registered, but its backend does not answer.
  if (answer.kind === 'failed')
    return [missing({ ...row, found: answer.why }, 'kubectl describe apiservice v1beta1.metrics.k8s.io')];
  return [unreadable(answer, row, path, install) ?? ok({ ...row, found: 'served' })];
}
