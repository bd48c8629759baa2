import { architectureOf } from '../../../lib/targets/architecture';
import { pliersSystem, salientSystem } from '../../systems';

/** The frames, nodes and arrows of a flowchart, by the texts of nodes. */
function read(flowchart: string) {
  const nodes = [...flowchart.matchAll(/^ +(n\d+)[[(>]+"(.*?)"/gm)].map(([, id, text]) => [id, text] as const);
  const names = new Map(nodes);
  return {
    frames: [...flowchart.matchAll(/subgraph f\d+\["(.*?)"\]/g)].map(([, name]) => name),
    texts: nodes.map(([, text]) => text),
    arrows: [...flowchart.matchAll(/^ +(n\d+) (-->|-\.->) (n\d+)$/gm)].map(
      ([, from, line, to]) => `${names.get(from)} ${line === '-->' ? '→' : '⇢'} ${names.get(to)}`,
    ),
  };
}

test('Salient in production: who reaches what, from the edge to the data', () => {
  const { frames, arrows } = read(architectureOf(salientSystem('prod')));
  expect(frames).toEqual(['edge', 'namespace salient-prod', 'namespace salient-admin']);
  expect(arrows).toEqual([
    'api.salient.ai<br>for everyone → chat-api',
    'admin.salient.ai<br>for 203.0.113.0/24 → admin-api',
    'admin.salient.ai<br>for 203.0.113.0/24 → admin-ui',
    'chat-api → pgbouncer',
    'admin-api → pgbouncer',
    'pgbouncer → the database server main',
    'provisioning, migrations ⇢ the database server main',
    'backup, restore-drill,<br>restore ⇢ the database server main',
    'backup, restore-drill,<br>restore ⇢ the S3 store of the backups',
  ]);
});

test('each namespace with Secrets says once where they come from; in development there is no store', () => {
  const secrets = (environment: string) =>
    read(architectureOf(salientSystem(environment))).texts.filter((text) => text?.startsWith('Secrets'));
  expect(secrets('prod')).toEqual(Array(2).fill('Secrets, from<br>AWS Secrets Manager'));
  expect(secrets('dev')).toEqual([]);
});

test('data in the cluster is drawn in its namespace', () => {
  const { frames, arrows } = read(architectureOf(pliersSystem('dev')));
  expect(frames).toContain('namespace pliers-dev-data');
  expect(arrows).toContain('api → postgres');
  expect(arrows).toContain('ai-service → api');
});
