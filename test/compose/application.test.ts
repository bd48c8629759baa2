import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually } from '../cluster/cluster';
import { type Any, projectWithSources } from '../support';
import { ComposeProject } from './project';

/** An image with one program and nothing else: no shell, no client. It answers at 8080 with the path /health. */
const COREDNS = {
  image: 'docker.io/coredns/coredns',
  tag: '1.12.4',
  port: 8080,
  command: ['-conf', '/etc/coredns/Corefile'],
  files: { '/etc/coredns/Corefile': { text: '.:5353 {\n health :8080\n}\n' } },
};
const SOON = { every: '1s', failures: 2, start: '5s' };

const APPLICATION = {
  pattern: 'microservices',
  services: {
    http: { ...COREDNS, health: '/health' },
    tcp: { ...COREDNS, health: 'tcp' },
    missing: { ...COREDNS, health: { http: '/missing', ...SOON } },
    closed: { ...COREDNS, port: 8081, health: { grpc: true, ...SOON } },
    nightly: {
      image: 'docker.io/library/postgres',
      tag: '16-alpine',
      entrypoint: ['/bin/sh', '-euc'],
      command: ['touch /srv/report && ls -A /srv'], // the image has the folder, which belongs to root there
      schedule: '0 3 * * *',
      writes: { '/srv': '1Gi' },
    },
  },
};

let project: ComposeProject;

beforeAll(async () => {
  const root = projectWithSources();
  writeFileSync(join(root, 'environments/dev/bare.yaml'), stringify(APPLICATION));
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

test('a task of a schedule, which up does not start, writes to its volume, also where the image has files', async () => {
  expect(await project.of('nightly')).toEqual([]);
  expect(await project.compose('run', '--rm', '-T', 'nightly')).toBe('report\n');
});
