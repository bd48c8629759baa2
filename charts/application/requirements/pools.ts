import { quantityOf } from '../../../lib/base/quantity';
import type { Tier } from '../../../lib/config/environment';
import { reads } from '../names';
import type { ApplicationConfig } from '../settings';
import { busyConnections, poolOf, shown, usefulConnections } from './arithmetic';
import type { Load } from './load';
import { LITTLE, type Part, row } from './part';
import type { podsOf } from './pods';
import type { RequirementsConfig } from './settings';

/** The largest pool that a setting may have. */
const LARGEST_POOL = 1000;

/** How long one request keeps a connection, in seconds, where no file says it. */
const ASSUMED_TIME = 0.02;

/** What the cores of a server in the cluster can work for. */
function queueing({ database }: ApplicationConfig, busy: ReturnType<typeof busyConnections>): Partial<Part> {
  const rows = [row('busy database connections', busy, 'databaseTime', { source: LITTLE })];
  const cores = database === undefined || database.kind === 'external' ? undefined : quantityOf(database.cpu.limit);
  if (cores === undefined) return { rows };
  const useful = usefulConnections(cores);
  const all = [
    ...rows,
    row('database connections that work at the same time', useful, 'databaseTime', {
      source: 'HikariCP, About Pool Sizing',
    }),
  ];
  if (busy.value <= useful.value) return { rows: all };
  const pooler = database?.pgbouncer === undefined ? 'database.pgbouncer, ' : '';
  return {
    rows: all,
    notices: [
      `requests keep ${shown(busy.value)} database connections busy (${busy.formula}), and database.cpu of ${shown(cores)} works for ${shown(useful.value)} at a time (${useful.formula}): more connections only queue. Consider ${pooler}more database.cpu, or a shorter databaseTime`,
    ],
  };
}

/** The pool of each pod: of all services with requests and the database, the largest, since it is one setting. */
export function poolsOf(
  settings: ApplicationConfig,
  given: RequirementsConfig,
  { requests }: Load,
  { pods }: Pick<ReturnType<typeof podsOf>, 'pods'>,
  tier: Tier,
): Partial<Part> {
  const clients = Object.entries(settings.services).filter(
    ([name, service]) => requests[name] !== undefined && reads(settings, service, 'database'),
  );
  if (clients.length === 0 || settings.database === undefined) return {};
  const total = clients.reduce((sum, [name]) => sum + (requests[name] as number), 0);
  const { databaseTime } = given;
  const { value, formula } = busyConnections(total, databaseTime ?? ASSUMED_TIME);
  const assumed = databaseTime === undefined ? ' (databaseTime is assumed)' : '';
  const queue = queueing(settings, { value, formula: `${formula}${assumed}` });
  const busy = tier === 'development' ? { rows: queue.rows ?? [] } : queue;
  // What is assumed does not lower a pool that is there.
  if (databaseTime === undefined) return busy;
  const pools = clients.map(([name]) => {
    const { count = 1 } = pods.find((one) => one.name === name) ?? {};
    return { name, pool: poolOf(requests[name] as number, databaseTime, count) };
  });
  const [largest] = pools.sort((one, other) => other.pool.value - one.pool.value) as [(typeof pools)[number]];
  const tooLarge = `given ${shown(databaseTime)} s, with which each pod of ${largest.name} needs ${largest.pool.value} connections (${largest.pool.formula}), expected at most ${LARGEST_POOL}`;
  return {
    rows: [
      ...pools.map(({ name, pool }) =>
        row(`database connections that each pod of ${name} needs`, pool, 'databaseTime', { source: LITTLE }),
      ),
      ...(busy.rows ?? []),
    ],
    notices: busy.notices ?? [],
    problems: largest.pool.value > LARGEST_POOL ? [{ path: ['requirements', 'databaseTime'], message: tooLarge }] : [],
    settings:
      tier === 'development'
        ? []
        : [
            {
              path: ['database', 'poolSize'],
              value: Math.min(LARGEST_POOL, largest.pool.value),
              from: 'databaseTime',
              why: `${largest.pool.formula}, for ${largest.name}`,
            },
          ],
  };
}
