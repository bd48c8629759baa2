import { budgetsOf } from '../../../lib/model/budget';
import { addresses, type Connection, type Limited, pooled, to } from '../../../lib/model/connection';
import { sample } from '../../construct';

const DATABASE = addresses('the database', ['10.0.0.0/24'], 5432);
const POOL = { perPod: 10, why: 'its pool' };
const limited = (connection: Connection): Limited => ({
  connection: { ...connection, limit: { name: 'db.example.com', maxConnections: 100, reserved: 3 } },
});
const clientsOf = (...connectsTo: readonly Connection[]) =>
  budgetsOf([sample({ connectsTo })]).map(({ clients }) => clients);

test('each connection to a server with a limit is a client, with its number of connections', () => {
  const held = pooled(limited(DATABASE), POOL);
  expect(clientsOf(held)).toEqual([[{ namespace: 'shop-test', name: 'api', pool: POOL }]]);
  // Address ranges identify a server, whatever its name.
  const again = pooled(limited(addresses('the database', ['10.0.0.0/24'], 5432)), POOL);
  expect(clientsOf(held, again, addresses('mail', ['10.0.1.0/24'], 587))).toEqual([
    [expect.anything(), expect.anything()],
  ]);
});

test('a limit can be one of pods, at one port', () => {
  const pooler = sample({ name: 'pooler', ports: { postgres: 6432, metrics: 9127 } });
  expect(clientsOf(pooled(limited(to(pooler)), POOL), to(pooler, 'metrics'))).toEqual([[expect.anything()]]);
});

test.each([
  ['by its own arrow, though others are counted', [DATABASE, pooled(limited(DATABASE), POOL)]],
  ['where no other is counted', [limited(DATABASE).connection]],
])('an uncounted connection to a server with a limit is refused: %s', (_, connectsTo) => {
  expect(() => clientsOf(...connectsTo)).toThrow(
    /^shop-test\/api does not say how many connections it holds to .*the database/,
  );
});

test('two limits of one server are refused', () => {
  const { connection } = limited(DATABASE);
  const other = { connection: { ...connection, limit: { ...connection.limit, maxConnections: 200 } } };
  expect(() => clientsOf(pooled(limited(DATABASE), POOL), pooled(other, POOL))).toThrow(
    /^shop-test\/api states another connection limit of .*the database/,
  );
});
