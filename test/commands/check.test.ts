import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../charts';
import check from '../../commands/check';
import reach from '../../commands/reach';
import { RULES } from '../../lib/checks/check';
import { edit, folderWith, PROJECT, runHere } from '../support';

const PROGRAMS = { check, reach };

function run(program: keyof typeof PROGRAMS, ...args: string[]) {
  return runHere(PROGRAMS[program], PROJECT, args);
}

const PROD = join(PROJECT, 'dist/prod');

/** A copy of what is applied in prod, to be edited. */
function copyOfProd(): string {
  const root = folderWith({});
  cpSync(join(PROJECT, 'dist/prod/salient'), root, { recursive: true });
  return root;
}

const POLICY = '30-networkpolicy-salient-admin-pgbouncer-policy.yaml';

describe('npm run check', () => {
  test('passes dist/ of a system', async () => {
    const result = await run('check', '--env', 'prod', '--system', 'salient', join(PROD, 'salient'));
    expect(result).toMatchObject({ status: 0, stdout: '0 violations in 65 objects\n', stderr: '' });
  });

  test('checks the platform alone, and a system together with it', async () => {
    const platform = await run('check', '--env', 'prod', '--system', 'platform', join(PROD, 'platform'));
    expect(platform).toMatchObject({ status: 0, stdout: '0 violations in 4 objects\n', stderr: '' });
    const root = copyOfProd();
    edit(root, '90-ingress-salient-prod-salient-ingress.yaml', 'ingressClassName: nginx', 'ingressClassName: public');
    expect((await run('check', '--env', 'prod', '--system', 'salient', root)).stdout).toContain(
      'certificates: Ingress salient-prod/salient-ingress: spec.tls[0].hosts[0]: ClusterIssuer letsencrypt-prod solves api.salient.ai by an Ingress of class "nginx", expected "public", which Ingress salient-prod/salient-ingress has; correct the solver; set by environments/prod/salient.yaml:4: hosts.api\n',
    );
  });

  test('reach refuses the platform, which has no workloads', async () => {
    expect(await run('reach', '--env', 'prod', '--system', 'platform')).toMatchObject({
      status: 2,
      stderr: `--system: given "platform", expected one of ${Object.keys(registry.in(PROJECT).systems).join(', ')}\n`,
    });
  });

  test('checks an edited copy like dist/ itself', async () => {
    const root = copyOfProd();
    edit(root, POLICY, '10.20.0.0/24', '10.20.0.0/16');
    const result = await run('check', '--env', 'prod', '--system', 'salient', root);
    expect(result.status).toBe(1);
    expect(result.stdout).toMatch(
      new RegExp(
        `^${root}/${POLICY}:29: broken: reachability: NetworkPolicy salient-admin/pgbouncer-policy: spec\\.egress\\[1\\]: allows connections to 10\\.20\\.1\\.0-10\\.20\\.255\\.255 on TCP 5432, which is not declared for salient-admin/pgbouncer; set by environments/prod/salient.yaml:19: pgbouncer\n.*:33: risk: as-described: .*\n2 violations in 65 objects: 1 broken, 1 risk\n$`,
      ),
    );
  });

  test('tells what differs from the description, what is missing and what is more, each with its place', async () => {
    const root = copyOfProd();
    edit(root, '65-deployment-salient-prod-chat-api.yaml', 'memory: 512Mi', 'memory: 8Gi');
    rmSync(join(root, '75-poddisruptionbudget-salient-prod-chat-api.yaml'));
    writeFileSync(
      join(root, 'more.yaml'),
      'apiVersion: v1\nkind: EndpointSlice\nmetadata: { name: more, namespace: salient-prod }\n',
    );
    const { stdout } = await run('check', '--env', 'prod', '--system', 'salient', '--rules', 'as-described', root);
    expect(stdout.replaceAll(root, 'PATH').split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(
        /^PATH\/65-deployment-salient-prod-chat-api\.yaml:\d{2,}: .*\.containers\[chat-api\]\.resources\.limits\.memory: given "8Gi", expected "512Mi"; set by environments\/prod\/salient\.yaml:9: chatApi\.memory$/,
      ),
      expect.stringMatching(/^PATH\/more\.yaml:2: .*: is of a kind that the environment does not make/),
      'PATH:1: risk: as-described: PodDisruptionBudget salient-prod/chat-api: metadata.name: is described, but missing; apply it as synth writes it; set by environments/prod/salient.yaml:7: chatApi',
    ]);
  });

  test('checks other manifests by all rules that need no intent', async () => {
    const root = copyOfProd();
    edit(root, POLICY, '10.20.0.0/24', '10.20.0.0/16');
    expect((await run('check', root)).stdout).not.toMatch(/reachability/);
    edit(root, '65-deployment-salient-prod-chat-api.yaml', 'salient-backend:v1.2.3', 'salient-backend:latest');
    expect((await run('check', root)).stdout).toMatch(/: images: Deployment salient-prod\/chat-api: /);
  });

  test('accepts references to what --given names', async () => {
    const given = [
      'IngressClass/nginx',
      'IngressClass/traefik',
      'Pod/ingress-nginx/controller?app.kubernetes.io/name=ingress-nginx&app.kubernetes.io/component=controller',
      'Pod/monitoring/prometheus?app.kubernetes.io/name=prometheus',
      'Pod/salient-prod/acme-solver?acme.cert-manager.io/http01-solver=true',
    ].flatMap((one) => ['--given', one]);
    const without = await run('check', join(PROD, 'platform'), join(PROD, 'salient'));
    expect(without).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/policy: references: .*"nginx", expected an IngressClass/),
    });
    expect(await run('check', ...given, join(PROD, 'platform'), join(PROD, 'salient'))).toMatchObject({
      status: 0,
      stdout: '0 violations in 69 objects\n',
    });
  });

  test('lists exemptions', async () => {
    const root = folderWith({
      'a.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: { name: a, annotations: { exempt.berth.dev/secrets: made for a test } }\nstringData: { a: b }\n',
    });
    expect(await run('check', root)).toMatchObject({
      status: 0,
      stdout: 'exempt from secrets: Secret default/a: made for a test\n0 violations in 1 object\n',
    });
  });

  test('prints JSON', async () => {
    const root = copyOfProd();
    edit(root, POLICY, '10.20.0.0/24', '10.20.0.0/16');
    const options = ['--env', 'prod', '--system', 'salient', '--skip', 'as-described', '--format', 'json'];
    const { stdout } = await run('check', ...options, root);
    expect(JSON.parse(stdout)).toEqual({
      failed: true,
      objects: 65,
      violations: [
        {
          rule: 'reachability',
          level: 'broken',
          object: {
            apiVersion: 'networking.k8s.io/v1',
            kind: 'NetworkPolicy',
            namespace: 'salient-admin',
            name: 'pgbouncer-policy',
          },
          path: 'spec.egress[1]',
          message: expect.stringMatching(/^allows connections to/),
          file: join(root, POLICY),
          line: 29,
          column: 7,
        },
      ],
      exempt: [],
      leftOut: [],
      withoutSchema: [],
      definitions: ['Kubernetes 1.37.1', 'external-secrets.io v2.9.0', 'monitoring.coreos.com v0.93.0'],
    });
  });

  test.each(RULES.map(({ name }) => name))('explains %s', async (name) => {
    const { stdout, status } = await run('check', '--explain', name);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^${name}\n\n[\\s\\S]{100,}\n\nWrong:\n\n    [\\s\\S]+\n\nRight:\n\n    [\\s\\S]+`),
    );
  });

  test.each([
    [['--explain', 'storrage'], /^--explain: given "storrage", expected one of .*; did you mean storage\?$/m],
    [['--env', 'prdo', 'x'], /^--env: given "prdo", expected one of dev, prod, staging; did you mean prod\?$/m],
    [['--system', 'salient', 'x'], /^--system: needs --env as well$/m],
    [['--format', 'xml', 'x'], /^--format: given "xml", expected one of text, json, sarif, github$/m],
    [
      ['--level', 'brocken', 'x'],
      /^--level: given "brocken", expected one of broken, risk, policy; did you mean broken\?$/m,
    ],
    [['--rules', 'schema,storrage', 'x'], /^--rules: given "storrage", expected one of .*; did you mean storage\?$/m],
    [['--skip', 'x', 'x'], /^--skip: given "x", expected one of /m],
    [['--given', 'nginx', 'x'], /^--given: given "nginx", expected Kind\/name or Kind\/namespace\/name$/m],
    [['--foo'], /Unknown option '--foo'/],
    [[], /^check: expected files or folders to check$/m],
    [['nowhere'], /^nowhere: does not exist$/m],
  ])('%j is refused with exit code 2', async (args, message) => {
    const result = await run('check', ...args);
    expect(result.status).toBe(2);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n {4}at /);
  });
});

const POD = `apiVersion: v1
kind: Pod
metadata: { name: api, labels: { exempt: no } }
spec:
  containers: [{ name: api, image: "example.com/api:v1.0.0" }]
`;

const MONITOR = 'apiVersion: example.com/v1\nkind: Ship\nmetadata: { name: a }\n';

describe('levels and formats', () => {
  const checked = (files: Record<string, string>, ...args: string[]) => run('check', ...args, folderWith(files));

  test('house policy is shown in groups and fails nothing, unless it is asked to', async () => {
    const pods = {
      'a.yaml': POD.replace('exempt: no', 'a: b'),
      'b.yaml': POD.replace('exempt: no', 'a: b').replace('name: api', 'name: web'),
    };
    const { stdout, status } = await checked(pods);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^House policy, .*\n(?: {2}\S+:\d+: policy: pod-security: Pod default\/api and 1 more object: .*\n)+0 violations in 2 objects: \d+ of house policy\n$/,
    );
    expect((await checked(pods, '--level', 'policy')).status).toBe(1);
    expect((await checked(pods, '--level', 'broken')).stdout).toMatch(
      /^0 violations in 2 objects: \d+ of house policy\n$/,
    );
  });

  test('a risk fails, unless only what is broken is asked for', async () => {
    const risk = {
      'a.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { selector: { app: a }, ports: [{ port: 80 }] }\n',
    };
    expect(await checked(risk)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/risk: selectors: .*\n1 violation in 1 object: 1 risk\n$/),
    });
    expect(await checked(risk, '--level', 'broken')).toMatchObject({
      status: 0,
      stdout: '0 violations in 1 object: 1 risk\n',
    });
  });

  test('where no Namespace is among the manifests, they are made elsewhere; where some are, a missing one is a risk', async () => {
    const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: a, namespace: shop }\n';
    expect(await checked({ 'a.yaml': account })).toMatchObject({ status: 0 });
    const other = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: other }\n';
    expect(await checked({ 'a.yaml': account, 'b.yaml': other })).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('risk: references: ServiceAccount shop/a: metadata.namespace: given "shop"'),
    });
  });

  test('what kustomize generates is there, and its file is left out', async () => {
    const pod = (settings: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: api }\nspec: { containers: [{ name: api, image: a, envFrom: [{ configMapRef: { name: ${settings} } }, { secretRef: { name: keys } }] }] }\n`;
    const files = (namespace = '') => ({
      'kustomization.yaml': `${namespace}configMapGenerator: [{ name: settings, literals: [A=b] }]\nsecretGenerator: [{ name: keys }]\n`,
    });
    const missing = async (all: Record<string, string>) => (await checked(all, '--rules', 'references')).stdout;
    expect(await missing({ ...files(), 'a.yaml': pod('settings') })).toMatch(
      /^left out: .*\n0 violations in 1 object$/m,
    );
    expect(await missing({ ...files('namespace: default\n'), 'a.yaml': pod('settings') })).toMatch(/^0 violations/m);
    expect(await missing({ ...files('namespace: other\n'), 'a.yaml': pod('settings') })).toMatch(/^2 violations/m);
    expect(await missing({ ...files(), 'a.yaml': pod('other') })).toMatch(/given "other", expected a ConfigMap/);
  });

  test('rules are chosen and left out', async () => {
    const both = { 'a.yaml': POD };
    expect((await checked(both, '--rules', 'schema')).stdout).toMatch(
      /^\S+:3: broken: schema: .*given false, expected text; put it in quotes\n1 violation/,
    );
    expect((await checked(both, '--skip', 'pod-security,schema', '--skip', 'identity')).status).toBe(0);
  });

  test('what cannot be read is told beside what can be judged', async () => {
    const files = { 'a.yaml': POD.replace('exempt: no', 'a: b'), 'b.yaml': 'a: [1\n', 'values.yaml': 'a: b\n' };
    const { stdout, status } = await checked(files);
    expect(status).toBe(1);
    expect(stdout).toMatch(/b\.yaml:\d+: broken: reading: is not valid YAML.*\n/);
    expect(stdout).toMatch(/^left out: \S+values\.yaml is no manifest: it has no apiVersion and kind$/m);
    expect(await checked({ 'b.yaml': 'a: [1\n' })).toMatchObject({ status: 2 });
    expect(await checked({ 'values.yaml': 'a: b\n' })).toMatchObject({
      status: 2,
      stdout: expect.stringMatching(/contains no manifest\n/),
    });
  });

  test('kinds without a schema are counted, with the versions of the definitions', async () => {
    const { stdout } = await checked({ 'a.yaml': `${MONITOR}---\n${MONITOR.replace('name: a', 'name: b')}` });
    expect(stdout).toBe(
      'The fields of 2 objects were not checked, since their kinds have no schema here: example.com/v1 Ship (2)\nJudged by the definitions of Kubernetes 1.37.1\n0 violations in 2 objects\n',
    );
  });

  test('standard input, and the namespace of objects that state none', async () => {
    const { stdout, status } = await runHere(check, PROJECT, ['--namespace', 'shop', '-'], { input: POD });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^standard input:3: broken: identity: Pod shop\/api: /);
  });

  test.each([['nowhere'], ['--rules', 'x', 'y'], []])('JSON is printed for %j too', async (...args) => {
    const { stdout, status } = await run('check', '--format', 'json', ...args);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      failed: true,
      objects: 0,
      violations: [{ rule: 'reading', level: 'broken' }],
    });
  });

  test('SARIF has the rules, levels and lines', async () => {
    const { stdout, status } = await checked({ 'a.yaml': POD }, '--format', 'sarif');
    expect(status).toBe(1);
    const { version, runs } = JSON.parse(stdout);
    expect(version).toBe('2.1.0');
    expect(runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      'reading',
      ...RULES.map(({ name }) => name),
    ]);
    expect(runs[0].results).toContainEqual(
      expect.objectContaining({
        ruleId: 'identity',
        level: 'error',
        locations: [
          expect.objectContaining({
            physicalLocation: expect.objectContaining({ region: { startLine: 3, startColumn: 34 } }),
          }),
        ],
      }),
    );
  });

  test('GitHub gets workflow commands', async () => {
    const { stdout } = await checked({ 'a,b.yaml': POD }, '--format', 'github');
    expect(stdout).toMatch(
      /^::error file=\S+a%2Cb\.yaml,line=3,col=34,title=identity::Pod default\/api: metadata\.labels\.exempt: given false/m,
    );
    expect(stdout).toMatch(/^::notice file=/m);
    expect(stdout).toMatch(/\n1 violation in 1 object: 1 broken, \d+ of house policy\n$/);
  });
});

describe('npm run reach', () => {
  test('prints who can reach whom', async () => {
    const { stdout, status } = await run('reach', '--env', 'prod');
    expect(status).toBe(0);
    const ways = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/ {2,}/).slice(0, 3).join(' → '));
    expect(ways).toContain('pliers-prod/ai-service → pliers-prod/api → TCP 3000');
    const ofApplications = ways.filter(
      (way) => !/^salient-admin\/|pliers-|ephitup-|three-tier-| app\.example\.com/.test(way),
    );
    expect(ofApplications).toEqual([
      'the Internet → salient-prod/chat-api → api.salient.ai/',
      '203.0.113.0/24 → salient-prod/admin-api → admin.salient.ai/api',
      '203.0.113.0/24 → salient-prod/admin-ui → admin.salient.ai/',
      'ingress-nginx/edge → salient-prod/chat-api → TCP 8000',
      'monitoring/prometheus → salient-prod/chat-api → TCP 9464',
      'ingress-nginx/edge → salient-prod/admin-api → TCP 8000',
      'monitoring/prometheus → salient-prod/admin-api → TCP 9464',
      'ingress-nginx/edge → salient-prod/admin-ui → TCP 80',
      'salient-prod/chat-api → salient-admin/pgbouncer → TCP 5432',
      'salient-prod/admin-api → salient-admin/pgbouncer → TCP 5432',
      'monitoring/prometheus → salient-admin/pgbouncer → TCP 9127',
      'ingress-nginx/edge → salient-prod/acme-solver → TCP 8089',
      'salient-prod/chat-api → kube-system/kube-dns → UDP 53, TCP 53',
      'salient-prod/chat-api → 169.254.20.10 → UDP 53, TCP 53',
      'salient-prod/chat-api → the Internet → TCP 443',
      'salient-prod/admin-api → kube-system/kube-dns → UDP 53, TCP 53',
      'salient-prod/admin-api → 169.254.20.10 → UDP 53, TCP 53',
    ]);
    const outside = ways.filter((way) => way.startsWith('salient-admin/') && !way.endsWith('53'));
    expect(outside.map((way) => way.replace('salient-admin/', ''))).toEqual([
      'migrations → salient-admin/pgbouncer → TCP 5432',
      'pgbouncer → 10.20.0.0-10.20.0.255 → TCP 5432',
      'provisioning → 10.20.0.0-10.20.0.255 → TCP 5432',
      'migrations → 10.20.0.0-10.20.0.255 → TCP 5432',
      'backup → 10.20.0.0-10.20.0.255 → TCP 5432',
      'backup → 10.20.8.0-10.20.8.255 → TCP 443',
      'restore-drill → 10.20.0.0-10.20.0.255 → TCP 5432',
      'restore-drill → 10.20.8.0-10.20.8.255 → TCP 443',
      'restore → 10.20.0.0-10.20.0.255 → TCP 5432',
      'restore → 10.20.8.0-10.20.8.255 → TCP 443',
    ]);
  });

  test('prints a diagram, and JSON', async () => {
    const { stdout } = await run('reach', '--env', 'dev', '--format', 'mermaid');
    expect(stdout).toMatch(/^flowchart LR\n {2}n0\["the Internet"\]\n/);
    expect(stdout).toMatch(/n\d+ -->\|"TCP 5432"\| n\d+/);
    expect(JSON.parse((await run('reach', '--env', 'dev', '--format', 'json')).stdout)).toContainEqual({
      from: 'salient-dev/chat-api',
      to: 'salient-dev-admin/pgbouncer',
      port: 'TCP 5432',
      by: 'NetworkPolicy salient-dev-admin/pgbouncer-policy',
    });
  });

  test('needs an environment', async () => {
    expect(await run('reach')).toMatchObject({ status: 2, stderr: expect.stringMatching(/^--env: is missing/) });
    expect((await run('reach', '--env', 'prod', '--format', 'xml')).stderr).toMatch(
      /^--format: given "xml", expected one of table, mermaid, json/,
    );
  });
});
