import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { environment } from '../../lib/config/environment';
import { database } from '../../lib/parts/postgres/database';
import { type Any, find } from '../support';
import { type Lab, openLab, type Pod, type Result, until } from './lab';
import { ask, BACKUPS, NAMESPACE, SERVER, startStore, succeed, systemObjects } from './shop';

// The alert by database, from the dump to Prometheus: a real Pushgateway, which a real Prometheus reads with the rules of the system.

const made = database({
  system: 'shop',
  environment: environment('test'),
  namespace: NAMESPACE,
  source: { kind: 'development', revision: 1 },
  config: { ...SERVER, name: 'shop', user: 'shop' },
  client: { image: 'docker.io/library/postgres', tag: '17-alpine' },
  backups: { ...BACKUPS, pushgateway: { namespace: 'monitoring', labels: {}, service: 'pushgateway', port: 9091 } },
});
const objects = systemObjects(made, { namespace: 'monitoring', availability: 99.9, dashboards: {} });
const GATEWAY = 'pushgateway.monitoring.svc.cluster.local';
const STORE = {
  RESTIC_PASSWORD: 'development',
  AWS_ACCESS_KEY_ID: 'development',
  AWS_SECRET_ACCESS_KEY: 'development',
};

let lab: Lab;
let server: Pod;
let gateway: Pod;
let person: Pod;

const backup = () => lab.run(NAMESPACE, 'backup');
const lastLine = ({ log }: Result) => log.trimEnd().split('\n').at(-1);
const inServer = (statement: string, name?: string) => ask(server, statement, name);

async function read(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

/** The age of the newest dump in seconds, by server and database, as the Pushgateway has it. */
async function ages(): Promise<Record<string, number>> {
  const text = await read(`http://${lab.address(GATEWAY)}:9091/metrics`);
  const lines = text.split('\n').filter((line) => line.startsWith('berth_backup_last_success_timestamp_seconds{'));
  const label = (line: string, name: string) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '';
  return Object.fromEntries(
    lines.map((line) => [
      `${label(line, 'server')}/${label(line, 'database')}`,
      Date.now() / 1000 - Number(line.split(' ').at(-1)),
    ]),
  );
}

/** The summaries of the alerts that fire, by database. */
async function firing(): Promise<string[]> {
  const { data } = JSON.parse(await read(`http://${lab.address('prometheus.example.test')}:9090/api/v1/alerts`));
  return data.alerts.map(({ labels, annotations }: Any) => `${labels.alertname}: ${annotations.summary}`).sort();
}

/** Prometheus with the rules on databases. That a condition has to hold for a while is left out. */
async function startPrometheus(): Promise<void> {
  const folder = lab.folder('prometheus');
  const rules = find(objects, 'PrometheusRule')
    .spec.groups.flatMap((group: Any) => group.rules)
    .filter(({ alert = '' }: Any) => alert.startsWith('DatabaseBackup'))
    .map((rule: Any) => ({ ...rule, for: '0s' }));
  expect(rules).toHaveLength(2);
  writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: [{ name: 'databases', rules }] }));
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['/data/rules.yaml'],
    // Not with honor_labels: the labels of the alert are no target's.
    scrape_configs: [{ job_name: 'pushgateway', static_configs: [{ targets: [`${GATEWAY}:9091`] }] }],
  };
  writeFileSync(join(folder, 'prometheus.yaml'), stringify(config));
  await lab.daemon('prometheus', {
    image: 'prometheus',
    args: ['--config.file=/data/prometheus.yaml', '--storage.tsdb.path=/data/tsdb'],
    folders: { '/data': folder },
    port: 9090,
    hosts: ['prometheus.example.test'],
  });
}

async function startGateway(): Promise<void> {
  gateway = await lab.daemon('pushgateway', { image: 'pushgateway', port: 9091, hosts: [GATEWAY] });
}

beforeAll(async () => {
  lab = await openLab(objects);
  await startStore(lab);
  await startGateway();
  await startPrometheus();
  const env = { ...STORE, RESTIC_REPOSITORY: BACKUPS.repository };
  person = await lab.daemon('person', { image: 'restic', command: ['sleep', 'infinity'], env });
  server = await lab.start(NAMESPACE, 'postgres');
  await succeed(lab, 'provisioning');
  await inServer('create database "Re""ports"', 'postgres');
});

test('before the first night it is known that nothing is known', async () => {
  await until('the alert fires', 30, async () => (await firing()).length > 0);
  expect(await firing()).toEqual([
    expect.stringMatching(/^DatabaseBackupsUnknown: .* of server main were last dumped/),
  ]);
});

test('the age of each database and of the roles is pushed', async () => {
  await succeed(lab, 'backup');
  const now = await ages();
  expect(Object.keys(now).sort()).toEqual(['main/', 'main/Re%22ports', 'main/shop']);
  for (const age of Object.values(now)) expect(age).toBeLessThan(120);
  await until('no alert fires', 30, async () => (await firing()).length === 0);
});

test('the alert of a database that cannot be dumped fires alone, and names it', async () => {
  await age('/main.Re%22ports.sql', 2);
  await inServer('create table hidden ()', 'Re"ports');
  const result = await backup();
  expect([result.code, lastLine(result)]).toEqual([1, 'FAILED: main/Re%22ports']);
  const now = await ages();
  expect(now['main/shop']).toBeLessThan(120);
  expect(now['main/Re%22ports']).toBeGreaterThan(2 * 86_400 - 120);
  await until('the alert fires', 30, async () => (await firing()).length > 0);
  expect(await firing()).toEqual([
    expect.stringMatching(/^DatabaseBackupTooOld: The last dump of main\/Re%22ports is 2d 0h \S+ \S+ old/),
  ]);
});

/** Makes the one snapshot of a file some days older. */
async function age(path: string, days: number): Promise<void> {
  const time = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
  const argv = ['restic', '--no-cache', 'rewrite', '--forget', '--new-time', time, '--path', path];
  const { code, stderr } = await person.exec(argv);
  if (code !== 0) throw new Error(stderr);
}

test('one that never was dumped fires as well', async () => {
  await inServer('create database young', 'postgres');
  await inServer('create table hidden ()', 'young');
  expect(lastLine(await backup())).toBe('FAILED: main/Re%22ports, main/young');
  await until('the alert fires', 30, async () => (await firing()).length > 1);
  expect((await firing())[1]).toMatch(/^DatabaseBackupTooOld: The last dump of main\/young is \d{5}d /);
});

test('a server that does not answer keeps what was told of it', async () => {
  const url = `http://${GATEWAY}:9091/metrics/job/backup/task/${NAMESPACE}.backup/server/eu`;
  const metric = 'berth_backup_last_success_timestamp_seconds';
  const told = `# TYPE ${metric} gauge\n${metric}{database="acme"} 7\n`;
  expect(await person.exec(['wget', '-qO-', '--post-data', told, url])).toMatchObject({ code: 0, stderr: '' });
  const two = structuredClone(objects) as Any[];
  find(two, 'ConfigMap', 'servers').data['servers.tsv'] += 'eu\tnowhere.example.test\t5432\tdisable\n';
  await lab.update(two);
  expect(lastLine(await backup())).toMatch(/^FAILED: server eu, /);
  expect(Object.keys(await ages()).sort()).toEqual(['eu/acme', 'main/', 'main/Re%22ports', 'main/shop', 'main/young']);
  await lab.update(objects);
});

test('what is removed or left out on purpose leaves no series, and no alert', async () => {
  await inServer('drop database young', 'postgres');
  await inServer('alter database "Re""ports" allow_connections false', 'postgres');
  await succeed(lab, 'backup');
  expect(Object.keys(await ages()).sort()).toEqual(['eu/acme', 'main/', 'main/shop']);
  await until('no alert fires', 30, async () => (await firing()).length === 0);
});

test('a push that fails is told and fails the Job, and the dumps are kept', async () => {
  await gateway.kill();
  const result = await backup();
  expect([result.code, lastLine(result)]).toEqual([1, 'FAILED: pushgateway']);
  expect(result.log).toMatch(/^pushgateway: FAILED: wget: .+/m);
  expect(result.log).toMatch(/^main\/shop: dumped, /m);
  const { stdout } = await person.exec(['restic', '--no-cache', 'snapshots', '--json', '--path', '/main.shop.sql']);
  expect(Date.now() - Date.parse(JSON.parse(stdout).at(-1).time)).toBeLessThan(120_000);
});
