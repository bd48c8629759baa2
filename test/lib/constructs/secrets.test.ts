import { execFileSync, spawnSync } from 'node:child_process';
import { Secrets } from '../../../lib/constructs/secrets/secrets';
import { Secret } from '../../../lib/model/secret';
import type { SecretSource } from '../../../lib/model/secret-source';
import { commandFor } from '../../../lib/pipeline/secret-commands';
import { synthesize } from '../../construct';
import { type Any, find } from '../../support';

const external = (store: object): SecretSource =>
  ({
    kind: 'external',
    store,
    storeName: 'store',
    serviceAccount: 'reader',
    prefix: 'shop',
    refresh: '1h',
    revision: 3,
  }) as SecretSource;

const aws = { kind: 'aws', region: 'us-east-1', roleArn: 'arn:aws:iam::123456789012:role/shop' };

const secretFrom = (source: SecretSource, password = 'p@ss word/+') =>
  new Secret({
    namespace: 'shop-test',
    name: 'credentials',
    externalName: 'credentials-external',
    source,
    values: {
      USER: { remote: 'db/user', development: 'shop' },
      PASSWORD: { remote: 'db/password', development: password },
      URL: { template: ['postgresql://', { urlEncoded: 'USER' }, ':', { urlEncoded: 'PASSWORD' }, '@db:5432/shop'] },
      STRING: { template: ['Host=db;Password=', { quoted: 'PASSWORD' }, ';SSL Mode=Require'] },
    },
  });

const objectsFrom = (...secrets: Secret[]) =>
  synthesize((chart) => new Secrets(chart, 'secrets', { system: 'shop', secrets }));

describe('from a store', () => {
  test('properties with other names than their keys are renamed by a template, and may be missing', () => {
    const secret = new Secret({
      namespace: 'shop-test',
      name: 'role',
      externalName: 'role-external',
      source: external(aws),
      values: {
        username: { template: ['shop'] },
        password: { remote: 'tenants', property: 'acme-corp', development: '' },
        url: { template: ['postgresql://shop:', { urlEncoded: 'password' }, '@db'] },
      },
      extractFrom: ['tenants'],
    });
    expect(find(objectsFrom(secret), 'ExternalSecret').spec).toMatchObject({
      target: {
        template: {
          mergePolicy: 'Replace',
          data: {
            username: 'shop',
            password: '{{ index . "acme-corp" | trimAll "\\n" }}',
            url: 'postgresql://shop:{{ index . "acme-corp" | trimAll "\\n" | urlquery | replace "+" "%20" }}@db',
          },
        },
      },
      dataFrom: [{ extract: { key: 'shop/tenants' } }],
    });
  });

  test('an ExternalSecret fetches remote values and composes templates, URL-encoded or quoted', () => {
    expect(find(objectsFrom(secretFrom(external(aws))), 'ExternalSecret')).toMatchObject({
      metadata: {
        name: 'credentials-external',
        namespace: 'shop-test',
        annotations: { 'berth.dev/secret-revision': '3' },
      },
      spec: {
        refreshInterval: '1h',
        secretStoreRef: { kind: 'SecretStore', name: 'store' },
        target: {
          name: 'credentials',
          template: {
            mergePolicy: 'Merge',
            data: {
              URL: 'postgresql://{{ .USER | trimAll "\\n" | urlquery | replace "+" "%20" }}:{{ .PASSWORD | trimAll "\\n" | urlquery | replace "+" "%20" }}@db:5432/shop',
              STRING: 'Host=db;Password="{{ .PASSWORD | trimAll "\\n" | replace "\\"" "\\"\\"" }}";SSL Mode=Require',
            },
          },
        },
        data: [
          { secretKey: 'USER', remoteRef: { key: 'shop/db/user' } },
          { secretKey: 'PASSWORD', remoteRef: { key: 'shop/db/password' } },
        ],
      },
    });
  });

  test('a Secret with the password of a role is fetched by its revision alone, whatever else it holds', () => {
    const values = {
      API_KEY: { remote: 'api', development: '' },
      PASSWORD: { remote: 'roles', property: 'shop', development: '', ofRole: true },
    };
    const names = { namespace: 'shop-test', name: 'api', externalName: 'api' };
    const { metadata, spec } = find(
      objectsFrom(new Secret({ ...names, source: external(aws), values })),
      'ExternalSecret',
    );
    expect(spec.refreshPolicy).toBe('OnChange');
    expect(spec).not.toHaveProperty('refreshInterval');
    expect(metadata.annotations['berth.dev/secret-revision']).toBe('3'); // the change that fetches it
    expect(spec.data.map(({ secretKey }: Any) => secretKey)).toEqual(['API_KEY', 'PASSWORD']);
  });

  test('a namespace has one SecretStore and one ServiceAccount for all its secrets', () => {
    const other = new Secret({
      namespace: 'shop-test',
      name: 'more',
      externalName: 'more',
      source: external(aws),
      values: { A: { remote: 'a', development: '' } },
    });
    expect(
      objectsFrom(secretFrom(external(aws)), other)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['ExternalSecret', 'ExternalSecret', 'SecretStore', 'ServiceAccount']);
  });

  test('AWS Secrets Manager: the account has the annotation of its role', () => {
    const objects = objectsFrom(secretFrom(external(aws)));
    expect(find(objects, 'ServiceAccount').metadata.annotations).toMatchObject({
      'eks.amazonaws.com/role-arn': aws.roleArn,
    });
    expect(find(objects, 'SecretStore').spec.provider).toEqual({
      aws: { service: 'SecretsManager', region: 'us-east-1', auth: { jwt: { serviceAccountRef: { name: 'reader' } } } },
    });
  });

  test('Azure Key Vault: the account has workload identity, and names have no slashes', () => {
    const azure = { kind: 'azure', vaultUrl: 'https://shop.vault.azure.net', tenantId: 'tenant', clientId: 'client' };
    const objects = objectsFrom(secretFrom(external(azure)));
    expect(find(objects, 'ServiceAccount').metadata.annotations).toMatchObject({
      'azure.workload.identity/client-id': 'client',
      'azure.workload.identity/tenant-id': 'tenant',
    });
    expect(find(objects, 'SecretStore').spec.provider).toEqual({
      azurekv: {
        authType: 'WorkloadIdentity',
        vaultUrl: azure.vaultUrl,
        tenantId: 'tenant',
        serviceAccountRef: { name: 'reader' },
      },
    });
    expect(find(objects, 'ExternalSecret').spec.data[1].remoteRef).toEqual({ key: 'shop-db-password' });
  });

  test('HashiCorp Vault: the store has the role, and keys have properties', () => {
    const vault = {
      kind: 'vault',
      server: 'https://vault.example.com',
      path: 'secret',
      mountPath: 'kubernetes',
      role: 'shop',
    };
    const objects = objectsFrom(secretFrom(external(vault)));
    expect(find(objects, 'SecretStore').spec.provider).toEqual({
      vault: {
        server: vault.server,
        path: 'secret',
        version: 'v2',
        auth: { kubernetes: { mountPath: 'kubernetes', role: 'shop', serviceAccountRef: { name: 'reader' } } },
      },
    });
    expect(find(objects, 'ExternalSecret').spec.data[1].remoteRef).toEqual({
      key: 'shop/db/password',
      property: 'value',
    });
  });
});

test('development values are in the Secret, composed and URL-encoded', () => {
  const { data } = find(objectsFrom(secretFrom({ kind: 'development', revision: 1 })), 'Secret');
  const value = (key: string) => Buffer.from(data[key], 'base64').toString();
  expect(value('PASSWORD')).toBe('p@ss word/+');
  expect(value('URL')).toBe('postgresql://shop:p%40ss%20word%2F%2B@db:5432/shop');
  expect(decodeURIComponent(new URL(value('URL')).password)).toBe('p@ss word/+');
  expect(value('STRING')).toBe('Host=db;Password="p@ss word/+";SSL Mode=Require');
});

describe('made by hand', () => {
  const secret = secretFrom({ kind: 'manual', revision: 1 }, 'never shown');

  test('there are no objects, and the command contains no values', () => {
    expect(objectsFrom(secret)).toEqual([]);
    expect(commandFor(secret)).toMatch(/^kubectl create secret generic credentials --namespace shop-test \\\n/m);
    expect(commandFor(secret)).not.toContain('never shown');
  });

  test('a key that is not a valid variable name gets a variable of another name, and the command fails without a value', () => {
    const values = { 'my-tenant': { remote: 'a', development: 'b' } };
    const source = { kind: 'manual', revision: 1 } as const;
    const command = commandFor(new Secret({ namespace: 'n', name: 's', externalName: 's', source, values }));
    const run = (env: NodeJS.ProcessEnv) =>
      execFileSync('bash', ['-euo', 'pipefail', '-c', `kubectl() { printf '%s\\n' "$@"; }; ${command}`], {
        env,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    expect(command).toContain('--from-file=my-tenant=<(printf %s "$my_tenant")');
    expect(() => run({ PATH: process.env.PATH })).toThrow('my_tenant');
  });

  test('the command passes the values of variables, and none of them is an argument', () => {
    // A fake kubectl that prints its arguments and the files that they name, and a fake jq that encodes like jq.
    const script = `kubectl() {
  [ "$1" = create ] || { cat; return; }
  for arg in "$@"; do case "$arg" in --from-file=*) echo "\${arg%=*}=$(cat "\${arg##*=}")" ;; *) echo "$arg" ;; esac; done
  printf '%s\\n' "$@" >&2
}
jq() { node -p 'encodeURIComponent(require("node:fs").readFileSync(0, "utf8"))'; }
${commandFor(secret)}`;
    const env = { ...process.env, USER: 'shop', PASSWORD: `a b'"$@:/%\\` };
    const { stdout, stderr } = spawnSync('bash', ['-euc', script], { env, encoding: 'utf8' });
    expect(stdout.trimEnd().split('\n').slice(-7)).toEqual([
      '--from-file=USER=shop',
      `--from-file=PASSWORD=a b'"$@:/%\\`,
      `--from-file=URL=postgresql://shop:${encodeURIComponent(env.PASSWORD)}@db:5432/shop`,
      `--from-file=STRING=Host=db;Password="a b'""$@:/%\\";SSL Mode=Require`,
      '--dry-run=client',
      '-o',
      'yaml',
    ]);
    expect(stderr).toContain('--from-file=PASSWORD=/dev/fd/');
    expect(stderr).not.toContain("a b'");
  });
});
