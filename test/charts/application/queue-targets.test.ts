import { parse } from 'yaml';
import { registry } from '../../../charts';
import { imageReference } from '../../../lib/base/image';
import { imageOf } from '../../../lib/base/versions';
import { buildCompose } from '../../../lib/pipeline/compose';
import { describeEnvironments } from '../../../lib/pipeline/environments';
import { buildRender } from '../../../lib/pipeline/render';
import type { Any } from '../../support';
import { projectOf } from './application';

const MINI = `pattern: microservices
services:
  worker: { image: ghcr.io/yourorg/worker, tag: v1.0.0, env: { AMQP_URL: { queue: url } }, scale: { min: 0, max: 5, queue: { name: jobs, messages: 10 } } }
queue: { queues: [jobs] }
`;

const madeOf = (make: typeof buildCompose | typeof buildRender, file: string) => {
  const root = projectOf({ 'dev/mini.yaml': MINI, [file]: 'mini: { dev: {} }\n' });
  return make(registry, root, describeEnvironments(registry, root, ['dev']), { environments: ['dev'] });
};

test('compose runs RabbitMQ with its health check, and the worker all the time', () => {
  const files = [...(madeOf(buildCompose, 'compose.yaml')?.files ?? [])];
  const [, text = ''] = files.find(([path]) => path.endsWith('.yaml')) ?? [];
  const { services }: Any = parse(text);
  expect(services.rabbitmq).toMatchObject({ image: imageReference(imageOf('RabbitMQ')), user: '999:999' });
  expect(services.rabbitmq.healthcheck.test).toEqual(['CMD', 'rabbitmq-diagnostics', '-q', 'check_port_connectivity']);
  expect(services.worker.depends_on).toHaveProperty('rabbitmq');
  expect(services.worker.deploy?.replicas ?? 1).toBe(1);
});

test('Render cannot scale by a queue, and needs a disk for RabbitMQ', () => {
  expect(() => madeOf(buildRender, 'render.yaml')).toThrow(
    /services\.worker: given worker, which the queue jobs scales; expected CPU or memory[\s\S]*services\.rabbitmq: given rabbitmq, which keeps data in/,
  );
});
