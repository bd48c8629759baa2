import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { environmentNames } from '../../../lib/config/environment-folders';
import { describeEnvironments } from '../../../lib/pipeline/environments';
import { edit, PROJECT, project } from '../../support';

/** What is refused of all environments, or of one of them. */
function refusedIn(root: string, names = environmentNames(root)): string[] {
  try {
    describeEnvironments(registry, root, names);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

/** A project with a copy of an environment that nobody has changed yet. */
function withCopy(name: string, of: string, tier: string): string {
  const root = project();
  cpSync(join(root, 'environments', of), join(root, 'environments', name), { recursive: true });
  writeFileSync(join(root, 'environments', name, 'environment.yaml'), `tier: ${tier}\n`);
  return root;
}

test('the fixtures share nothing', () => {
  expect(refusedIn(project())).toEqual([]);
});

test('a copied environment is refused with all that it shares, and both places', () => {
  const refused = refusedIn(withCopy('qa', 'staging', 'staging'), ['qa']);
  expect(refused.map((line) => line.replace(/^environments\/qa\//, '').replace(/given ".*?"/, 'given …'))).toEqual([
    expect.stringMatching(/^ephitup\.yaml:4:15: hosts\.app: /),
    expect.stringMatching(/^ephitup\.yaml:13:15: backups\.repository: /),
    expect.stringMatching(/^ephitup\.yaml:17:\d+: secrets\.store\.roleArn: /),
    expect.stringMatching(
      /^pliers\.yaml:3:15: hosts\.app: given …, expected a host that no other system has; it is used at environments\/staging\/pliers\.yaml:3:15: hosts\.app$/,
    ),
    expect.stringMatching(/^pliers\.yaml:13:15: backups\.repository: given …, expected a backup repository/),
    expect.stringMatching(
      /^pliers\.yaml:17:\d+: secrets\.store\.roleArn: given …, expected a cloud role that no other environment has/,
    ),
    expect.stringMatching(/^salient\.yaml:4:15: hosts\.api: /),
    expect.stringMatching(/^salient\.yaml:4:\d+: hosts\.admin: /),
    expect.stringMatching(
      /^salient\.yaml:28:\d+: database\.archive\.destination: given …, expected an archive of the write-ahead log/,
    ),
    expect.stringMatching(/^salient\.yaml:32:15: backups\.repository: /),
    expect.stringMatching(/^salient\.yaml:36:\d+: secrets\.store\.roleArn: /),
    expect.stringMatching(
      /^three-tier\.yaml:3:\d+: hosts\.app\.host: given …, expected a host that no other system has/,
    ),
    expect.stringMatching(/^three-tier\.yaml:14:15: backups\.repository: /),
    expect.stringMatching(/^three-tier\.yaml:18:\d+: secrets\.store\.roleArn: /),
  ]);
});

test('hosts below localhost may be shared', () => {
  const root = withCopy('local', 'dev', 'development');
  expect(refusedIn(root, ['local'])).toEqual([]);
});

test('one environment is compared with the others, and not with those that are wrong themselves', () => {
  const root = withCopy('qa', 'staging', 'staging');
  expect(refusedIn(root, ['prod'])).toEqual([]);
  edit(root, 'environments/prod/salient.yaml', 'api: api.salient.ai', 'api: api.staging.salient.ai');
  expect(refusedIn(root, ['prod'])).toEqual([
    expect.stringMatching(
      /^environments\/prod\/salient\.yaml:4:15: hosts\.api: given "api\.staging\.salient\.ai", .*environments\/qa\/salient\.yaml/,
    ),
  ]);
  for (const name of ['qa', 'staging']) edit(root, `environments/${name}/salient.yaml`, 'hosts:', 'hosst:');
  expect(refusedIn(root, ['prod'])).toEqual([]);
});

test.each([
  [
    'a host twice in one system',
    'prod/salient.yaml',
    'admin: admin.salient.ai',
    'admin: api.salient.ai',
    /^environments\/prod\/salient\.yaml:4:38: hosts\.admin: given "api\.salient\.ai", expected a host that no other system has; it is used at environments\/prod\/salient\.yaml:4:15: hosts\.api$/,
  ],
  [
    'a host of two systems',
    'prod/pliers.yaml',
    'app: pliers.example.com',
    'app: admin.salient.ai',
    /^environments\/prod\/pliers\.yaml:3:15: hosts\.app: given "admin\.salient\.ai", .*environments\/prod\/salient\.yaml:4:38: hosts\.admin$/,
  ],
  [
    'a backup repository of two systems, which have different keys',
    'prod/pliers.yaml',
    'pliers-prod-backups',
    'salient-prod-backups',
    /^environments\/prod\/pliers\.yaml:16:15: backups\.repository: .*environments\/prod\/salient\.yaml/,
  ],
  [
    'the prefix of remote secrets of another environment',
    'staging/pliers.yaml',
    'secrets:\n  kind: external',
    'secrets:\n  kind: external\n  prefix: pliers',
    /secrets\.prefix: given "pliers", expected a prefix of remote secrets that no other environment has; it is used at environments\/prod\/pliers\.yaml/,
  ],
  [
    'the cluster of another platform',
    'staging/platform.yaml',
    'priorityClasses: true',
    'priorityClasses: true\nargocd: { cluster: prod }',
    /argocd\.cluster: given "prod", expected a cluster that no other environment has; it is used at environments\/prod\/platform\.yaml/,
  ],
])('%s is refused', (_, file, from, to, expected) => {
  const root = project();
  edit(root, `environments/${file}`, from, to);
  expect(refusedIn(root)).toEqual([expect.stringMatching(expected)]);
});

/** What is refused of two systems of prod that have these backup repositories. */
function refusedOf(salient: string, pliers: string): string[] {
  const root = project();
  for (const [name, settings] of Object.entries({ salient, pliers })) {
    const bucket = `repository: s3:https://s3.us-east-1.amazonaws.com/${name}-prod-backups`;
    edit(root, `environments/prod/${name}.yaml`, bucket, `repository: ${settings}`);
  }
  return refusedIn(root);
}

test.each([
  ['s3:https://s3.example.com/backups', 's3:https://s3.example.com:443/backups/'],
  ['azure:backups:/', 'azure:backups:/'],
  ['azure:backups:/prod', 'azure:backups:/prod/'],
  ['gs:backups:/', 'gs:backups:/'],
  ['rest:https://backups.example.com/shop/', 'rest:https://Backups.example.com/shop'],
])('the repository %s of two systems is refused as %s', (salient, pliers) => {
  const place = String.raw`environments\/prod\/pliers\.yaml:16:15: backups\.repository: given ".*", expected a backup repository`;
  expect(refusedOf(salient, pliers)).toEqual([expect.stringMatching(new RegExp(place))]);
});

test.each([
  ['azure:backups:/salient', 'azure:backups:/pliers'],
  ['gs:backups:/', 'azure:backups:/'],
  ['rest:https://backups.example.com/salient/', 'rest:https://backups.example.com/pliers/'],
])('the repositories %s and %s are two', (salient, pliers) => {
  expect(refusedOf(salient, pliers)).toEqual([]);
});

test('one path is a repository in each namespace, on a claim of its own', () => {
  const root = project();
  for (const [environment, name] of [
    ['prod', 'salient'],
    ['prod', 'pliers'],
    ['staging', 'pliers'],
  ]) {
    const file = `environments/${environment}/${name}.yaml`;
    const text = readFileSync(join(root, file), 'utf8');
    const changed = text.replace(/repository: .*\n +addresses: .*\n/, 'repository: /backups\n  claim: nas\n');
    expect(changed).not.toBe(text);
    writeFileSync(join(root, file), changed);
  }
  expect(refusedIn(root)).toEqual([]);
});

test('a database server of another environment is refused, and one of two systems is not', () => {
  const root = withCopy('qa', 'prod', 'production');
  rmSync(join(root, 'environments/qa/salient.yaml'));
  rmSync(join(root, 'environments/qa/tenants.yaml'));
  rmSync(join(root, 'environments/qa/platform.yaml'));
  expect(refusedIn(root, ['qa'])).toContainEqual(
    expect.stringMatching(
      /database: given "pliers-db\.internal\.example\.com", expected a database server that no other environment has/,
    ),
  );
  const both = project();
  edit(both, 'environments/prod/pliers.yaml', 'pliers-db.internal.example.com', 'db.internal.example.com');
  expect(refusedIn(both)).toEqual([
    expect.stringMatching(
      /^environments\/prod\/pliers\.yaml:8:\d+: database\.maxConnections: given 200, expected 400, which environments\/prod\/salient\.yaml:18:\d+: database\.maxConnections states for the same server db\.internal\.example\.com$/,
    ),
  ]);
  edit(both, 'environments/prod/pliers.yaml', 'maxConnections: 200', 'maxConnections: 400');
  expect(refusedIn(both)).toEqual([]);
});

test('a namespace of two environments is refused', () => {
  const root = project();
  const names = readdirSync(join(root, 'environments/dev'));
  const copy = mkdtempSync(join(tmpdir(), 'berth-'));
  expect(names).toContain('pliers.yaml');
  for (const name of ['x', 'x-data']) {
    cpSync(join(PROJECT, 'environments/dev/pliers.yaml'), join(copy, 'environments', name, 'pliers.yaml'));
    writeFileSync(join(copy, 'environments', name, 'environment.yaml'), 'tier: development\n');
  }
  expect(refusedIn(copy)).toEqual([
    'environments/x-data/pliers.yaml:3:1: given "pliers-x-data", expected a namespace that no other system has; it is used at environments/x/pliers.yaml:3:1',
  ]);
});
