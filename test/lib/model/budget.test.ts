import { budgetsOf } from '../../../lib/model/budget';
import { addresses, type Connection, pooled } from '../../../lib/model/connection';
import { sample } from '../../construct';

const DATABASE = addresses('the database', ['10.0.0.0/24'], 5432);
const POOL = { perPod: 10, why: 'its pool' };
const server = (connection: Connection) => ({ name: 'db.example.com', connection, maxConnections: 100, reserved: 3 });
const clientsOf = (connectsTo: readonly Connection[], databases = [server(DATABASE)]) =>
  budgetsOf({ components: [sample({ connectsTo })], tasks: [], databases }).map(({ clients }) => clients);

test('each arrow to a server is a client, with what it holds', () => {
  expect(clientsOf([pooled(DATABASE, POOL)])).toEqual([[{ namespace: 'shop-test', name: 'api', pool: POOL }]]);
  // An address is a place by itself, whoever wrote it down.
  const again = addresses('the database', ['10.0.0.0/24'], 5432);
  expect(clientsOf([pooled(again, POOL), addresses('mail', ['10.0.1.0/24'], 587)])[0]).toHaveLength(1);
});

test('pods are a server too, at one port', () => {
  const pooler = sample({ name: 'pooler', port: 6432 });
  const metrics = { to: { ...pooler, port: 9127 } };
  const [clients] = clientsOf([pooled({ to: pooler }, POOL), metrics], [server({ to: pooler })]);
  expect(clients).toHaveLength(1);
});

test('nobody connects to a server uncounted', () => {
  expect(() => clientsOf([DATABASE])).toThrow(
    /^shop-test\/api does not say how many connections it holds to .*the database/,
  );
});

test('what is counted leads to a server that is known', () => {
  expect(() => clientsOf([pooled(addresses('another', ['10.0.0.0/24'], 5432), POOL)])).toThrow(
    /^shop-test\/api holds connections to .*another.*, which is no known server$/,
  );
});
