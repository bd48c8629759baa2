import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../charts';
import { folderWith, PROJECT } from './support';
import { synth } from './synth';

const SALIENT = 'environments/prod/salient.yaml';
const TENANTS = 'environments/prod/tenants.yaml';
const good = readFileSync(join(PROJECT, SALIENT), 'utf8');
const tenants = '- slug: acme\n';
/** All systems but Salient, and their files: messages name what there is. */
const OTHERS = Object.keys(registry.systems).filter((name) => name !== 'salient');
const FILES = OTHERS.map((name) => `${name}.yaml`).join(', ');

/** A project whose only system is Salient in production. */
const project = (files: Readonly<Record<string, string | Buffer>> = {}) =>
  folderWith({ [SALIENT]: good, [TENANTS]: tenants, ...files });

/** What synth says of the file of Salient, with a piece exchanged. */
async function saysOf(from: string, to: string): Promise<string> {
  expect(good).toContain(from);
  return says(project({ [SALIENT]: good.replace(from, () => to) }));
}

/** What a synth that fails says, without the end of its line. */
async function says(root: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await synth(root, ['--check', ...args]);
  expect([status, stdout]).toEqual([2, '']);
  return stderr.trimEnd();
}

describe('a value', () => {
  test.each([
    [
      'a missing host',
      ', admin: admin.salient.ai',
      '',
      'environments/prod/salient.yaml:4:8: hosts.admin: given nothing, expected a lower-case host name such as api.example.com, without https:// or a port',
    ],
    [
      'a URL for a host',
      'api: api.salient.ai',
      'api: https://api.salient.ai',
      'environments/prod/salient.yaml:4:15: hosts.api: given "https://api.salient.ai", expected a lower-case host name such as api.example.com, without https:// or a port',
    ],
    [
      'a port in a host',
      'api: api.salient.ai',
      'api: "api.salient.ai:8080"',
      'environments/prod/salient.yaml:4:15: hosts.api: given "api.salient.ai:8080", expected a lower-case host name such as api.example.com, without https:// or a port',
    ],
    [
      'an upper-case host',
      'api: api.salient.ai',
      'api: Api.Salient.ai',
      'environments/prod/salient.yaml:4:15: hosts.api: given "Api.Salient.ai", expected a lower-case host name such as api.example.com, without https:// or a port; in lower case it is api.salient.ai',
    ],
    [
      'a host with an umlaut',
      'api: api.salient.ai',
      'api: bücher.example',
      'environments/prod/salient.yaml:4:15: hosts.api: given "bücher.example", expected a lower-case host name such as api.example.com, without https:// or a port; in ASCII it is xn--bcher-kva.example',
    ],
    [
      'a host with a long part',
      'api: api.salient.ai',
      `api: ${'a'.repeat(64)}.example.com`,
      'environments/prod/salient.yaml:4:15: hosts.api: given "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com", expected a lower-case host name such as api.example.com, without https:// or a port; a part of it has 64 characters, at most 63 are allowed',
    ],
    [
      'a number for a host',
      'api: api.salient.ai',
      'api: 1',
      'environments/prod/salient.yaml:4:15: hosts.api: given 1, expected a lower-case host name such as api.example.com, without https:// or a port',
    ],
    [
      'a tab for a space',
      'scale: { min',
      '\tscale: { min',
      'environments/prod/salient.yaml:7:3: is not valid YAML: Tabs are not allowed as indentation',
    ],
    [
      'a variable',
      'tag: v1.2.3 }',
      'tag: $TAG }',
      'environments/prod/salient.yaml:3:57: backend.tag: given "$TAG", expected a tag such as v1.2.3 (one that looks like a number in quotes); variables are not replaced here, so write the value itself',
    ],
    [
      'the tag latest',
      'tag: v1.2.3',
      'tag: latest',
      'environments/prod/salient.yaml:3:57: backend.tag: given "latest", expected an immutable tag such as v1.2.3 (mutable tags such as latest only in dev)',
    ],
    [
      'no tag',
      'tag: v1.2.3',
      'tag:',
      'environments/prod/salient.yaml:3:57: backend.tag: given an empty value, expected a tag such as v1.2.3 (one that looks like a number in quotes)',
    ],
    [
      'a tag that is a number',
      'tag: v1.2.3',
      'tag: 1.2',
      'environments/prod/salient.yaml:3:57: backend.tag: given 1.2, expected a tag such as v1.2.3 (one that looks like a number in quotes); as text it is "1.2" in quotes',
    ],
    [
      'a tag in the image',
      'salient-backend, tag: v1.2.3',
      'salient-backend:v1, tag: v1.2.3',
      'environments/prod/salient.yaml:3:19: backend.image: given "ghcr.io/yourorg/salient-backend:v1", expected a repository such as ghcr.io/yourorg/app; the tag has a field of its own; put v1 into tag',
    ],
    [
      'an upper-case image',
      'ghcr.io/yourorg/salient-backend',
      'ghcr.io/YourOrg/salient-backend',
      'environments/prod/salient.yaml:3:19: backend.image: given "ghcr.io/YourOrg/salient-backend", expected a repository such as ghcr.io/yourorg/app; the tag has a field of its own; in lower case it is ghcr.io/yourorg/salient-backend',
    ],
    [
      'a short digest',
      'tag: v1.2.3',
      'tag: v1.2.3, digest: "sha256:abc"',
      'environments/prod/salient.yaml:3:73: backend.digest: given "sha256:abc", expected a digest: sha256: and 64 hexadecimal digits',
    ],
    [
      'a misspelt key',
      'allowedFrom:',
      'alowedFrom:',
      'environments/prod/salient.yaml:16:8: admin.allowedFrom: given nothing, expected a list of address ranges, at least one, such as that of a VPN\nenvironments/prod/salient.yaml:16:10: admin.alowedFrom: given an unknown key, expected allowedFrom; did you mean allowedFrom?',
    ],
    [
      'a key in the wrong place',
      'tenantPool: {',
      'tenantPool: { poolSize: 5,',
      'environments/prod/salient.yaml:20:15: tenantPool.poolSize: given an unknown key, expected one of size, overflow, active, idle',
    ],
    [
      'a key twice',
      'min: 3, max: 20',
      'min: 3, min: 20',
      'environments/prod/salient.yaml:7:20: given the key min a second time in one mapping, expected each key once',
    ],
    [
      'a merge key',
      'tenantPool: {',
      'tenantPool: { <<: {},',
      'environments/prod/salient.yaml:20:15: given a merge key (<<), which is not supported, expected the settings themselves',
    ],
    [
      'a list for a mapping',
      'hosts: {',
      'hosts: [] # {',
      'environments/prod/salient.yaml:4:8: hosts: given an empty list, expected a mapping of settings',
    ],
    [
      'a word for a number',
      'replicas: 2',
      'replicas: two',
      'environments/prod/salient.yaml:11:22: adminApi.scale.replicas: given "two", expected a whole number from 1 to 500',
    ],
    [
      'half a replica',
      'replicas: 2',
      'replicas: 1.5',
      'environments/prod/salient.yaml:11:22: adminApi.scale.replicas: given 1.5, expected a whole number from 1 to 500',
    ],
    [
      'min above max',
      'min: 3',
      'min: 21',
      'environments/prod/salient.yaml:7:17: chatApi.scale.min: given 21, expected a min that is not above max',
    ],
    [
      'replicas beside min',
      'min: 3',
      'replicas: 3, min: 3',
      'environments/prod/salient.yaml:7:22: chatApi.scale.replicas: given 3, expected either replicas, or min and max',
    ],
    [
      'a request above its limit',
      'cpu: 200m..500m',
      'cpu: 500m..200m',
      'environments/prod/salient.yaml:8:8: chatApi.cpu: given "500m..200m", expected a request that is not above its limit',
    ],
    [
      'memory in megabytes',
      'memory: 256Mi..512Mi',
      'memory: 200mb',
      'environments/prod/salient.yaml:9:11: chatApi.memory: given "200mb", expected memory as request..limit, such as 256Mi..512Mi (Mi is 2^20 bytes, M is 10^6; at least 4Mi)',
    ],
    [
      'memory in bytes',
      'memory: 256Mi..512Mi',
      'memory: 512',
      'environments/prod/salient.yaml:9:11: chatApi.memory: given 512, expected memory as request..limit, such as 256Mi..512Mi (Mi is 2^20 bytes, M is 10^6; at least 4Mi)',
    ],
    [
      'an allowlist of nobody',
      '[203.0.113.0/24]',
      '[]',
      'environments/prod/salient.yaml:16:23: admin.allowedFrom: given an empty list, expected a list of address ranges, at least one, such as that of a VPN',
    ],
    [
      'an allowlist of everyone',
      '[203.0.113.0/24]',
      '[0.0.0.0/0]',
      'environments/prod/salient.yaml:16:23: admin.allowedFrom: given a list of 1, expected ranges that exclude most addresses: not more than eight /8 in total\nenvironments/prod/salient.yaml:16:24: admin.allowedFrom, entry 1: given "0.0.0.0/0", expected a range that excludes most addresses: at least /8 (IPv6: /16)',
    ],
    [
      'a range that starts within',
      '[203.0.113.0/24]',
      '[203.0.113.7/24]',
      'environments/prod/salient.yaml:16:24: admin.allowedFrom, entry 1: given "203.0.113.7/24", expected a range that starts at its first address; /24 around 203.0.113.7 is another one, a single address is 203.0.113.7/32',
    ],
    [
      'a text for a list',
      '[203.0.113.0/24]',
      '203.0.113.0/24',
      'environments/prod/salient.yaml:16:23: admin.allowedFrom: given "203.0.113.0/24", expected a list of address ranges, at least one, such as that of a VPN',
    ],
    [
      'an unknown variant',
      'kind: external, host',
      'kind: extern, host',
      'environments/prod/salient.yaml:18:19: database.kind: given "extern", expected one of external, statefulset, cloudnative-pg',
    ],
    [
      'no certificates',
      ', issuer: letsencrypt-prod',
      '',
      'environments/prod/salient.yaml:17:7: edge.issuer: given nothing, expected a ClusterIssuer such as letsencrypt-prod (TLS is optional only in dev)',
    ],
    [
      'well-known secrets',
      'kind: external\n  store',
      'kind: development\n  store',
      'environments/prod/salient.yaml:29:9: secrets.kind: given "development", expected external or manual (development secrets are public knowledge)\nenvironments/prod/salient.yaml:30:3: secrets.store: given an unknown key, expected one of kind, revision',
    ],
    [
      'true in quotes',
      'enabled: true',
      'enabled: "true"',
      'environments/prod/salient.yaml:22:12: monitoring.enabled: given "true", expected true or false',
    ],
    [
      'an address of restic without s3:',
      'repository: s3:https',
      'repository: https',
      'environments/prod/salient.yaml:26:15: backups.repository: given "https://s3.us-east-1.amazonaws.com/salient-prod-backups", expected a repository as restic names it: s3:https://s3.us-east-1.amazonaws.com/salient-backups, azure:salient-backups:/, gs:salient-backups:/, rest:https://backups.example.com/salient/ (its user and password are secrets), or /backups or another path below /backups, /mnt or /srv, where the volume of claim is mounted',
    ],
    [
      'a path of restic with the addresses of a store, and without a claim',
      'repository: s3:https://s3.us-east-1.amazonaws.com/salient-prod-backups',
      'repository: /backups',
      'environments/prod/salient.yaml:26:3: backups.claim: given nothing, expected the PersistentVolumeClaim that is mounted at the path in repository, such as backups\nenvironments/prod/salient.yaml:27:14: backups.addresses: given a list of 1, expected no addresses, since repository is a path: backups connect to no store then',
    ],
    [
      'a bucket of restic with the claim of a path',
      'repository: s3:',
      'claim: nas\n  repository: s3:',
      'environments/prod/salient.yaml:26:10: backups.claim: given "nas", expected no claim, since repository is no path such as /backups: only that of a path is mounted',
    ],
  ])('%s', async (_, from, to, expected) => {
    expect(await saysOf(from, to)).toBe(expected);
  });
});

describe('a file', () => {
  test.each<[string, string, string | Buffer, string]>([
    [
      'of another encoding',
      SALIENT,
      Buffer.from(good, 'utf16le'),
      'environments/prod/salient.yaml: given bytes that are not text, expected YAML; save the file as UTF-8',
    ],
    [
      'that is empty',
      SALIENT,
      '',
      'environments/prod/salient.yaml:1:1: is empty, expected settings, or [] where the file is a list',
    ],
    [
      'with conflicts of a merge',
      SALIENT,
      `<<<<<<< HEAD\n${good}=======\n>>>>>>> x\n`,
      'environments/prod/salient.yaml:1:1: given "<<<<<<< HEAD", a conflict of a merge, expected the lines of one side without the marks',
    ],
    [
      'with two documents',
      SALIENT,
      `${good}---\n${good}`,
      'environments/prod/salient.yaml:32:1: given a second document, expected one document in a file',
    ],
    [
      'of another kind',
      SALIENT,
      tenants,
      'environments/prod/salient.yaml:1:1: given a list of 1, expected a mapping of settings',
    ],
    [
      'of tenants without their key',
      TENANTS,
      '- acme\n',
      'environments/prod/tenants.yaml:1:3: entry 1: given "acme", expected "- slug: acme"',
    ],
    [
      'of tenants with a number for a slug',
      TENANTS,
      '- slug: 123\n',
      'environments/prod/tenants.yaml:1:9: entry 1, slug: given 123, expected a slug of at most 50 lower-case letters, digits and single dashes between them, such as acme or acme-corp; as text it is "123" in quotes',
    ],
    [
      'of tenants with one twice',
      TENANTS,
      `${tenants}${tenants}`,
      'environments/prod/tenants.yaml:2:9: entry 2, slug: given "acme", expected a slug of its own; it is that of entry 1, too',
    ],
    [
      'of tenants that is empty',
      TENANTS,
      '',
      'environments/prod/tenants.yaml:1:1: is empty, expected settings, or [] where the file is a list',
    ],
    [
      'with a misspelt name',
      'environments/prod/salinet.yaml',
      good,
      `environments/prod/salinet.yaml: is not the file of a system, expected one of platform.yaml, salient.yaml, tenants.yaml, ${FILES}, environment.yaml; did you mean salient.yaml?`,
    ],
    [
      'with the ending yml',
      'environments/prod/pliers.yml',
      'a: 1\n',
      `environments/prod/pliers.yml: is not the file of a system, expected one of platform.yaml, salient.yaml, tenants.yaml, ${FILES}, environment.yaml; did you mean pliers.yaml?`,
    ],
    [
      'beside the folders',
      'environments/salient.yaml',
      good,
      'environments/salient.yaml: is not read here: files of systems are in folders such as environments/prod, expected one of argocd.yaml, compose.yaml, prices.yaml, render.yaml',
    ],
    [
      'in a folder with an upper-case name',
      'environments/QA/salient.yaml',
      good,
      'environments/QA: expected an environment name of at most 20 lower-case letters, digits and dashes that starts with a letter',
    ],
    [
      'in a folder with a long form of a name',
      'environments/production/salient.yaml',
      good,
      'environments/production: is called prod here; rename the folder',
    ],
    [
      'in an environment without a tier',
      'environments/qa/salient.yaml',
      good,
      'environments/qa/environment.yaml: does not exist, expected one with "tier: development | staging | production": only dev, staging and prod have a tier by their names\nenvironments/qa/tenants.yaml: does not exist, expected a list; [] states that there are none',
    ],
  ])('%s', async (_, file, text, expected) => {
    expect(await says(project({ [file]: text }))).toBe(expected);
  });

  test('of tenants that is missing', async () => {
    const root = project();
    rmSync(join(root, TENANTS));
    expect(await says(root)).toBe(
      'environments/prod/tenants.yaml: does not exist, expected a list; [] states that there are none',
    );
  });

  test.each([
    ['lines that end as on Windows', good.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${good}`],
  ])('with %s is read like any other', async (_, text) => {
    const root = project({ [SALIENT]: text });
    const { status, stderr } = await synth(root);
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('a call', () => {
  test.each([
    ['of an unknown environment', ['--env', 'prdo'], '--env: given "prdo", expected prod; did you mean prod?'],
    [
      'of an unknown system',
      ['--system', 'saliant'],
      `--system: given "saliant", expected one of platform, salient, ${OTHERS.join(', ')}; did you mean salient?`,
    ],
    ['with a misspelt option', ['--systems', 'salient'], "synth: Unknown option '--systems'"],
  ])('%s', async (_, args, expected) => {
    expect((await says(project(), ...args)).split('\n')[0]).toBe(expected);
  });

  test('in another folder', async () => {
    expect(await says(folderWith({}))).toBe('environments: does not exist; run this in the project’s folder');
  });
});
