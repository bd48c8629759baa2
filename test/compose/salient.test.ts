import { call, chat } from '../cluster/node/load';
import { ComposeProject } from './project';

let project: ComposeProject;

beforeAll(async () => {
  project = await ComposeProject.of('salient', { ports: { 'chat-api': 18000, 'admin-api': 18001, 'admin-ui': 18002 } });
});

afterAll(() => project?.down());

test('a message of each tenant is answered through PgBouncer, and kept in its own database', async () => {
  await project.up();
  const way = await project.at(18000);
  for (const tenant of ['acme', 'globex']) {
    const { status, body } = await call(way, chat('localhost', { tenant, text: 'hello' }));
    expect([status, body]).toEqual([200, expect.stringContaining(`tenant_${tenant}`)]);
  }
});
