// Prints how a system moves to an environment: `npm run migrate-plan -- --from render --to NAME [--system NAME]`.
import { writeFileSync } from 'node:fs';
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { environmentNames } from '../lib/config/environment-folders';
import { RENDER, renderSchema } from '../lib/config/render';
import { loadTargetFile } from '../lib/config/target-file';
import { migrationPlan } from '../lib/document/migration';
import { buildEnvironments } from '../lib/pipeline/build';
import { Program } from '../lib/pipeline/program';
import { contextsOf } from './shared/contexts';

const HELP = `Prints how a system moves to Kubernetes, in seven steps with its own commands. It changes nothing.

  npm run -s migrate-plan -- --from render --to prod --system salient
  npm run -s migrate-plan -- --from postgresql --to prod    from any PostgreSQL server that is reached by a URL
  --size GB            the size of all databases; 1 when absent, or that of the database in environments/render.yaml
  --throughput MB      what is copied and compared in a minute; 300 when absent
  --out FILE           writes it there

The data steps are commands/migrate-plan/move.sh; docs/moving.md says how it loses nothing.`;

/** @throws InputError when it is no number above 0 */
function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InputError([{ file: `--${option}`, message: `given "${text}", expected a number above 0` }]);
}

export default new Program({
  name: 'migrate-plan',
  help: HELP,
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    system: { type: 'string' },
    size: { type: 'string' },
    throughput: { type: 'string', default: '300' },
    out: { type: 'string' },
  },
  required: ['from', 'to'],
  choices: {
    from: () => [RENDER, 'postgresql'],
    to: environmentNames,
    system: (root) => Object.keys(registry.in(root).systems),
  },
  run: ({ from, to, system, size, throughput, out }, io) => {
    const blueprints = loadTargetFile(io.root, RENDER, renderSchema)?.value ?? {};
    const built = buildEnvironments(registry, io.root, [to]);
    const contexts = contextsOf(registry.in(io.root), built, () => []).filter(
      ({ model }) => system === undefined || model.name === system,
    );
    if (contexts.length === 0) {
      const message = `given ${system}, which ${to} does not have: environments/${to}/${system}.yaml`;
      throw new InputError([{ file: '--system', message }]);
    }
    const rate = positive('throughput', throughput);
    const plans = contexts.map((context) => {
      const { name } = context.model;
      const [environment, options] = (from === RENDER && Object.entries(blueprints[name] ?? {})[0]) || [];
      const plan = migrationPlan(context, {
        render: from === RENDER,
        size: size === undefined ? (options?.database?.size ?? 1) : positive('size', size),
        throughput: rate,
        ...(environment !== undefined && {
          blueprint: {
            file: `dist/${RENDER}/${name}/render.yaml`,
            environment,
            database: options?.database?.name,
          },
        }),
      });
      const other = `given ${name}, which has no PostgreSQL database in ${to}: export each of its databases there and import it here, as docs/moving.md says`;
      return { plan, other };
    });
    const texts = plans.flatMap(({ plan }) => plan ?? []);
    if (texts.length === 0) throw new InputError(plans.map(({ other }) => ({ file: '--system', message: other })));
    for (const { plan, other } of plans) if (plan === undefined) io.complain(other);
    if (out === undefined) io.say(texts.join('\n'));
    else writeFileSync(out, texts.join('\n'));
    return 0;
  },
});
