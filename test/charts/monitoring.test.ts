import { parser } from '@prometheus-io/lezer-promql';
import { environmentNames } from '../../lib/config/environment-folders';
import type { ManifestObject } from '../../lib/manifests/object';
import { type Any, find, fixtureObjects, PROJECT } from '../support';

/** The parts of an expression that PromQL's parser rejects. */
function mistakes(expr: string): string[] {
  const wrong: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) wrong.push(`at ${from} of ${expr}`);
    },
  });
  return wrong;
}

const folders = environmentNames(PROJECT).flatMap((environment) =>
  ['salient', 'pliers'].map((system) => `${environment}/${system}`),
);

function rulesOf(objects: readonly ManifestObject[]): Any[] {
  return objects
    .filter(({ kind }) => kind === 'PrometheusRule')
    .flatMap(({ spec }: Any) => spec.groups.flatMap(({ rules }: Any) => rules));
}

/** Envoy counts the duration of a stream as response time, so that Pliers, which streams, has no response times there. */
const UNTIMED = ['staging/pliers'];

const watched = folders.filter((folder) => !folder.startsWith('dev/'));
const dist = Object.fromEntries(folders.map((folder) => [folder, fixtureObjects(folder)]));

test('the parser rejects invalid expressions', () => {
  expect(mistakes('sum(rate(up{job="a"}[5m])) by (le) > 0.5')).toEqual([]);
  for (const wrong of ['sum(rate(up[5m])', 'up{job=a}', 'rate(up[5m)', 'a > > b', 'up{job="a"} or', '']) {
    expect([wrong, mistakes(wrong).length]).not.toEqual([wrong, 0]);
  }
});

test('dev has no custom resources', () => {
  for (const folder of folders.filter((one) => !watched.includes(one))) {
    expect(dist[folder]?.filter(({ apiVersion }) => /monitoring\.coreos/.test(apiVersion ?? ''))).toEqual([]);
  }
});

describe.each(watched)('the rules of %s', (folder) => {
  const objects = dist[folder] as ManifestObject[];
  const rules = rulesOf(objects);
  const alerts = rules.filter(({ alert }) => alert !== undefined);

  test('are valid expressions', () => {
    expect(rules.length).toBeGreaterThan(50);
    expect(rules.flatMap(({ expr }) => mistakes(expr))).toEqual([]);
  });

  test('have a severity, and a description with what to do', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(labels).toMatchObject({
        severity: expect.stringMatching(/^(critical|warning)$/),
        namespace: expect.any(String),
      });
      // The namespace of kube-state-metrics is unknown here.
      const look = alert === 'MonitoringBlind' ? 'kubectl get pods -A ' : `kubectl -n ${labels.namespace} `;
      expect([alert, annotations.runbook]).toEqual([alert, expect.stringContaining(look)]);
    }
  });

  test('select series of this system only: by namespace, or by a job or service that is named after one', () => {
    const own = objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    const mine = new RegExp(
      `(namespace="|job="|service=~"|cluster_name=~"(service|httproute)/|httproute-)(${own.join('|')})[-/"(]`,
    );
    const selectors = rules.flatMap(({ expr }) => expr.match(/\w+\{[^}]*\}/g) ?? []);
    expect(selectors.length).toBeGreaterThan(50);
    for (const selector of selectors) expect(selector.replaceAll('\\', '')).toMatch(mine);
  });

  /** The names in expressions, and the object that has to exist for each. */
  const NAMED: Readonly<Record<string, string>> = {
    deployment: 'Deployment',
    statefulset: 'StatefulSet',
    cronjob: 'CronJob',
    horizontalpodautoscaler: 'HorizontalPodAutoscaler',
    persistentvolumeclaim: 'PersistentVolumeClaim',
  };

  test('name existing objects only', () => {
    const named = rules.flatMap(({ expr }): string[] =>
      [...expr.matchAll(/namespace="([^"]+)",(\w+)="([^"]+)"/g)].flatMap(([, namespace, label, name]) =>
        NAMED[label as string] === undefined ? [] : [`${NAMED[label as string]} ${namespace}/${name}`],
      ),
    );
    const there = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
    for (const one of named) expect(there).toContain(one);
    const wanted = there.filter((one) =>
      /^(Deployment|StatefulSet|HorizontalPodAutoscaler|PersistentVolumeClaim) /.test(one),
    );
    for (const one of wanted) expect(named).toContain(one);
    const monitors = there.filter((one) => one.startsWith('PodMonitor ')).map((one) => one.split(' ')[1]);
    const jobs = rules.flatMap(({ expr }): string[] =>
      [...expr.matchAll(/[{,]job="([^"]+)"/g)].map(([, job]) => job as string),
    );
    for (const job of jobs) expect(monitors).toContain(job);
  });

  test('exist for the objects of the system, and for nothing else', () => {
    const kinds = new Set(objects.map(({ kind }) => kind));
    const defined = new Set(alerts.map(({ alert }) => alert));
    const always = [
      'MonitoringBlind',
      'ServiceDown',
      'ErrorRateHigh',
      'ErrorBudgetBurn',
      ...(UNTIMED.includes(folder) ? [] : ['LatencyHigh']),
      'MemoryHigh',
      'ConnectionPoolExhausted',
    ];
    const expected = [
      ...always,
      ...['BackupTooOld', 'RestoreDrillFailed', 'CertificateExpiring', 'MigrationFailed', 'ProvisioningFailed'],
      'PodsMissing',
      ...(kinds.has('Cluster') &&
      objects.some(({ kind, metadata }) => kind === 'PodMonitor' && metadata.name === 'postgres')
        ? ['WalArchivingStalled']
        : []),
      ...(kinds.has('HorizontalPodAutoscaler') ? ['AutoscalerAtMaximum'] : []),
      ...(kinds.has('PersistentVolumeClaim') || kinds.has('Cluster') ? ['DiskSpaceLow'] : []),
    ];
    expect([...defined].sort()).toEqual(expected.sort());
  });
});

describe.each(watched)('the dashboard of %s', (folder) => {
  const [environment = '', system = ''] = folder.split('/');
  const objects = dist[folder] as ManifestObject[];
  const map = find(objects, 'ConfigMap', `${system}-dashboard`);
  const [[file, text]] = Object.entries<string>(map.data) as [[string, string]];
  const dashboard = JSON.parse(text);
  const targets = dashboard.panels.flatMap((panel: Any) => panel.targets);

  test('has the label for Grafana, the name of this environment, and a selectable data source', () => {
    const long = { prod: 'production', staging: 'staging' }[environment];
    expect(map.metadata).toMatchObject({
      namespace: `${system}-${environment}`,
      labels: { grafana_dashboard: '1', app: system },
    });
    expect([file, dashboard.uid]).toEqual([`${system}-${long}.json`, `berth-${system}-${long}`]);
    expect(dashboard.uid.length).toBeLessThanOrEqual(40);
    expect(dashboard.templating.list).toEqual([expect.objectContaining({ name: 'datasource', type: 'datasource' })]);
    for (const { datasource } of [...dashboard.panels, ...targets]) {
      expect(datasource).toEqual({ type: 'prometheus', uid: '$datasource' });
    }
    const ids = dashboard.panels.map(({ id }: Any) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const corners = dashboard.panels.map(({ gridPos: { x, y, w } }: Any) => (x + w <= 24 ? `${x} ${y}` : 'outside'));
    expect([...new Set(corners)]).toEqual(corners.filter((one: string) => one !== 'outside'));
  });

  test("has the seed's metrics, and valid expressions in all panels", () => {
    expect(dashboard.panels.map(({ title }: Any) => title)).toEqual([
      'Requests',
      'Errors',
      ...(UNTIMED.includes(folder) ? [] : ['p50', 'p95', 'p99'].map((name) => `Response time, ${name}`)),
      'Pods that are ready',
      'CPU, in cores',
      'Memory',
      'Memory, of the limit',
      'Database connections',
      'AI tokens per second',
      'AI cost per hour',
    ]);
    expect(dashboard.panels.filter((panel: Any) => panel.targets.length === 0)).toEqual([]);
    expect(targets.flatMap(({ expr }: Any) => mistakes(expr))).toEqual([]);
  });

  test('shows the recorded series and the expressions of alerts', () => {
    const rules = rulesOf(objects);
    const shown = targets.map(({ expr }: Any) => expr as string);
    const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
    const series = shown.flatMap((expr: string) => [...expr.matchAll(/\bcomponent:[\w:]+/g)].map(([name]) => name));
    expect(series.length).toBeGreaterThan(UNTIMED.includes(folder) ? 1 : 4);
    for (const name of series) expect(recorded).toContain(name);
    // A panel and its alert have the same expression.
    const defined = rules.map(({ expr }) => expr as string).join('\n');
    for (const expr of dashboard.panels.find(({ title }: Any) => title === 'Memory, of the limit').targets) {
      expect(defined).toContain(`${expr.expr} > 0.9`);
    }
    for (const one of dashboard.panels.find(({ title }: Any) => title === 'Pods that are ready').targets) {
      expect(defined).toContain(`${one.expr} == 0`);
    }
  });
});
