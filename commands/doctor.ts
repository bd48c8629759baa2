// Says what a cluster lacks for an environment, and changes nothing: `npm run doctor -- --env NAME [--context NAME]`.
import { registry } from '../charts';
import { formatTable } from '../lib/base/table';
import { environmentNames } from '../lib/config/load';
import { buildEnvironments, isSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
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
import { Kubectl } from './shared/kubectl';

const HELP = `Says what a cluster lacks for an environment. It reads, and changes nothing.

  npm run doctor -- --env prod                     the cluster of kubectl's current context
  npm run doctor -- --env prod --context NAME      another one
  npm run doctor -- --env prod --system salient    for one system alone
  npm run doctor -- --env prod --format json       for programs`;

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

export default new Program({
  name: 'doctor',
  help: HELP,
  options: {
    env: { type: 'string' },
    system: { type: 'string' },
    context: { type: 'string' },
    format: { type: 'string', default: 'text' },
  },
  required: ['env'],
  choices: {
    env: environmentNames,
    system: () => Object.keys(registry.systems),
    format: () => ['text', 'json'],
  },
  run: async ({ env, system, context, format }, io) => {
    const built = buildEnvironments(registry, io.root, [env]).filter(
      (one) => system === undefined || one.system === system || !isSystem(one),
    );
    const wanted = wantedBy(built);
    const view = new View(new Kubectl(io.env), context);
    const told = (await Promise.all(LOOKS.map((look) => look(wanted, view)))).flat();
    const rows = [...new Map(told.map((row) => [JSON.stringify(row), row])).values()]; // what two systems want is wanted once
    io.say(format === 'json' ? JSON.stringify({ environment: env, rows }, null, 2) : report(rows));
    return rows.some(({ state }) => state === 'missing') ? 1 : 0;
  },
});
