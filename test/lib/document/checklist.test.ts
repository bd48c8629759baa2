import { registry } from '../../../charts';
import { checklist as pliers } from '../../../charts/pliers/checklist';
import { contextsOf } from '../../../commands/shared/contexts';
import type { DocumentContext } from '../../../lib/document/context';
import { checklist } from '../../../lib/document/sections/checklist';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { type Any, PROJECT } from '../../support';

const CONTEXTS = ['staging', 'prod'].flatMap((name) =>
  contextsOf(registry.in(PROJECT), buildEnvironments(registry, PROJECT, [name]), () => []),
);

const contextOf = (folder: string) => CONTEXTS.find((one) => one.folder === folder) as DocumentContext;

/** The lines of a checklist with their state and reason. */
function answers(context: DocumentContext): ReadonlyMap<string, { readonly state: string; readonly because: string }> {
  const rows = [...(checklist.text(context) ?? '').matchAll(/^\| (yes|no|open) \| (.*?) \| (.*) \|$/gm)];
  return new Map(rows.map(([, state = '', line = '', because = '']) => [line, { state, because }]));
}

test("Pliers has every line of the seed's checklist", () => {
  expect(Object.values(pliers).map((lines) => Object.keys(lines))).toEqual([
    [
      'Environment variables configured',
      'SSL certificates obtained',
      'Database migrations tested',
      'Backup strategy implemented',
      'Monitoring configured',
      'Load testing completed',
    ],
    [
      'Build all Docker images',
      'Push images to registry',
      'Deploy database first',
      'Run migrations',
      'Deploy services',
      'Verify health checks',
      'Test critical paths',
    ],
    ['Monitor metrics', 'Check error logs', 'Verify backups', 'Update documentation', 'Notify stakeholders'],
  ]);
});

test('what was requested, or has to be looked at, is open', () => {
  const found = answers(contextOf('prod/pliers'));
  for (const line of [
    'SSL certificates obtained',
    'Verify health checks',
    'Check error logs',
    'Build all Docker images',
  ]) {
    expect([line, found.get(line)?.state]).toEqual([line, 'open']);
  }
  expect(found.get('Build all Docker images')?.because).toContain('ghcr.io/yourorg/pliers-api:');
  expect(found.get('TLS at the edge')?.state).toBe('yes');
});

test('backups that a provider has to make are open, and those of the system yes', () => {
  const prod = answers(contextOf('prod/pliers'));
  expect(prod.get('Backup strategy implemented')).toEqual({
    state: 'open',
    because: expect.stringContaining('Redis (its provider has to)'),
  });
  expect(prod.get('Verify backups')?.state).toBe('open');
  const salient = answers(contextOf('prod/salient'));
  expect(salient.get('Backups of databases')?.state).toBe('yes');
  expect(salient.get('Backups are tried')?.state).toBe('yes');
});

test('Salient answers what Kubernetes is chosen for by its objects', () => {
  const [prod, staging] = [answers(contextOf('prod/salient')), answers(contextOf('staging/salient'))];
  const chosen = ['Autoscaling in bursts', 'Several replicas behind the edge', 'Rolling updates without downtime'];
  const others = ['CPU and memory limits of each workload', 'Tenants are separated', 'The admin API is not public'];
  for (const line of [...chosen, ...others]) expect([line, prod.get(line)?.state]).toEqual([line, 'yes']);
  expect(staging.get('Several replicas behind the edge')).toEqual({
    state: 'no',
    because: '`admin-api`, `admin-ui`: one pod alone',
  });
  const objects = structuredClone(contextOf('prod/salient').objects) as Any[];
  const chat = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'chat-api');
  chat.spec.strategy = { type: 'Recreate' };
  chat.spec.template.spec.containers[0].resources.limits = {};
  const changed = answers({ ...contextOf('prod/salient'), objects });
  expect(changed.get('Rolling updates without downtime')?.state).toBe('no');
  expect(changed.get('CPU and memory limits of each workload')?.because).toBe('`chat-api`: without limits');
});
