// Reports what a cluster lacks for an environment; read-only: `npm run doctor -- --env NAME [--context NAME]`.
import { registry } from '../charts';
import { formatTable } from '../lib/base/table';
import { environmentNames } from '../lib/config/environment-folders';
import { buildEnvironments, isSystem } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { kindRows, metricsRows, versionRows } from './doctor/api';
import { edgeRows } from './doctor/edge';
import { permanentValueRows } from './doctor/keys';
import { dnsCacheRows, networkPluginRows } from './doctor/network';
import { capacityRows, deviceRows, zoneRows } from './doctor/nodes';
import { operatorRows } from './doctor/operators';
import {
  issuerRows,
  podSecurityRows,
  prerequisitePodRows,
  priorityClassRows,
  secretRows,
} from './doctor/prerequisites';
import { releaseRows } from './doctor/releases';
import { type Requirements, requirementsOf } from './doctor/requirements';
import type { Row } from './doctor/row';
import { existingClaimRows, storageRows } from './doctor/storage';
import { Kubectl } from './shared/kubectl';
import { View } from './shared/view';

const HELP = `Reports what a cluster lacks for an environment. It only reads from the cluster.

  npm run doctor -- --env prod                     the cluster of kubectl's current context
  npm run doctor -- --env prod --context NAME      the cluster of another context
  npm run doctor -- --env prod --system salient    one system only
  npm run doctor -- --env prod --format json       for programs`;

/** All checks, in the order of the table. */
const CHECKS: readonly ((requirements: Requirements, view: View) => Promise<Row[]>)[] = [
  versionRows,
  releaseRows,
  kindRows,
  edgeRows,
  issuerRows,
  operatorRows,
  prerequisitePodRows,
  secretRows,
  permanentValueRows,
  priorityClassRows,
  storageRows,
  existingClaimRows,
  metricsRows,
  zoneRows,
  deviceRows,
  capacityRows,
  networkPluginRows,
  dnsCacheRows,
  podSecurityRows,
];

function report(rows: readonly Row[]): string {
  const cells = rows.map(({ state, what, needed, found }) => [state, what, needed, found]);
  const fixes = rows.filter(({ mend }) => mend !== '').map(({ what, mend }) => `  ${what}: ${mend}`);
  const count = (state: Row['state']) => rows.filter((row) => row.state === state).length;
  const aged = count('old') === 0 ? '' : `${count('old')} old, `;
  const sum = `${count('missing')} missing, ${aged}${count('unknown')} unknown, ${count('ok')} ok`;
  return [
    formatTable([['STATE', 'WHAT', 'NEEDED', 'FOUND'], ...cells]),
    ...(fixes.length > 0 ? ['', 'How to fix or to check it:', ...fixes, ''] : []),
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
    system: (root) => Object.keys(registry.in(root).systems),
    format: () => ['text', 'json'],
  },
  run: async ({ env, system, context, format }, io) => {
    const built = buildEnvironments(registry, io.root, [env]).filter(
      (one) => system === undefined || one.system === system || !isSystem(one),
    );
    const requirements = requirementsOf(built);
    const view = new View(new Kubectl(io.env, 'kubectl', context));
    const all = (await Promise.all(CHECKS.map((check) => check(requirements, view)))).flat();
    const rows = [...new Map(all.map((row) => [JSON.stringify(row), row])).values()]; // two systems may need the same
    io.say(format === 'json' ? JSON.stringify({ environment: env, rows }, null, 2) : report(rows));
    return rows.some(({ state }) => state === 'missing') ? 1 : 0;
  },
});
