import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../charts';
import program from '../../commands/secrets';
import { providerOf } from '../../commands/secrets/providers';
import { scriptFor } from '../../commands/secrets/script';
import { readStoreListing, stateOf } from '../../commands/secrets/store-listing';
import { environmentNames } from '../../lib/config/environment-folders';
import { readManifests } from '../../lib/manifests/read';
import type { System } from '../../lib/model/system';
import { buildEnvironments, isSystem } from '../../lib/pipeline/build';
import { type StoreNeeds, storeNeeds } from '../../lib/pipeline/store-needs';
import { type Any, edit, folderWith, PROJECT, project, runHere } from '../support';
import { pliersSystem, salientSettings, salientSystem } from '../systems';

const AWS = { kind: 'aws', region: 'us-gov-west-1', roleArn: 'arn:aws-us-gov:iam::123456789012:role/team/shop' };
const AZURE = {
  kind: 'azure',
  vaultUrl: 'https://shop.vault.azure.net',
  tenantId: '00000000-0000-0000-0000-000000000001',
  clientId: '00000000-0000-0000-0000-000000000002',
};
const VAULT = { kind: 'vault', server: 'https://vault.example.com', path: 'kv', mountPath: 'cluster', role: 'shop' };
const STORES = [AWS, AZURE, VAULT];
const OPTIONS = { environment: 'prod', issuer: 'https://issuer.example.com/id/1' };

/** Salient's prod with another store, and what its objects are then. */
function salientIn(store: object): System {
  const { secrets } = salientSettings('prod');
  return salientSystem('prod', { secrets: { ...secrets, store } as Any });
}

const known = new Map<object, StoreNeeds>();

function needsOf(store: object): StoreNeeds {
  const needs = known.get(store) ?? (storeNeeds(salientIn(store).secrets)[0] as StoreNeeds);
  known.set(store, needs);
  return needs;
}

/** `key` and `key:property`, as ExternalSecrets ask for them. */
function askedBy(objects: readonly Any[]): string[] {
  const remotes = objects
    .filter(({ kind }) => kind === 'ExternalSecret')
    .flatMap(({ spec }) => [
      ...(spec.data ?? []).map(({ remoteRef }: Any) => remoteRef),
      ...(spec.dataFrom ?? []).map(({ extract }: Any) => extract),
    ]);
  return [...new Set(remotes.map(({ key, property }) => (property === undefined ? key : `${key}:${property}`)))].sort();
}

test.each(environmentNames(PROJECT))(
  'the needs of %s are the keys that its ExternalSecrets in dist/ fetch',
  (environment) => {
    for (const { folder, model } of buildEnvironments(registry, PROJECT, [environment]).filter(isSystem)) {
      const wholes = new Set(model.secrets.flatMap(({ extractFrom }) => extractFrom));
      const needs = storeNeeds(model.secrets).flatMap(({ keys }) => keys);
      const named = needs.flatMap(({ key, needs: all }) => {
        // A key that is fetched as a whole is named without properties.
        const isWhole = [...wholes].some((remote) => key.endsWith(`/${remote}`));
        return isWhole ? [key] : all.map(({ property }) => (property === undefined ? key : `${key}:${property}`));
      });
      const objects = readManifests([join(PROJECT, 'dist', folder)]).map(({ object }) => object);
      expect(named.sort()).toEqual(askedBy(objects));
    }
  },
);

test('each value has a description and its readers', () => {
  const systems = [salientSystem('staging'), salientSystem('prod', { logfire: true }), pliersSystem('staging')];
  const needs = storeNeeds(systems.flatMap(({ secrets }) => secrets)).flatMap(({ keys }) =>
    keys.flatMap((key) => key.needs),
  );
  expect(needs.filter(({ about, readers }) => about === '' || readers.length === 0)).toEqual([]);
  const random = (key: string) => needs.filter((need) => need.key === key).map((need) => need.random);
  expect(random('salient/jwt/secret')).toEqual([true]);
  expect(random('salient/openrouter/api-key')).toEqual([false]);
  expect(random('salient/postgres/admin-password')).toEqual([false]); // it is the password of an existing server
  expect(random('pliers-staging/postgres/admin-password')).toEqual([true]);
});

test('the policy allows exactly the keys that are read', () => {
  const { policy, trust } = providerOf(needsOf(AWS), OPTIONS);
  const keys = ['backups', 'jwt/secret', 'openrouter/api-key', 'postgres/admin-password', 'postgres/admin-user'];
  expect(policy.document).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: [...keys, 'roles', 'tenants'].map(
          (key) => `arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:salient/${key}-??????`,
        ),
      },
    ],
  });
  expect(JSON.parse(policy.text)).toEqual(policy.document);
  expect(trust.document).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: 'arn:aws-us-gov:iam::123456789012:oidc-provider/issuer.example.com/id/1' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'issuer.example.com/id/1:aud': 'sts.amazonaws.com',
            'issuer.example.com/id/1:sub': [
              'system:serviceaccount:salient-admin:salient-sa',
              'system:serviceaccount:salient-prod:salient-sa',
            ],
          },
        },
      },
    ],
  });
  expect(providerOf(needsOf(AWS), { environment: 'prod' }).trust).toMatchObject({
    text: '',
    note: expect.stringContaining('aws eks describe-cluster --region us-gov-west-1'),
  });
});

test("the backups' key may write and read the bucket of its system, and delete no version", async () => {
  const output = await secrets(['--env', 'prod', '--system', 'pliers', '--only', 'backups']);
  const { Statement } = JSON.parse(output.stdout);
  const allowed = Statement.filter(({ Effect }: Any) => Effect === 'Allow').flatMap(({ Action }: Any) => Action);
  expect(allowed).toEqual([
    's3:ListBucket',
    's3:GetBucketLocation',
    's3:GetObject',
    's3:PutObject',
    's3:DeleteObject',
    's3:AbortMultipartUpload',
    's3:ListMultipartUploadParts',
  ]);
  const [denied] = Statement.filter(({ Effect }: Any) => Effect === 'Deny');
  expect(denied.Action).toEqual(expect.arrayContaining(['s3:DeleteObjectVersion', 's3:BypassGovernanceRetention']));
  expect(denied.Resource).toEqual(['arn:aws:s3:::pliers-prod-backups', 'arn:aws:s3:::pliers-prod-backups/*']);
  const all = (await secrets(['--env', 'prod', '--system', 'pliers'])).stdout;
  expect(all).toContain('put-object-lock-configuration --bucket pliers-prod-backups');
  const { backups } = JSON.parse((await secrets(['--env', 'prod', '--format', 'json'])).stdout);
  expect(backups.map(({ folder, bucket, path }: Any) => [folder, bucket, path])).toEqual([
    ['prod/salient', 'salient-prod-backups', ''],
    ['prod/pliers', 'pliers-prod-backups', ''],
    ['prod/ephitup', 'ephitup-prod-backups', 'surrealdb/'],
    ['prod/three-tier', 'three-tier-prod-backups', ''],
  ]);
});

test.each([
  [
    'azure:salient-backups:/prod',
    /^# The backups of prod\/salient in azure:salient-backups:\/prod need the container salient-backups of the Azure/,
    ['account-key', 'account-name', 'restic-password'],
  ],
  [
    'gs:salient-backups:/',
    /^# gcloud storage buckets create gs:\/\/salient-backups --uniform/m,
    ['google-credentials', 'restic-password'],
  ],
  [
    'rest:https://backups.example.com:8000/salient/',
    /need the REST server https:\/\/backups\.example\.com:8000, with a certificate/,
    ['restic-password', 'server-password', 'server-username'],
  ],
  [
    '/backups',
    /need the PersistentVolumeClaim nas in the namespace salient-admin, .*\n# and writable for the group 10001\./,
    ['restic-password'],
  ],
])('of the repository %s it says what has to exist, and asks for its credentials alone', async (url, note, keys) => {
  const root = project();
  const where = url.startsWith('/') ? `${url}\n  claim: nas\n` : `${url}\n  addresses: [10.20.8.0/24]\n`;
  edit(root, 'environments/prod/salient.yaml', /s3:https.*\n +addresses: .*\n/, where);
  const run = async (...args: string[]) =>
    (await runHere(program, root, ['--env', 'prod', '--system', 'salient', ...args])).stdout;
  const only = await run('--only', 'backups');
  expect(only).toMatch(note);
  expect(only.trim().split('\n')).toEqual(only.match(/^# .*$/gm));
  const all = await run();
  expect(all).toContain(only.trim());
  expect(all).not.toContain('s3:');
  const { backups, stores } = JSON.parse(await run('--format', 'json'));
  expect(backups).toEqual([{ folder: 'prod/salient', repository: url, note: only.trim() }]);
  const asked = stores[0].keys.filter(({ key }: Any) => key === 'salient/backups');
  expect(asked.map(({ property }: Any) => property).sort()).toEqual(keys);
});

test("Vault's policy has exactly the paths that are read, for the ServiceAccounts of the namespaces", () => {
  const needs = needsOf(VAULT);
  const { policy, trust } = providerOf(needs, OPTIONS);
  expect(
    [...policy.text.matchAll(/^path "(.*)" \{\n {2}capabilities = \["read"\]\n\}$/gm)].map(([, path]) => path),
  ).toEqual(needs.keys.map(({ key }) => `kv/data/${key}`));
  expect(policy.text.match(/path/g)).toHaveLength(needs.keys.length);
  expect(trust.text.split(' \\\n  ')).toEqual([
    'vault write -address=https://vault.example.com auth/cluster/role/shop',
    'bound_service_account_names=salient-sa',
    'bound_service_account_namespaces=salient-admin,salient-prod',
    'token_policies=berth-prod-shop token_ttl=15m',
  ]);
});

/** A store in a folder, as a stub of each provider's program that records its arguments. So does jq. */
const STORE = `#!/usr/bin/env bash
here=\${0%/*}
program=\${0##*/}
printf '%s\\n' "$program $*" >>"$here/argv"
args=("$@")
key=
for index in "\${!args[@]}"; do
  case "\${args[index]}" in
    --secret-id|--name) key=\${args[index + 1]} ;;
  esac
done
if [ "$program" = vault ]; then
  key=\${args[-1]}
  [ "$key" = - ] && key=\${args[-2]}
fi
file=$here/store-\${key//\\//+}
case "$*" in
  *create-secret*) [ ! -e "$file" ] && cat >"$file" ;;
  *put-secret-value*|*'secret set'*) cat >"$file" ;;
  *'kv put'*-cas=0*) [ ! -e "$file" ] && cat >"$file" ;;
  *'kv patch'*) "$here/jq" -cs add "$file" - >"$file.new" && mv "$file.new" "$file" ;;
  *'kv get'*) [ -e "$file" ] && "$here/jq" '{data: {data: .}}' "$file" ;;
  *get-secret-value*|*'secret show'*) cat "$file" ;;
  *'keyvault show'*) echo /vaults/shop ;;
  *'sp show'*) echo identity ;;
  *'identity list'*) printf 'name\\tgroup\\n' ;;
  *'role assignment'*|*federated-credential*) ;;
  *) echo "no answer to $*" >&2; exit 1 ;;
esac
`;

function storeInFolder() {
  const jq = spawnSync('bash', ['-c', 'command -v jq'], { encoding: 'utf8' }).stdout.trim();
  const noting = `#!/bin/sh\nprintf '%s\\n' "jq $*" >>"\${0%/*}/argv"\nexec ${jq} "$@"\n`;
  const bin = folderWith({ aws: STORE, az: STORE, vault: STORE, jq: noting });
  for (const name of ['aws', 'az', 'vault', 'jq']) chmodSync(join(bin, name), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  return {
    run: (script: string, input: string) => {
      const file = join(folderWith({ 'create.sh': script }), 'create.sh');
      return spawnSync('bash', [file], { input, encoding: 'utf8', env });
    },
    argv: () => readFileSync(join(bin, 'argv'), 'utf8'),
    values: () => {
      const names = readdirSync(bin).filter((name) => name.startsWith('store-'));
      return Object.fromEntries(
        names.map((name) => [name.slice(6).replaceAll('+', '/'), readFileSync(join(bin, name), 'utf8')]),
      );
    },
    remove: (key: string) => rmSync(join(bin, `store-${key.replaceAll('/', '+')}`)),
  };
}

/** The values that are typed at the prompts, some of which a shell or JSON could break. */
const TYPED = ['typed-access', ' sp "a" $c\\e\'s', 'typed-key', 'typed-password', 'it\'s "typed"'];

/** Whether the tools exist that the scripts need beside the programs of the providers. */
const tools = spawnSync('bash', ['-c', 'jq --version && openssl version']).status === 0;
const describeWithTools = tools ? describe : describe.skip;

describeWithTools.each(STORES)('with a store of %j', (store) => {
  const needs = needsOf(store);
  const provider = providerOf(needs, OPTIONS);
  const script = scriptFor(needs, provider) as string;
  let shop: ReturnType<typeof storeInFolder>;
  let created: ReturnType<typeof shop.run>;
  let values: Record<string, string>;
  let argv: string;
  beforeAll(() => {
    shop = storeInFolder();
    created = shop.run(script, `${TYPED.join('\n')}\n`);
    values = shop.values();
    argv = shop.argv();
  });
  const parsed = (name: string) =>
    JSON.parse(values[name.replaceAll('/', store.kind === 'azure' ? '-' : '/')] as string);

  test('the script creates every key with every property', () => {
    expect(created.status).toBe(0);
    expect(Object.keys(values).sort()).toEqual(needs.keys.map(({ key }) => key).sort());
    expect(parsed('salient/backups')).toEqual({
      'restic-password': expect.stringMatching(/^[0-9a-f]{64}$/),
      'access-key-id': TYPED[0],
      'secret-access-key': TYPED[1],
    });
    const roles = ['admin_api', 'backup', 'chat', 'migrations', 'restore'].map((role) => `salient_${role}`);
    expect(Object.keys(parsed('salient/roles')).sort()).toEqual(['pgbouncer_console', 'pgbouncer_stats', ...roles]);
    expect(Object.keys(parsed('salient/tenants')).sort()).toEqual(['acme', 'globex', 'initech']);
    const user = store.kind === 'azure' ? 'salient-postgres-admin-user' : 'salient/postgres/admin-user';
    expect(store.kind === 'vault' ? parsed(user).value : values[user]).toBe(TYPED[4]);
  });

  test('no value is on a command line', () => {
    const all = Object.values(values).flatMap((text) =>
      text.startsWith('{') ? Object.values(JSON.parse(text) as Record<string, string>) : [text],
    );
    expect(all.length).toBeGreaterThan(12);
    expect(all.filter((value) => argv.includes(value))).toEqual([]);
  });

  test('existing keys are not replaced', () => {
    expect(shop.run(script, `${TYPED.join('\n')}\n`).status).not.toBe(0);
    expect(shop.values()).toEqual(values);
  });

  test('a key whose value is not given is not created', () => {
    const empty = storeInFolder();
    const { status, stderr } = empty.run(script, 'only-one\n');
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/no value was given for salient.backups: secret-access-key/);
    expect(empty.values()).toEqual({});
  });

  test('its listing has keys and properties, and no values', () => {
    const { stdout, status } = shop.run(provider.listing, '');
    expect(status).toBe(0);
    const listing = readStoreListing(stdout, 'listing', needs);
    const all = needs.keys.flatMap((key) => key.needs);
    expect(all.map((need) => stateOf(need, listing))).toEqual(all.map(() => 'there'));
    expect(stdout).not.toMatch(/[0-9a-f]{64}/);
    expect(scriptFor(needs, provider, listing)).toBeUndefined();
  });

  test('what a listing lacks is created, or added to an existing key', () => {
    const { stdout } = shop.run(provider.listing, '');
    const jwt = needs.keys.find(({ key }) => /jwt/.test(key))?.key as string;
    const lines = stdout.split('\n').filter((line) => !line.endsWith(':globex') && !line.startsWith(jwt));
    shop.remove(jwt);
    const more = scriptFor(needs, provider, readStoreListing(lines.join('\n'), 'listing', needs)) as string;
    expect(shop.run(more, '')).toMatchObject({ status: 0 });
    const now = shop.values();
    expect(Object.keys(now).sort()).toEqual(Object.keys(values).sort());
    const tenants = needs.keys.find(({ key }) => /tenants/.test(key))?.key as string;
    const [before, then] = [values[tenants], now[tenants]].map((text) => JSON.parse(text as string));
    expect(then).toEqual({ ...before, globex: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(then.globex).not.toBe(before.globex);
    const [roles] = Object.keys(values).filter((key) => /roles/.test(key));
    expect(now[roles as string]).toBe(values[roles as string]);
  });
});

const testWithTools = tools ? test : test.skip;
testWithTools("Azure's commands are for each secret and each namespace", () => {
  const { policy, trust } = providerOf(needsOf(AZURE), OPTIONS);
  const azure = storeInFolder();
  expect(azure.run(`set -euo pipefail\n${policy.text}\n${trust.text}`, '')).toMatchObject({ status: 0, stderr: '' });
  const lines = azure.argv().trim().split('\n');
  expect(lines.filter((line) => /role assignment/.test(line))).toEqual(
    needsOf(AZURE).keys.map(
      ({ key }) =>
        `az role assignment create --role Key Vault Secrets User --scope /vaults/shop/secrets/${key} --assignee-object-id identity --assignee-principal-type ServicePrincipal`,
    ),
  );
  expect(lines.filter((line) => /federated/.test(line))).toEqual(
    ['salient-admin', 'salient-prod'].map(
      (namespace) =>
        `az identity federated-credential create --identity-name name --resource-group group --name berth-prod-${namespace} --issuer https://issuer.example.com/id/1 --subject system:serviceaccount:${namespace}:salient-sa --audiences api://AzureADTokenExchange`,
    ),
  );
});

const names = (store: object) => needsOf(store).keys.map(({ key }) => key);
const objects = (store: object) => names(store).map((name) => ({ Name: name, name, attributes: { enabled: true } }));

test.each([
  [
    'aws secretsmanager list-secrets',
    AWS,
    { SecretList: objects(AWS) },
    { SecretList: [{ Name: 'salient/roles', DeletedDate: 1 }] },
  ],
  ['az keyvault secret list', AZURE, objects(AZURE), [{ name: 'salient-roles', attributes: { enabled: false } }]],
  ['vault kv list', VAULT, names(VAULT).map((name) => name.replace(/^salient\//, '')), ['other']],
])('the JSON of %s is a listing', (_, store, full, poor) => {
  const needs = needsOf(store);
  const states = (printed: object) => {
    const listing = readStoreListing(JSON.stringify(printed), 'listing', needs);
    return new Set(needs.keys.flatMap((key) => key.needs).map((need) => stateOf(need, listing)));
  };
  // A list of names has no properties.
  expect(states(full)).toEqual(new Set(store === VAULT ? ['not judged'] : ['there', 'not judged']));
  expect(states(poor)).toEqual(new Set(['missing']));
});

test('keys in a folder of a Vault listing are not judged', () => {
  const listing = readStoreListing('["jwt/", "roles"]', 'listing', needsOf(VAULT));
  const state = (key: string) => stateOf({ key, about: '', random: true, permanent: false, readers: [] }, listing);
  expect([state('salient/jwt/secret'), state('salient/roles'), state('salient/tenants')]).toEqual([
    'not judged',
    'there',
    'missing',
  ]);
});

test('names of Vault without a prefix need a single system', () => {
  const needs = { ...needsOf(VAULT), prefixes: ['salient', 'pliers'] };
  expect(() => readStoreListing('["roles"]', 'listing', needs)).toThrow(
    'listing: lists "roles" without its prefix, which may be salient or pliers; expected a listing of one system, add --system',
  );
});

test.each([
  ['an error page', '<html>503</html>', 'listing:1:1: given "<html>503</html>", expected what aws'],
  ['a sentence', '# keys\nsalient/roles\nno such key', 'listing:3:1: given "no such key", expected what aws'],
  ['bytes', '\u0000\uFFFD', 'listing:1:1: given "\\u0000\uFFFD", expected what aws'],
  ['JSON that is cut off', '["a"', 'listing: is not valid JSON'],
  ['other JSON', '{"a": 1}', 'listing: is JSON of an unknown form, expected what aws'],
])('%s is no listing', (_, text, message) => {
  expect(() => readStoreListing(text, 'listing', needsOf(VAULT))).toThrow(message);
});

function secrets(args: readonly string[], input = '') {
  return runHere(program, PROJECT, args, { input });
}

describe('npm run secrets', () => {
  const all = names({ kind: 'aws', region: 'us-east-1', roleArn: 'arn:aws:iam::123456789012:role/salient' });
  const salient = ['--env', 'prod', '--system', 'salient'];

  test('exits with 0 when the listing lacks nothing, and counts what is not judged', async () => {
    const { status, stdout } = await secrets([...salient, '--listing', '-', '--only', 'keys'], all.join('\n'));
    expect([status, stdout.trimEnd().split('\n').at(-1)]).toEqual([
      0,
      '0 of 17 missing; 13 not judged, since the listing has names only (--only listing prints a full one)',
    ]);
  });

  test('exits with 1 when something is missing, and names it', async () => {
    const some = all.filter((key) => key !== 'salient/jwt/secret');
    const input = [...some, 'salient/tenants:acme'].join('\n');
    const { status, stdout } = await secrets([...salient, '--listing', '-', '--format', 'json'], input);
    const [store] = JSON.parse(stdout).stores;
    const missing = store.keys.filter(({ state }: Any) => state === 'missing');
    expect([status, missing.map(({ key, property }: Any) => [key, property])]).toEqual([
      1,
      [
        ['salient/jwt/secret', undefined],
        ['salient/tenants', 'globex'],
        ['salient/tenants', 'initech'],
      ],
    ]);
    expect(store.create).toContain('create salient/jwt/secret');
    expect(store.create).toContain('extend salient/tenants');
    expect(store.create).not.toContain('salient/roles');
  });

  test('refuses a file that is not a listing', async () => {
    const { status, stderr } = await secrets([...salient, '--listing', '-'], '{"a": 1}');
    expect([status, stderr]).toEqual([2, expect.stringContaining('-: is JSON of an unknown form, expected what aws')]);
    const missing = await secrets([...salient, '--listing', 'nowhere']);
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('nowhere does not exist')]);
  });

  test('prints that dev needs none', async () => {
    const { status, stdout } = await secrets(['--env', 'dev', '--system', 'salient']);
    expect([status, stdout]).toEqual([
      0,
      '# dist/dev/salient needs none: it contains well-known development values.\n',
    ]);
  });

  test('prints the commands for Secrets that are created by hand', async () => {
    const root = folderWith({
      'environments/prod/salient.yaml': readFileSync(join(PROJECT, 'environments/prod/salient.yaml'), 'utf8').replace(
        /^secrets:\n( .*\n)+/m,
        'secrets: { kind: manual }\n',
      ),
      'environments/prod/tenants.yaml': '- slug: acme\n',
    });
    const { status, stdout } = await runHere(program, root, ['--env', 'prod']);
    expect(status).toBe(0);
    expect(stdout).toContain('kubectl create secret generic tenant-db-credentials --namespace salient-prod');
    expect(stdout).toMatch(/--from-file=OPENROUTER_API_KEY=<\(printf %s "\$OPENROUTER_API_KEY"\)/);
  });
});

test('a key of Fernet is made once, has its form, and is named as one to keep a copy of', async () => {
  const lines = async (...args: string[]) =>
    (await runHere(program, PROJECT, ['--env', 'prod', '--system', 'ephitup', '--only', ...args])).stdout;
  expect(await lines('keys')).toMatch(/fernet\/key .*never replace it, and keep a copy elsewhere +random/);
  const script = await lines('create');
  expect(script).toContain('value=$(fernet)\nprintf \'%s\' "$value" | create ephitup/fernet/key');
  const [generator] = /^fernet\(\) \{[\s\S]*?^\}/m.exec(script) ?? [];
  const { stdout } = spawnSync('bash', ['-c', `${generator}\nfernet`], { encoding: 'utf8' });
  expect(stdout).toMatch(/^[\w-]{43}=$/);
  expect(Buffer.from(stdout, 'base64url')).toHaveLength(32);
});
