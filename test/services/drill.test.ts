import { type Lab, openLab, type Pod } from './lab';
import { ask, NAMESPACE, SERVER, shopObjects, startStore, succeed } from './shop';

// Where drills restore to.

const init = 'create table if not exists notes (id int primary key, text text);';

let lab: Lab;
let server: Pod;

const databasesOf = (pod: Pod) => ask(pod, 'select datname from pg_database order by 1', 'postgres');

async function failed(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, log } = await lab.run(NAMESPACE, 'restore-drill', { env });
  expect(code).toBe(1);
  return log;
}

beforeAll(async () => {
  lab = await openLab(shopObjects({ init }));
  await startStore(lab);
  server = await lab.start(NAMESPACE, 'postgres');
  await succeed(lab, 'provisioning');
  await ask(server, 'create role reporter');
  await ask(server, 'grant select on notes to reporter');
  await ask(server, 'create policy own on notes to reporter using (id < 50)');
  await ask(server, "insert into notes select i, repeat('x', 100) from generate_series(1, 1000) i");
  await succeed(lab, 'backup');
});

test('a database above the limit is not restored on the server that serves, and the log says what to do', async () => {
  expect(await succeed(lab, 'restore-drill')).toMatch(/1 of 1 databases came back/);
  await lab.update(shopObjects({ init, drill: { largest: '1Mi' } }));
  const log = await failed();
  expect(log).toMatch(
    /^main\/shop: FAILED: given a database of \d{7} bytes, expected at most 1048576, .*: raise backups\.drill\.largest, or give/m,
  );
  expect(log).not.toContain('restored as it was dumped');
});

test('a volume without room for the database and its log is not filled', async () => {
  await lab.update(shopObjects({ init, server: { storage: '20Mi' } }));
  expect(await failed()).toMatch(
    /^main\/shop: FAILED: given \d+ bytes in use .* on the volume of 20971520 bytes of server main, and it is not restored: enlarge/m,
  );
});

test('with a server of its own the drill restores there, with the roles that a dump needs, and leaves no database', async () => {
  await lab.update(shopObjects({ init, drill: { largest: '1Mi', server: SERVER } }));
  const own = await lab.start(NAMESPACE, 'postgres-drill');
  await succeed(lab, 'provisioning');
  const before = [await databasesOf(server), await databasesOf(own)];
  // Above the limit of the server that serves: it came back elsewhere.
  for (const _ of ['first', 'second']) {
    expect(await succeed(lab, 'restore-drill')).toMatch(/1 of 1 databases came back/);
  }
  expect([await databasesOf(server), await databasesOf(own)]).toEqual(before);
  const made = "select rolname, rolcanlogin from pg_roles where rolname in ('shop', 'reporter') order by 1";
  expect(await ask(own, made, 'postgres')).toBe('reporter|f\nshop|f');
  // Nothing on it is dumped.
  expect(await succeed(lab, 'backup')).toMatch(/^2 dumps of 1 servers/);
});
