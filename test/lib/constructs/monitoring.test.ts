import { createHash } from 'node:crypto';
import type { ManifestObject } from '../../../lib/manifests/object';
import { type Any, find } from '../../support';
import { objectsOf, pliersSettings, pliersSystem, salientSettings, salientSystem } from '../../systems';

const controller = { namespace: 'edge', labels: { app: 'proxy' } };
const gateway = (implementation: string): Any => ({
  edge: {
    ...{ kind: 'gateway', implementation, class: 'eg', issuer: 'letsencrypt-prod', controller },
    ports: { http: 80, https: 443 },
  },
});

function rulesOf(objects: readonly ManifestObject[]): Any[] {
  return find(objects, 'PrometheusRule').spec.groups.flatMap(({ rules }: Any) => rules);
}

/** The expression of a recording rule, unescaped. */
function recorded(objects: readonly ManifestObject[], record: string, component: string): string {
  const rule = rulesOf(objects).find((one) => one.record === record && one.labels.component === component);
  return rule.expr.replaceAll('\\', '');
}

const DURATION = 'component:request_duration_seconds:quantile5m';

const names = (alerts: readonly Any[]) => new Set(alerts.map(({ alert }) => alert));

test('Envoy: the metrics of a component are those of the HTTPRoute rules with its backend', () => {
  const objects = objectsOf(pliersSystem('prod', gateway('envoy')));
  const { rules } = find(objects, 'HTTPRoute', 'pliers-ingress').spec;
  expect(rules.length).toBeGreaterThan(3);
  for (const [index, { backendRefs }] of rules.entries()) {
    const cluster = new RegExp(`httproute/pliers-prod/pliers-ingress/rule/${index}[|"]`);
    for (const component of ['api', 'ai-service', 'web']) {
      const leads = backendRefs[0].name === component;
      expect([component, index, cluster.test(recorded(objects, 'component:requests:rate5m', component))]).toEqual([
        component,
        index,
        leads,
      ]);
    }
  }
});

test('Envoy: durations of upgrades and of sites with streams are ignored', () => {
  const timed = (objects: readonly ManifestObject[]) =>
    rulesOf(objects).flatMap(({ record, labels }) =>
      record === DURATION && labels.quantile === '0.95' ? [labels.component] : [],
    );
  const objects = objectsOf(salientSystem('prod', gateway('envoy')));
  expect(timed(objects).sort()).toEqual(['admin-api', 'admin-ui']);
  const { rules } = find(objects, 'HTTPRoute', 'salient-admin-ingress').spec;
  for (const [index, { name, backendRefs }] of rules.entries()) {
    const cluster = new RegExp(`httproute/salient-prod/salient-admin-ingress/rule/${index}[|"]`);
    for (const component of ['admin-api', 'admin-ui']) {
      const counts = backendRefs[0].name === `${component}-svc` && !name.startsWith('upgrade');
      expect([component, index, cluster.test(recorded(objects, DURATION, component))]).toEqual([
        component,
        index,
        counts,
      ]);
    }
  }
  const streaming = objectsOf(pliersSystem('prod', gateway('envoy')));
  expect(timed(streaming)).toEqual([]);
  expect(names(rulesOf(streaming))).not.toContain('LatencyHigh');
  const [text] = Object.values<string>(find(streaming, 'ConfigMap', 'pliers-dashboard').data);
  expect(text).not.toContain('Response time');
});

test('Traefik: the metrics of a component are those of the IngressRoute rules with its backend', () => {
  const objects = objectsOf(pliersSystem('prod'));
  const { routes } = find(objects, 'IngressRoute', 'pliers-ingress').spec;
  for (const { match, services } of routes) {
    const hash = createHash('sha256').update(match).digest('hex').slice(0, 20);
    for (const component of ['api', 'ai-service', 'web']) {
      const counted = recorded(objects, 'component:requests:rate5m', component);
      expect([match, counted.includes(`pliers-prod-pliers-ingress-${hash}@kubernetescrd`)]).toEqual([
        match,
        services[0].name === component,
      ]);
    }
  }
});

test('request metrics of the application replace those of the edge, for components that Prometheus scrapes', () => {
  const { monitoring } = pliersSettings('prod');
  const requests = { duration: 'http_request_seconds', status: 'code' };
  const objects = objectsOf(
    pliersSystem('prod', { monitoring: { ...monitoring, metrics: { ...monitoring.metrics, requests } } }),
  );
  expect(recorded(objects, 'component:requests:rate5m', 'api')).toBe(
    'sum(rate(http_request_seconds_count{job="pliers-prod/api"}[5m]))',
  );
  expect(recorded(objects, 'component:requests:rate5m', 'web')).toContain('traefik_service_requests_total');
});

test('targets come from the environment file', () => {
  const { monitoring } = salientSettings('prod');
  const objects = objectsOf(
    salientSystem('prod', {
      monitoring: { ...monitoring, availability: 99, p95: { ...monitoring.p95, adminApi: 0.35 } },
    }),
  );
  const alerts = rulesOf(objects).filter(({ alert }) => alert !== undefined);
  const slow = alerts.find(({ alert, labels }) => alert === 'LatencyHigh' && labels.component === 'admin-api');
  expect(slow.expr).toMatch(/component="admin-api",quantile="0.95"\}\) >= 0.35$/);
  const [fast] = alerts.filter(({ alert }) => alert === 'ErrorBudgetBurn');
  expect(fast.expr).toContain('> 0.144 and');
});

test('a system has no alerts for what it does not have', () => {
  const before = names(rulesOf(objectsOf(salientSystem('prod'))));
  expect(before).toContain('AutoscalerAtMaximum');
  const { chatApi, edge, monitoring } = salientSettings('prod');
  const bare = objectsOf(
    salientSystem('prod', {
      chatApi: { ...chatApi, scale: { replicas: 2 } },
      edge: { ...edge, issuer: undefined },
      backups: undefined as never,
    }),
  );
  const gone = [...before].filter((alert) => !names(rulesOf(bare)).has(alert));
  expect(gone.sort()).toEqual(['AutoscalerAtMaximum', 'BackupTooOld', 'CertificateExpiring', 'RestoreDrillFailed']);
  const unwatched = objectsOf(salientSystem('prod', { monitoring: { ...monitoring, enabled: false } }));
  expect(unwatched.filter(({ kind }) => /PrometheusRule|PodMonitor/.test(kind))).toEqual([]);
  expect(unwatched.filter(({ metadata }) => metadata.name.endsWith('-dashboard'))).toEqual([]);
});

test('with a Pushgateway each backup has an alert by database, of the series that its script pushes', () => {
  const { backups, database } = salientSettings('prod');
  const pushgateway = { namespace: 'monitoring', labels: { app: 'gateway' }, service: 'gateway', port: 9091 };
  const objects = objectsOf(
    salientSystem('prod', { tenantServers: { eu: database as Any }, backups: { ...(backups as Any), pushgateway } }),
  );
  const databases = rulesOf(objects).filter(({ alert }) => /^DatabaseBackup/.test(alert));
  const metric = 'berth_backup_last_success_timestamp_seconds';
  expect(databases.map(({ expr }) => expr)).toEqual([
    `time() - max by (server, database) (${metric}{task="salient-admin.backup",server=~"main|eu"}) > ${30 * 3600}`,
    `absent(${metric}{task="salient-admin.backup",server="main"}) or absent(${metric}{task="salient-admin.backup",server="eu"})`,
  ]);
  expect(databases[0].annotations.summary).toContain(
    '{{ $labels.server }}{{ if $labels.database }}/{{ $labels.database }}',
  );
  expect(databases[0].annotations.runbook).toContain('kubectl -n salient-admin create job backup-by-hand');
  const scripts = Object.values(find(objects, 'ConfigMap', 'backup-scripts').data).join('\n');
  expect(scripts).toContain(metric);
});

test('the dashboard shows the cost per hour if prices are set', () => {
  const panelOf = (prices: { input: number; output: number } | undefined) => {
    const { monitoring } = salientSettings('prod');
    const { metrics } = monitoring;
    const system = salientSystem('prod', {
      monitoring: { ...monitoring, metrics: { ...metrics, ai: { ...metrics.ai, prices } } },
    });
    const [text] = Object.values<string>(find(objectsOf(system), 'ConfigMap', 'salient-dashboard').data);
    return JSON.parse(text as string).panels.find(({ title }: Any) => title === 'AI cost per hour');
  };
  expect(panelOf(undefined)).toBeUndefined();
  const counter = (type: string) =>
    `rate(gen_ai_client_token_usage_sum{job="salient-prod/chat-api",gen_ai_token_type="${type}"}[5m])`;
  expect(panelOf({ input: 2, output: 10 }).targets.map(({ expr }: Any) => expr)).toEqual([
    `sum by (gen_ai_request_model) (${counter('input')} * 0.0072 or ${counter('output')} * 0.036)`,
  ]);
});
