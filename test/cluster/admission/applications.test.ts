import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import newApplication from '../../../commands/new';
import main from '../../../main';
import { folderWith, project, ROOT, runHere } from '../../support';
import { apply, unserved } from '../applied';
import { objectsIn } from '../dist';

/** Writes and applies one system, in each environment that has it. */
async function accepted(root: string, system: string, environments: readonly string[]) {
  for (const environment of environments) {
    const { status, stderr } = await runHere(main, root, ['--env', environment, '--system', system]);
    expect([status, stderr]).toEqual([0, '']);
    const folder = join(root, 'dist', environment, system);
    expect(unserved(objectsIn(folder))).toEqual([]);
    await apply(folder);
  }
}

test.each(['api-only', '3-tier', 'ai-3-tier', 'microservices'])(
  'what npm run new writes for %s is accepted without a warning, in each environment',
  async (pattern) => {
    const root = project();
    const name = `new-${pattern}`;
    expect(await runHere(newApplication, root, [name, '--pattern', pattern])).toMatchObject({ status: 0, stderr: '' });
    await accepted(root, name, ['dev', 'staging', 'prod']);
  },
);

/** Two applications, one of which connects to the other, on an edge with a host that redirects. */
const ORDERS = (edge: string) => `pattern: microservices
hosts: { app: orders.example.com, www: { host: www.orders.example.com, redirectTo: app } }
services:
  orders-api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /health, exposed: /, allows: [{ system: portal, service: portal-web }], env: { CACHE: { redis: url } } }
redis: { kind: statefulset, keep: false }
secrets: { kind: manual }
edge: ${edge}
`;
const PORTAL = `pattern: microservices
services:
  portal-web: { image: ghcr.io/yourorg/web, tag: v1.0.0, env: { ORDERS: { url: orders-api, system: orders } } }
`;

test.each([
  '{ kind: ingress, issuer: letsencrypt-prod }',
  '{ kind: traefik, issuer: letsencrypt-prod }',
  '{ kind: gateway, implementation: envoy, issuer: letsencrypt-prod }',
])('a host that redirects, a cache and a connection between two applications are accepted, on %s', async (edge) => {
  const root = folderWith({ 'environments/prod/orders.yaml': ORDERS(edge), 'environments/prod/portal.yaml': PORTAL });
  for (const name of ['orders', 'portal']) await accepted(root, name, ['prod']);
});

test.each(['boutique', 'invoices', 'clinic', 'portal', 'billing', 'parcels'])(
  '%s is accepted without a warning',
  async (name) => {
    const text = readFileSync(join(ROOT, `test/fixtures/applications/${name}.yaml`), 'utf8');
    await accepted(folderWith({ [`environments/prod/${name}.yaml`]: text }), name, ['prod']);
  },
);
