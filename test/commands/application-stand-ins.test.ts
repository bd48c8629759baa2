import { join } from 'node:path';
import { standInsOf, trialRequests, withStandIns } from '../../commands/up/stand-ins';
import { writeVariant } from '../../commands/up/variant';
import { imageReference } from '../../lib/base/image';
import { imageOf } from '../../lib/base/versions';
import { judge } from '../../lib/pipeline/judge';
import { type Any, find, folderWith, projectWithSources } from '../support';

/** The objects of an application of dev with its stand-ins. */
function tried(root: string, system: string) {
  const built = writeVariant(root, 'dev', system, withStandIns(root, system), join(folderWith({}), 'out'));
  expect(judge([built])).toEqual([]);
  return built.objects;
}

/** The container of a pod template that runs a program. */
function container({ spec }: Any, name: string): Any {
  const { containers, initContainers = [] } = (spec.jobTemplate?.spec ?? spec).template.spec;
  return [...initContainers, ...containers].find((one: Any) => one.name === name);
}

const OWN = expect.stringMatching(/^docker\.io\/library\/application-stand-in:v0-[0-9a-f]{10}$/);

test('stand-ins replace all images of three-tier, and its requests go through all presets', () => {
  const root = projectWithSources();
  const objects = tried(root, 'three-tier');
  expect(JSON.stringify(objects)).not.toMatch(/yourorg|ollama\/ollama/);
  expect(container(find(objects, 'Deployment', 'web'), 'web')).toMatchObject({
    image: imageReference(imageOf('nginx')),
  });
  expect(container(find(objects, 'Deployment', 'api'), 'api')).toMatchObject({
    image: OWN,
    imagePullPolicy: 'IfNotPresent',
    args: ['api', '/health'],
  });
  expect(container(find(objects, 'StatefulSet', 'ollama'), 'ollama').args).toEqual(['anything', '11434']);
  expect(trialRequests(root, 'three-tier').map(({ path }) => path)).toEqual(['/config.js', '/api/notes', '/chat/ask']);
});

/** An application of which everything names a program of its images. */
const KIOSK = `pattern: microservices
hosts: { kiosk: kiosk.example.com }
defaults: { tag: v1.2.3 }
database: {}
services:
  orders:
    image: example.com/orders
    digest: sha256:${'a'.repeat(64)}
    ports: { http: 3000, admin: 3001 }
    health: { command: [bin/check] }
    entrypoint: [node]
    command: [orders.js]
    exposed: /
    files: { /etc/kiosk/rates.json: { source: ../data/rates.json } }
    env: { DATABASE_URL: { database: url } }
    beforeDeploy: [node, warm.js]
    migrations: { command: [node, migrate.js], variable: ORDERS_DB }
    init: { wait: { image: example.com/wait, command: [wait] } }
    sidecars: { mesh: { image: example.com/mesh, port: 9000, health: { command: [bin/check] } } }
  worker:
    image: example.com/orders
    command: [worker.js]
    health: { command: [bin/check] }
    env: { DATABASE_URL: { database: url } }
    connectsTo: [{ service: orders, port: admin }]
  report: { image: example.com/orders, schedule: 15 2 * * *, command: [report.js] }
seedData: { service: orders, command: [node, seed.js] }
`;

test('an application of other services runs as a whole with stand-ins', () => {
  const root = folderWith({
    'environments/kiosk.yaml': KIOSK,
    'environments/dev/kiosk.yaml': 'hosts: { kiosk: kiosk.localhost }\n',
    'data/rates.json': '{}\n',
    'charts/application/stand-ins/Dockerfile': 'FROM scratch\n',
  });
  const objects = tried(root, 'kiosk');
  expect(Object.keys(standInsOf(root, 'kiosk'))).toHaveLength(5);
  expect(JSON.stringify(objects)).not.toMatch(/example\.com\/|\.js"|bin\/check|sha256/);
  const orders = find(objects, 'Deployment', 'orders');
  expect(container(orders, 'orders')).toMatchObject({ image: OWN, args: ['anything', '3000', '3001'] });
  expect(container(orders, 'orders').readinessProbe.tcpSocket).toBeDefined();
  expect(container(orders, 'wait')).toMatchObject({ image: OWN, command: ['/bin/true'] });
  expect(container(orders, 'mesh')).toMatchObject({ image: OWN, args: ['anything', '9000'] });
  const worker = container(find(objects, 'Deployment', 'worker'), 'worker');
  expect([worker.args, worker.readinessProbe]).toEqual([['anything'], undefined]);
  expect(container(find(objects, 'CronJob', 'report'), 'report').command).toEqual(['/bin/true']);
  const [migrations] = objects.filter(({ kind, metadata }) => kind === 'Job' && /^migrations-/.test(metadata.name));
  expect(container(migrations, 'migrate').env).toContainEqual({ name: 'DATABASE_URL_VARIABLE', value: 'DATABASE_URL' });
  expect(trialRequests(root, 'kiosk')).toEqual([]);
});
