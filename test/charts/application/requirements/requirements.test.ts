import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingText } from '../../../../charts/application/requirements/part';
import { type Any, find, ROOT } from '../../../support';
import { built, described, type Files, messageOf, objectsOf } from '../application';

const PORTAL = readFileSync(join(ROOT, 'test/fixtures/applications/portal.yaml'), 'utf8');

/** An API with a database, of which these things are asked. */
const orders = (requirements: string, { api = '', database = '', more = '' } = {}) => `pattern: microservices
hosts: { app: orders.example.com }
services:
  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /, exposed: /, cpu: 500m..1, env: { DB: { database: url } }${api} }
database: { kind: external, host: db.internal.example.com, addresses: [10.0.0.0/24], unverified: tests use no certificate, maxConnections: 400${database} }
requirements: ${requirements}
edge: { kind: traefik, issuer: letsencrypt-prod }
monitoring: { enabled: true }
backups: { repository: "s3:https://s3.example.com/orders", addresses: [10.20.8.0/24] }
secrets: { kind: manual }
${more}`;

const EXAMPLE =
  '{ users: 1000, requestsPerSecond: 500, p95: { api: 200ms }, availability: 99.9, databaseTime: 100ms, rateLimit: 100/min }';

/** The application of some files, described once. */
const describedOnce = new Map<string, Any>();
function one(files: Files, environment = 'prod'): Any {
  const key = JSON.stringify([files, environment]);
  const known = describedOnce.get(key) ?? described(files, environment)[0];
  describedOnce.set(key, known);
  return known;
}
const settingsOf = (text: string, environment = 'prod') =>
  one({ [`${environment}/orders.yaml`]: text }, environment).values;
const modelOf = (text: string, environment = 'prod') =>
  one({ [`${environment}/orders.yaml`]: text }, environment).model;
const noticesOf = (text: string, environment = 'prod'): readonly string[] => modelOf(text, environment).notices;
const rowsOf = (text: string, environment = 'prod'): Record<string, string> =>
  Object.fromEntries(
    modelOf(text, environment).requirements.map(({ name, value, formula }: Any) => [name, `${value} = ${formula}`]),
  );

describe('the worked example', () => {
  test('each number is shown with its arithmetic', () => {
    expect(rowsOf(orders(EXAMPLE))).toEqual({
      'think time of a user': '1.8 s = 1000 / 500 − 0.2 s',
      'least pods of each service': '3 = ⌈ln(0.001) / ln(0.01)⌉ + 1',
      'pods of api at the peak, by CPU': '15 = ⌈500 × 0.01 / (0.5 × 0.7)⌉',
      'requests in flight in each pod of api': '7 = ⌈500 × 0.2 / 15⌉',
      'least pods of api': '4 = max(3, ⌈15 × 25 %⌉)',
      'most pods of api': '23 = max(4, ⌈15 × 1.5⌉)',
      'database connections that each pod of api needs': '5 = max(2, ⌈1.5 × 500 × 0.1 / 15⌉)',
      'busy database connections': '50 = 500 × 0.1',
      'error budget in 30 days': '43.2 min = 0.001 × 30 × 24 × 60',
      'errors in 1h and 5m that page': '1.44 % = 14.4 × 0.1 %',
      'errors in 6h and 30m that page': '0.6 % = 6 × 0.1 %',
      'errors in 1d and 2h that open a ticket': '0.3 % = 3 × 0.1 %',
      'errors in 3d and 6h that open a ticket': '0.1 % = 1 × 0.1 %',
      '95th percentile of response times of api': 'below 0.2 s = an alert when it is not, for 10 min',
      'requests of one user in a minute': '30 = 60 × 500 / 1000',
      'requests of one client address in a minute, on average': expect.stringMatching(/^100 = 100 at once; an office /),
      'connections of db.internal.example.com in a rollout at the peak':
        '159 of 390 = api (23 + 6) × 5 + 14 of Jobs, of 400 − 10 reserved',
    });
  });

  test('the settings follow from them', () => {
    const { services, database, monitoring } = settingsOf(orders(EXAMPLE));
    expect([services.api.scale, database.poolSize, monitoring.availability]).toEqual([
      { min: 4, max: 23, cpu: 70 },
      5,
      99.9,
    ]);
  });

  test('the objects follow from them', () => {
    const objects = objectsOf({ 'prod/orders.yaml': orders(EXAMPLE) });
    const { minReplicas, maxReplicas } = find(objects, 'HorizontalPodAutoscaler', 'api-hpa').spec;
    expect([minReplicas, maxReplicas]).toEqual([4, 23]);
    expect(find(objects, 'PodDisruptionBudget', 'api').spec.maxUnavailable).toBe(1);
    expect(find(objects, 'Middleware', 'orders-app-rate').spec.rateLimit).toEqual({
      average: 100,
      burst: 100,
      period: '1m',
    });
    const { rules } = find(objects, 'PrometheusRule').spec.groups[1];
    const named = (alert: string) => rules.filter((one: Any) => one.alert === alert).map(({ expr }: Any) => expr);
    expect(named('ErrorBudgetBurn').map((expr: string) => /> ([\d.]+)/.exec(expr)?.[1])).toEqual([
      '0.0144',
      '0.006',
      '0.003',
      '0.001',
    ]);
    expect(named('LatencyHigh').join()).toMatch(/>= 0\.2$/);
  });

  test('in staging half of the pods, rounded up, with the same pools', () => {
    const { services, database } = settingsOf(orders(EXAMPLE), 'staging');
    expect([services.api.scale, database.poolSize]).toEqual([{ min: 2, max: 12, cpu: 70 }, 5]);
    expect(rowsOf(orders(EXAMPLE), 'staging')).toMatchObject({
      'least pods of each service': '2 = ⌈3 / 2⌉ with 3 = ⌈ln(0.001) / ln(0.01)⌉ + 1',
      'least pods of api': '2 = ⌈4 / 2⌉ with 4 = max(3, ⌈15 × 25 %⌉)',
      'most pods of api': '12 = ⌈23 / 2⌉ with 23 = max(4, ⌈15 × 1.5⌉)',
    });
  });

  test('in development pods and pools are as without requirements', () => {
    const { services, database } = settingsOf(orders(EXAMPLE).replace(/^edge.*\n/m, ''), 'dev');
    expect([services.api.scale, database.poolSize]).toEqual([{ replicas: 1 }, 10]);
    expect(Object.keys(rowsOf(orders(EXAMPLE).replace(/^edge.*\n/m, ''), 'dev')).join()).not.toMatch(/least|most pods/);
  });
});

describe('what the file says wins, and a notice tells what would have followed', () => {
  test('scale, of which the pool follows then', () => {
    const text = orders(EXAMPLE, { api: ', scale: { min: 3, max: 10, cpu: 60 }' });
    const { services, database } = settingsOf(text);
    expect([services.api.scale, database.poolSize]).toEqual([{ min: 3, max: 10, cpu: 60 }, 8]);
    expect(noticesOf(text)).toContain(
      'services.api.scale is { min: 3, max: 10, cpu: 60 }; requirements.requestsPerSecond would give { min: 4, max: 23, cpu: 70 } (min = max(3, ⌈15 × 25 %⌉) = 4, max = max(4, ⌈15 × 1.5⌉) = 23)',
    );
    expect(noticesOf(text).join()).not.toContain('poolSize');
    expect(Object.keys(rowsOf(text)).join()).not.toMatch(/least pods of api|most pods of api/);
  });

  test.each([
    ['more pods than the load needs', '{ min: 4, max: 100, cpu: 70 }', 5],
    ['a fixed number of pods', '{ replicas: 20 }', 4],
  ])('scale with %s: the pool is of those at the peak', (_, scale, poolSize) => {
    expect(settingsOf(orders(EXAMPLE, { api: `, scale: ${scale}` })).database.poolSize).toBe(poolSize);
  });

  test('the scale of a base', () => {
    const [base = '', own = ''] = orders(EXAMPLE, { api: ', scale: { replicas: 4 }' }).split(/^(?=database)/m);
    const files: Files = { 'orders.yaml': base, 'prod/orders.yaml': own };
    expect(one(files).values.services.api.scale).toEqual({ replicas: 4 });
  });

  test('what an environment goes without', () => {
    const two = orders('{ requestsPerSecond: 500 }').replace(
      '\ndatabase:',
      '\n  old: { image: ghcr.io/yourorg/old, tag: v1.0.0, port: 81, health: /, exposed: /old }\ndatabase:',
    );
    const files: Files = { 'orders.yaml': two, 'prod/orders.yaml': 'without: [old]\n' };
    expect(one(files).values.services.api.scale).toEqual({ min: 4, max: 23, cpu: 70 });
  });

  test('poolSize', () => {
    const text = orders(EXAMPLE, { database: ', poolSize: 3' });
    expect(settingsOf(text).database.poolSize).toBe(3);
    expect(noticesOf(text)).toContain(
      'database.poolSize is 3; requirements.databaseTime would give 5 (max(2, ⌈1.5 × 500 × 0.1 / 15⌉), for api)',
    );
  });

  test('backups', () => {
    const text = orders('{ rpo: 6h, rto: 30m, retention: { daily: 3 } }').replace(
      'addresses: [10.20.8.0/24] }\nsecrets',
      'addresses: [10.20.8.0/24], every: 12, keep: { daily: 9 }, drill: { rto: 2h } }\nsecrets',
    );
    const { every, keep, drill } = settingsOf(text).backups;
    expect([every, keep, drill.rpo, drill.rto]).toEqual([12, { daily: 9, weekly: 4, monthly: 12 }, 7 * 3600, 7200]);
    expect(rowsOf(text)['hours between dumps']).toMatch(/^12 h = backups.every; /);
    expect(Object.keys(rowsOf(text))).not.toContain('age of the newest dump that is an alert');
    expect(noticesOf(text)).toEqual(
      expect.arrayContaining([
        'backups.every is 12; requirements.rpo would give 6 (the largest of 24, 12, 8, 6, 4, 3, 2, 1 h that is at most 6h)',
        'backups.keep.daily is 9; requirements.retention would give 3',
        'backups.drill.rto is 2h; requirements.rto would give 30m',
      ]),
    );
  });

  test('the limit of a host', () => {
    const text = orders(EXAMPLE).replace('orders.example.com }', '{ host: orders.example.com, rateLimit: 500/min } }');
    expect(noticesOf(text)).toContain(
      'hosts.app.rateLimit is another limit than requirements.rateLimit (100 a minute), and counts there',
    );
  });

  test('no notice where all follows', () => {
    expect(noticesOf(orders(EXAMPLE)).join()).not.toContain('would give');
  });
});

describe('pods', () => {
  const scaleOf = (requirements: string, api = ''): Any => settingsOf(orders(requirements, { api })).services.api.scale;

  test('requests follow from users alone', () => {
    const text = orders('{ users: 1000, p95: { api: 200ms } }');
    expect(rowsOf(text)['requests of api at the peak']).toBe('98.04/s = 1000 / (10 s + 0.2 s)');
    expect(rowsOf(text)['pods of api at the peak, by CPU']).toBe('3 = ⌈98.04 × 0.01 / (0.5 × 0.7)⌉');
  });

  test('users who do not think can send as many requests as a message says', () => {
    const text = orders('{ users: 100, requestsPerSecond: 500, p95: { api: 200ms } }');
    expect(rowsOf(text)['think time of a user']).toBe('0 s = 100 / 500 − 0.2 s');
  });

  test('what one pod works on at once needs more of them, and the autoscaler a lower target', () => {
    expect(scaleOf('{ requestsPerSecond: 500, p95: { api: 200ms }, measured: { api: { concurrency: 4 } } }')).toEqual({
      min: 7,
      max: 38,
      cpu: 40,
    });
  });

  test('so many pods that each uses almost no CPU have no autoscaler', () => {
    const waiting =
      '{ requestsPerSecond: 10, p95: { api: 5s }, measured: { api: { cpuPerRequest: 1ms, concurrency: 1 } } }';
    expect(scaleOf(waiting)).toEqual({ replicas: 75 });
    expect(rowsOf(orders(waiting))['pods of api']).toBe(
      '75 = max(2, ⌈50 × 1.5⌉): waiting uses no CPU that an autoscaler could follow',
    );
  });

  test('streams that need fewer pods than the CPU leave the autoscaler, which always has those', () => {
    expect(scaleOf('{ requestsPerSecond: 500, streams: { api: 1 } }')).toEqual({ min: 4, max: 23, cpu: 70 });
    expect(scaleOf('{ requestsPerSecond: 500, streams: { api: 400 } }')).toEqual({ min: 8, max: 23, cpu: 70 });
    expect(scaleOf('{ requestsPerSecond: 500, streams: { api: 1000 } }')).toEqual({ replicas: 30 });
  });

  test('streams have a fixed number of pods, since waiting uses no CPU', () => {
    expect(scaleOf('{ streams: { api: 400 } }')).toEqual({ replicas: 12 });
    expect(scaleOf('{ streams: { api: 400 }, measured: { api: { streams: 400 } } }')).toEqual({ replicas: 2 });
  });

  test('without a load, as many as the availability needs', () => {
    expect(scaleOf('{ availability: 99.999 }')).toEqual({ replicas: 4 });
    expect(scaleOf('{ availability: 99.9, assumed: { podAvailability: 99.9 } }')).toEqual({ replicas: 2 });
  });

  test('an autoscaler with one number of pods is none', () => {
    expect(scaleOf('{ requestsPerSecond: 1 }')).toEqual({ replicas: 2 });
  });

  test('a pod with storage of its own stays alone', () => {
    const text = orders('{ requestsPerSecond: 500, p95: { api: 200ms }, databaseTime: 100ms }', {
      api: ', storage: { /data: { size: 1Gi, backup: { none: a cache } } }',
    });
    expect(settingsOf(text).services.api.scale).toBeUndefined();
    expect(settingsOf(text).database.poolSize).toBe(75);
    const rows = rowsOf(text);
    expect(Object.keys(rows).join()).not.toMatch(/least pods|most pods/);
    expect(rows['requests in flight in each pod of api']).toBe('100 = ⌈500 × 0.2 / 1⌉');
    expect(noticesOf(text)).toContain(
      'services.api keeps data in its storage, and its load needs 15 pods: it has those of its scale',
    );
  });
});

describe('connections', () => {
  /** A server with as many connections as fit. */
  const text = (maxConnections: number) =>
    orders(EXAMPLE).replace('maxConnections: 400', `maxConnections: ${maxConnections}`);
  const violationsOf = (most: number) => built({ 'prod/orders.yaml': text(most) }).violations;

  test('the sum is the one that the rule on connections compares', () => {
    expect(rowsOf(text(169))['connections of db.internal.example.com in a rollout at the peak']).toMatch(
      /^159 of 159 /,
    );
    expect(violationsOf(169)).toEqual([]);
    expect(violationsOf(168).join()).toContain('168');
  });

  test('a rollout with a long drain doubles the pods', () => {
    const long = orders(EXAMPLE, { api: ', shutdown: { drain: 60s }' });
    expect(rowsOf(long)['connections of db.internal.example.com in a rollout at the peak']).toMatch(
      /^244 of 390 = api \(23 \+ 23\) × 5 /,
    );
    expect(
      built({ 'prod/orders.yaml': long.replace('maxConnections: 400', 'maxConnections: 253') }).violations,
    ).not.toEqual([]);
    expect(
      built({ 'prod/orders.yaml': long.replace('maxConnections: 400', 'maxConnections: 254') }).violations,
    ).toEqual([]);
  });

  test('an assumed time in the database lowers no pool', () => {
    const assumed = orders('{ requestsPerSecond: 500 }');
    expect(settingsOf(assumed).database.poolSize).toBe(10);
    expect(rowsOf(assumed)).toMatchObject({ 'busy database connections': '10 = 500 × 0.02 (databaseTime is assumed)' });
    expect(Object.keys(rowsOf(assumed)).join()).not.toContain('each pod of api needs');
  });

  test('more than the cores of the server work for is a notice', () => {
    const inside = orders(EXAMPLE).replace(
      /^database.*$/m,
      'database: { kind: statefulset, image: docker.io/library/postgres, tag: 16.15-alpine, maxConnections: 400, cpu: 1..4 }',
    );
    expect(noticesOf(inside)).toContain(
      'requests keep 50 database connections busy (500 × 0.1), and database.cpu of 4 works for 9 at a time (2 × 4 + 1): more connections only queue. Consider database.pgbouncer, more database.cpu, or a shorter databaseTime',
    );
    expect(noticesOf(inside.replace('1..4', '1..30')).join()).not.toContain('queue');
  });
});

describe('recovery', () => {
  test.each([
    ['24h', 24, '2'],
    ['36h', 24, '2'],
    ['23h', 12, '2,14'],
    ['6h', 6, '2,8,14,20'],
    ['90m', 1, '*'],
  ])('of %s, dumps every %d hours', (rpo, every, hours) => {
    const objects = objectsOf({ 'prod/orders.yaml': orders(`{ rpo: ${rpo} }`) });
    const { schedule } = find(objects, 'CronJob', 'backup').spec;
    expect(schedule.split(' ')[1]).toBe(hours);
    expect(settingsOf(orders(`{ rpo: ${rpo} }`)).backups.every).toBe(every);
  });

  test('an alert fires an hour later than what may be lost, and the drill refuses the same', () => {
    const objects = objectsOf({ 'prod/orders.yaml': orders('{ rpo: 6h, rto: 30m }') });
    const { rules } = find(objects, 'PrometheusRule').spec.groups[1];
    const { expr } = rules.find((one: Any) => one.alert === 'BackupTooOld');
    expect(expr).toMatch(new RegExp(`> ${7 * 3600}$`));
    const { env } = find(objects, 'CronJob', 'restore-drill').spec.jobTemplate.spec.template.spec.containers[0];
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'RPO_SECONDS', value: String(7 * 3600) },
        { name: 'RTO_SECONDS', value: '1800' },
      ]),
    );
  });

  test.each([
    ['the objective and an hour', '{ rpo: 90m }', '', 3],
    ['as without requirements, where the file dumps less often', '{ rpo: 6h }', ', every: 12', 18],
    ['at most the longest duration of a setting', '{ rpo: 9999h }', '', 9999],
  ])('the oldest dump that is no alert: %s', (_, requirements, every, hours) => {
    const { tasks } = modelOf(orders(requirements).replace('/24] }\nsecrets', `/24]${every} }\nsecrets`));
    expect(tasks.find(({ name }: Any) => name === 'backup').maxAge.toSeconds()).toBe(hours * 3600);
  });

  test('below an hour it is up to the provider of an external database', () => {
    expect(noticesOf(orders('{ rpo: 15m }'))).toContain(
      'requirements.rpo 15m is up to the provider of the database: it has to restore to a moment',
    );
    expect(settingsOf(orders('{ rpo: 15m }')).backups.every).toBe(24);
  });

  test('a restore that takes too long is a notice', () => {
    const inside = (rto: string) =>
      orders(`{ rto: ${rto} }`).replace(
        /^database.*$/m,
        'database: { kind: statefulset, image: docker.io/library/postgres, tag: 16.15-alpine, storage: 20Gi }',
      );
    expect(noticesOf(inside('7m'))).toContain(
      'requirements.rto 7m is less than the 7.158 min that a restore of a full volume takes (20 GiB / 50 MB/s): a smaller database.storage, or requirements.assumed.restoreSpeed as it was measured',
    );
    expect(noticesOf(inside('8m')).join()).not.toContain('rto');
  });

  test('what has no effect without backups is a notice', () => {
    const text = orders('{ rpo: 6h, rto: 1h, retention: {} }').replace(
      /^backups.*$/m,
      'backups: { none: the provider makes them }',
    );
    expect(settingsOf(text).backups).toEqual({ none: 'the provider makes them' });
    expect(Object.keys(rowsOf(text)).join()).not.toMatch(/dump|restore/);
    expect(noticesOf(text).filter((one) => one.includes('no effect'))).toEqual(
      ['rpo', 'rto', 'retention'].map((key) => `requirements.${key} has no effect: there are no backups`),
    );
    const soon = text.replace('6h', '15m');
    expect(noticesOf(soon).join()).not.toContain('requirements.rpo has no effect');
    expect(rowsOf(soon)['data that is lost at most']).toMatch(/^15m/);
  });

  test('what a base asks for is neither refused nor advised on in development', () => {
    const files: Files = {
      'orders.yaml': `pattern: microservices
services:
  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /, exposed: /, env: { DB: { database: url } } }
database: { storage: 20Gi }
requirements: { requestsPerSecond: 500, databaseTime: 1s, availability: 99.999, rpo: 15m, rto: 1m, p95: { api: 20s } }
`,
      'dev/orders.yaml': 'hosts: { app: orders.localhost }\n',
    };
    expect(messageOf(files, ['dev'])).toBe('');
    expect(one(files, 'dev').model.notices).toEqual([]);
  });
});

describe('notices', () => {
  test('what stands in series cannot hold the availability', () => {
    expect(noticesOf(orders('{ availability: 99.99 }'))).toContain(
      'requirements.availability 99.99 % is more than services.api can hold if it needs all in its way: edge 99.99 % × api 99.9999 % × the database server main 99.95 % = 99.9399 % (assumed)',
    );
    expect(noticesOf(orders('{ availability: 99.9 }')).join()).not.toContain('in its way');
  });

  test('a service called edge stands in series with all that it needs', () => {
    expect(noticesOf(orders('{ availability: 99.99 }').replace('  api:', '  edge:'))).toContain(
      'requirements.availability 99.99 % is more than services.edge can hold if it needs all in its way: edge 99.99 % × edge 99.9999 % × the database server main 99.95 % = 99.9399 % (assumed)',
    );
  });

  test('an external server called edge stands in series beside the edge', () => {
    const text = orders('{ availability: 99.99 }', { api: ', connectsTo: [edge]' }).replace(
      /^database:/m,
      'external: { edge: { host: a.example.com, port: 443, addresses: [10.9.0.0/24] } }\ndatabase:',
    );
    expect(noticesOf(text).join()).toMatch(/: edge 99\.99 % × api 99\.9999 % × .*edge 99\.95 %/);
  });

  test('what was measured of a service without a load', () => {
    const notice = 'requirements.measured.api has no effect: api has neither requestsPerSecond nor streams';
    expect(noticesOf(orders('{ measured: { api: {} } }'))).toContain(notice);
    expect(noticesOf(orders('{ requestsPerSecond: 5, measured: { api: {} } }'))).not.toContain(notice);
  });

  test('targets without monitoring', () => {
    const text = orders(EXAMPLE).replace('{ enabled: true }', '{}');
    expect(noticesOf(text)).toContain('requirements has no alerts: monitoring.enabled is false');
    const rows = rowsOf(text);
    expect(rows['95th percentile of response times of api']).toBe(
      'below 0.2 s = no alert: monitoring.enabled is false',
    );
    expect(Object.keys(rows).filter((name) => name.startsWith('errors in'))).toEqual([]);
    const more = orders('{ rpo: 6h, ai: { requestsPerDay: 1000, inputTokens: 2000, outputTokens: 500 } }');
    expect(Object.keys(rowsOf(more.replace('{ enabled: true }', '{}'))).join()).not.toContain('alert');
  });

  test('response times that nothing measures', () => {
    const envoy = orders('{ p95: { api: 1s } }', { api: '' })
      .replace('kind: traefik', 'kind: gateway, implementation: envoy')
      .replace('exposed: /', 'exposed: { path: /, stream: 1h }');
    const inside = orders('{ p95: { api: 1s } }').replace(', exposed: /', '');
    for (const [text, why] of [
      [envoy, 'Envoy measures until the end'],
      [inside, 'only requests through the edge are measured'],
    ] as const) {
      expect(noticesOf(text).join()).toContain(`requirements.p95 of api has no alert: ${why}`);
      expect(rowsOf(text)['95th percentile of response times of api']).toContain(`below 1 s = no alert: ${why}`);
    }
  });

  test('a limit without hosts', () => {
    const inside = orders('{ rateLimit: 100/min }')
      .replace(/^(hosts|edge).*\n/gm, '')
      .replace(', exposed: /', '');
    expect(noticesOf(inside)).toContain('requirements.rateLimit has no effect: there are no hosts');
    expect(Object.keys(rowsOf(inside)).join()).not.toContain('client address');
  });

  test('logs that nothing keeps', () => {
    const files: Files = { 'prod/orders.yaml': orders('{ logRetention: 30d }') };
    const notice = 'requirements.logRetention 30d is kept by nothing here: platform.yaml has no monitoring.loki';
    expect(one(files).model.notices).toContain(notice);
    const platform =
      'issuers: { letsencrypt-prod: { kind: self-signed } }\nmonitoring: { loki: { retentionDays: 30 } }\n';
    expect(
      described({ ...files, 'prod/platform.yaml': platform }).flatMap(({ model }) => model?.notices ?? []),
    ).not.toContain(notice);
  });

  test('models without metrics and prices', () => {
    const ai = '{ ai: { requestsPerDay: 1000, inputTokens: 2000, outputTokens: 500 } }';
    expect(noticesOf(orders(ai))).toEqual(
      expect.arrayContaining([
        'requirements.ai has no alert: no service says metrics: { path: /metrics, tokens: true }',
        'requirements.ai has no cost: monitoring.metrics.ai.prices says none',
      ]),
    );
  });
});

describe('an application of which everything is asked', () => {
  const objects = objectsOf({ 'prod/portal.yaml': PORTAL });
  const rows = rowsOf(PORTAL);

  test('the models of a month, and twice the tokens of a day', () => {
    expect(rows['language models in a month']).toBe('4104 US$ = 30.4 × 10000 × (2000 × 3 + 500 × 15) / 10⁶');
    const { rules } = find(objects, 'PrometheusRule').spec.groups[1];
    expect(rules.find((one: Any) => one.alert === 'AiTokensHigh').expr).toBe(
      'sum(increase(gen_ai_client_token_usage_sum{job="portal-prod/neuron"}[1d])) > 50000000',
    );
  });

  test('the time of maintenance and of logs is told by the namespaces, and a window of Argo CD proposed', () => {
    expect(find(objects, 'Namespace', 'portal-prod').metadata.annotations).toMatchObject({
      'berth.dev/maintenance': 'Sat 23:30-01:00 UTC',
      'berth.dev/log-retention': '30d',
    });
    expect(rows['window of Argo CD for it, as argocd.windows of platform.yaml']).toBe(
      '{ schedule: "30 23 * * 6", duration: 90m } = Sat 23:30-01:00',
    );
    expect(rows['maintenance in a month']).toBe(
      '6.5 h = 1.5 h × 52 / 12; the alerts on the error budget fire in it too: silence them',
    );
  });

  test('the think time is of all requests together', () => {
    expect(rows['think time of a user']).toBe('1.654 s = 1000 / 520 − 0.2692 s');
  });

  test('its requirements ask for nothing in development but what they check', () => {
    expect(messageOf({ 'dev/portal.yaml': PORTAL.replace(/^(edge|secrets|backups).*\n/gm, '') }, ['dev'])).toBe('');
  });
});

test('a setting within another one is shown in full', () => {
  expect(settingText({ min: 0, max: 20, queue: { name: 'render', messages: 50 } })).toBe(
    '{ min: 0, max: 20, queue: { name: render, messages: 50 } }',
  );
});
