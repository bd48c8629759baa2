import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../cluster/cluster';
import { type Any, projectWithSources } from '../support';
import { ComposeProject } from './project';

/** Services whose image has one program and nothing else: no shell, no client. `closed` says a port at which nobody listens. */
const BARE = `pattern: microservices
defaults: { tag: 1.12.4 }
services:
  http: { image: docker.io/coredns/coredns, port: 8080, health: /health, FILES }
  missing: { image: docker.io/coredns/coredns, port: 8080, health: { http: /missing, TIMES }, FILES }
  tcp: { image: docker.io/coredns/coredns, port: 8080, health: tcp, FILES }
  closed: { image: docker.io/coredns/coredns, port: 8081, health: { grpc: true, TIMES }, FILES }
`
  .replaceAll('TIMES', 'every: 1s, failures: 2, start: 5s')
  .replaceAll(
    'FILES',
    'command: [-conf, /etc/coredns/Corefile], files: { /etc/coredns/Corefile: { text: ".:5353 {\\n health :8080\\n}\\n" } }',
  );

let project: ComposeProject;

beforeAll(async () => {
  const root = projectWithSources();
  writeFileSync(join(root, 'environments/dev/bare.yaml'), BARE);
  project = await ComposeProject.in(root, 'bare', {});
});

afterAll(() => project?.down());

test('by HTTP and by TCP, programs are healthy in an image that has no client', async () => {
  await project.compose('up', '--detach', '--wait', '--wait-timeout', '60', 'http', 'tcp');
});

test('a program that answers with an error, or at another port, becomes unhealthy', async () => {
  await project.compose('up', '--detach', 'missing', 'closed');
  const health = async (service: string) => (await project.of(service)).map(({ State }: Any) => State.Health.Status);
  await eventually(60, async () => {
    expect([await health('missing'), await health('closed')]).toEqual([['unhealthy'], ['unhealthy']]);
  });
});
