// Says what a cluster lacks for an environment, and changes nothing: `npm run doctor -- --env NAME [--context NAME]`.
import { systems } from '../charts/systems';
import { environmentNames } from '../config/load';
import { parseOptions } from '../config/options';
import { InputError } from '../config/problem';
import { formatTable } from '../output/table';
import { buildEnvironments, isSystem } from './build';
import { kindRows, metricsRows, versionRows } from './doctor/api';
import { edgeRows } from './doctor/edge';
import { issuerRows, podRows, podSecurityRows, priorityRows, secretRows } from './doctor/given';
import { cacheRows, pluginRows } from './doctor/network';
import { deviceRows, roomRows, zoneRows } from './doctor/nodes';
import { operatorRows } from './doctor/operators';
import type { Row } from './doctor/row';
import { storageRows } from './doctor/storage';
import { View } from './doctor/view';
import { type Wanted, wantedBy } from './doctor/wanted';
import { Kubectl } from './kubectl';

const HELP = `Says what a cluster lacks for an environment. It reads, and changes nothing.

  npm run doctor -- --env prod                     the cluster of kubectl's current context
  npm run doctor -- --env prod --context NAME      another one
  npm run doctor -- --env prod --system salient    for one system alone
  npm run doctor -- --env prod --format json       for programs

Exits with 0 when nothing is missing that can be seen, 1 when something is, 2 when the cluster cannot be asked.`;

/** What is looked at, in the order of the table. */
const LOOKS: readonly ((wanted: Wanted, view: View) => Promise<Row[]>)[] = [
  versionRows,
  kindRows,
  edgeRows,
  issuerRows,
  operatorRows,
  podRows,
  secretRows,
  priorityRows,
  storageRows,
  metricsRows,
  zoneRows,
  deviceRows,
  roomRows,
  pluginRows,
  cacheRows,
  podSecurityRows,
];

function request() {
  const options = {
    env: { type: 'string' },
    system: { type: 'string' },
    context: { type: 'string' },
    format: { type: 'string', default: 'text' },
    help: { type: 'boolean', default: false },
  } as const;
  return parseOptions(
    'doctor',
    HELP,
    { options },
    {
      env: () => environmentNames(process.cwd()),
      system: () => Object.keys(systems),
      format: () => ['text', 'json'],
    },
  ).values;
}

function report(rows: readonly Row[]): string {
  const cells = rows.map(({ state, what, needed, found }) => [state, what, needed, found]);
  const mends = rows.filter(({ mend }) => mend !== '').map(({ what, mend }) => `  ${what}: ${mend}`);
  const count = (state: Row['state']) => rows.filter((row) => row.state === state).length;
  const sum = `${count('missing')} missing, ${count('unknown')} unknown, ${count('ok')} ok`;
  return [
    formatTable([['STATE', 'WHAT', 'NEEDED', 'FOUND'], ...cells]),
    ...(mends.length > 0 ? ['', 'How to mend it, or find it out:', ...mends, ''] : []),
    sum,
  ].join('\n');
}

async function main(): Promise<number> {
  const { env, system, context, format, help } = request();
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (env === undefined) throw new InputError([{ file: '--env', message: `is missing\n\n${HELP}` }]);
  const built = buildEnvironments(process.cwd(), [env]).filter(
    (one) => system === undefined || one.system === system || !isSystem(one),
  );
  const wanted = wantedBy(built);
  const view = new View(new Kubectl(), context);
  const told = (await Promise.all(LOOKS.map((look) => look(wanted, view)))).flat();
  const rows = [...new Map(told.map((row) => [JSON.stringify(row), row])).values()]; // what two systems want is wanted once
  console.log(format === 'json' ? JSON.stringify({ environment: env, rows }, null, 2) : report(rows));
  return rows.some(({ state }) => state === 'missing') ? 1 : 0;
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error) => {
    const expected = error instanceof InputError || /is not there; it comes with/.test((error as Error).message);
    console.error(expected ? (error as Error).message : error);
    process.exitCode = 2;
  });
