import { type Any, find } from '../../support';
import { built, objectsOf } from './application';

const HEAD = 'pattern: microservices\ndefaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }\n';

test('services may be called like what a chart is made of', () => {
  const names = ['namespaces', 'secrets', 'network', 'edge', 'monitoring', 'constructor', 'servers', 'shop-config'];
  const services = names.map((name) => `  ${name}: { port: 80, env: { A: { config: A } } }\n`).join('');
  const database = 'database: { kind: statefulset }\nsecrets: { kind: manual }\n';
  const backups = 'backups: { repository: "s3:https://s3.example.com/shop", addresses: [10.20.8.0/24] }\n';
  const text = `${HEAD}config: { A: a }\nservices:\n${services}${database}${backups}`;
  const objects = objectsOf({ 'prod/shop.yaml': text });
  for (const name of names) expect(find(objects, 'Deployment', name)).toBeDefined();
});

test('the longest names, beside what is derived from them', () => {
  const long = 'a'.repeat(38);
  const text = `${HEAD}services:\n  ${long}: { port: 80, beforeDeploy: [warm], sidecars: { proxy-of-the---------service: { port: 81 } } }\n  b${long.slice(1)}: { schedule: "0 3 * * *" }\n`;
  objectsOf({ 'prod/shop.yaml': text });
});

test('a folder whose name ends in a sign is a ConfigMap with a valid name', () => {
  const text = `${HEAD}services:\n  api: { port: 80, files: { /etc/Ab_/x: { text: a } } }\n`;
  expect(find(objectsOf({ 'prod/shop.yaml': text }), 'ConfigMap').metadata.name).toBe('api-files-etc-ab');
});

test('the reason of any step in an order is that of its Job', () => {
  const text = `${HEAD}services:\n  a: { runs: before-deploy, allow: { writableRoot: it writes beside its program } }\n  b: { runs: before-deploy, after: [a] }\n`;
  const { annotations } = find(objectsOf({ 'prod/shop.yaml': text }), 'Job').metadata;
  expect(annotations['exempt.berth.dev/pod-security']).toBe('it writes beside its program');
});

test('a Job beside a service needs no GPU', () => {
  const text = `${HEAD}services:\n  api: { port: 80, gpu: 1, beforeDeploy: [warm] }\n`;
  const { limits } = find(objectsOf({ 'prod/shop.yaml': text }), 'Job').spec.template.spec.containers[0].resources;
  expect(Object.keys(limits)).toEqual(['cpu', 'memory']);
});

test('a secret of a provider may be unset', () => {
  const text = `${HEAD}secrets: { kind: manual }\nservices:\n  api: { port: 80, llm: { provider: anthropic }, env: { LLM_API_KEY: { unset: true } } }\n`;
  const { env } = find(objectsOf({ 'prod/shop.yaml': text }), 'Deployment').spec.template.spec.containers[0];
  expect(env.map(({ name }: { name: string }) => name)).toEqual(['LLM_PROVIDER', 'ANTHROPIC_API_KEY']);
});

test('a secret of the file takes the place of a variable that is unset', () => {
  const text = `${HEAD}secrets: { kind: manual }\nservices:\n  api: { port: 80, secrets: { A: { remote: a, about: an a } }, env: { A: { unset: true } } }\n`;
  const { env } = find(objectsOf({ 'prod/shop.yaml': text }), 'Deployment').spec.template.spec.containers[0];
  expect(env).toEqual([{ name: 'A', valueFrom: { secretKeyRef: { name: 'api-credentials', key: 'A' } } }]);
});

test('a database, an external server and Redis with one name have each its own password', () => {
  const text = `${HEAD}secrets: { kind: manual }
backups: { none: all are managed }
services:
  api:
    port: 80
    env: { A: { database: shop.url }, B: { external: shop.url }, C: { redis: url }, D: { database: redis.url } }
    files: { /etc/k/k: { secret: k } }
    sidecars: { file: { env: { k: { external: shop.password } } } }
sharedSecrets: { k: { remote: shared, about: a key } }
database: { kind: external, host: db.example.com, addresses: [10.0.0.0/24], unverified: tests use no certificate, databases: { shop: {}, redis: {} } }
redis: { kind: external, host: redis.example.com, addresses: [10.0.1.0/24] }
external: { shop: { host: x.example.com, port: 80, user: a, password: { remote: other, about: its password } } }
`;
  const { secrets } = built({ 'prod/shop.yaml': text }).built.model as Any;
  const { values } = secrets.find(({ name }: Any) => name === 'api-credentials');
  const passwordOf = (key: string) => {
    const part = values[key].template.find((one: Any) => one.urlEncoded !== undefined);
    const { remote, property } = values[part.urlEncoded];
    return [remote, property ?? []].flat().join('/');
  };
  expect(new Set(['A', 'B', 'C', 'D'].map(passwordOf)).size).toBe(4);
  expect(passwordOf('B')).toBe('other');
  expect([values['shared.file.k'].remote, values['file.k'].remote]).toEqual(['shared', 'other']);
});

test('a Job beside a service has the connections of the service, not those of its sidecars', () => {
  const text = `${HEAD}services:\n  api: { port: 80, beforeDeploy: [warm], env: { B: { url: b } }, sidecars: { s: { env: { C: { url: c } } } } }\n  b: { port: 81 }\n  c: { port: 82 }\n`;
  const { egress } = find(objectsOf({ 'prod/shop.yaml': text }), 'NetworkPolicy', 'api-before-deploy-policy').spec;
  const ports = egress.flatMap((one: { ports: readonly { port: number }[] }) => one.ports.map(({ port }) => port));
  expect([...new Set(ports)]).toEqual([53, 81]);
});

test('the browser finds the chat at the host of its route', () => {
  const text = `pattern: ai-3-tier
hosts: { admin: admin.localhost, app: { host: app.localhost } }
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
services:
  api: { exposed: { host: app, path: /api, except: [/api/internal] } }
  web: { exposed: { host: app, path: / } }
  neuron: { exposed: { host: app, path: /chat }, llm: { provider: anthropic } }
`;
  const objects = objectsOf({ 'dev/shop.yaml': text }, 'dev');
  expect(find(objects, 'ConfigMap', 'web-files-etc-app').data['config.js']).toContain(
    '"ws://app.localhost/chat/stream"',
  );
});

test('an API whose own route has no exception for internal paths is told', () => {
  const text = (exposed: string) => ({
    'prod/shop.yaml': `pattern: api-only\nhosts: { app: shop.example.com }\nedge: { kind: ingress, issuer: letsencrypt }\nservices:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, exposed: ${exposed} }\n`,
  });
  const notices = (exposed: string) => (built(text(exposed)).built.model as { notices: readonly string[] }).notices;
  expect(notices('/api')).toEqual([
    '/api/internal of services.api can be reached from outside: exposed replaces that of its preset; except: [/api/internal] keeps it inside',
  ]);
  expect(notices('{ path: /, except: [/api] }')).toEqual([]);
  expect(notices('/v1')).toEqual([]);
});

test('a route may have the balance that a kind of edge lacks, and is told of it', () => {
  const edges = {
    'ingress,': undefined,
    'traefik,': undefined,
    'gateway, implementation: envoy,': undefined,
    'gateway, implementation: traefik,':
      'balance has no effect with the Gateway API on Traefik: it forwards requests in turn; edge.kind traefik has it',
  };
  for (const [kind, notice] of Object.entries(edges)) {
    const text = `pattern: microservices\nhosts: { app: shop.example.com }\nedge: { kind: ${kind} issuer: letsencrypt }\nservices:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /health, exposed: { path: /, balance: least-requests } }\n`;
    const { model } = built({ 'prod/shop.yaml': text }).built as Any;
    expect(model.components[0].exposed[0].balance).toBe('least-requests');
    expect(model.notices).toEqual(notice === undefined ? [] : [notice]);
  }
});
