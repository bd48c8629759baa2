// Compares Berth with helm, kustomize and cdk8s on equal objects: `npm run bench`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../lib/base/problem';
import { Program } from '../lib/pipeline/program';
import { type Contender, findRenderers, prepare, type Size } from './contenders';
import { measure, type Samples, type Usage } from './measure';
import { rowsOf, tableOf } from './report';

const SIZES = ['10', '100', '1000', '5000', '10000'];

const HELP = `Renders equal objects with Berth, helm, kustomize and cdk8s, and compares their time and memory (bench/README.md).

  npm run bench                      at 10, 100, 1,000, 5,000 and 10,000 tenants
  npm run bench -- --tenants 1000    at one size (may be repeated)`;

function positive(option: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InputError([{ file: `--${option}`, message: `given "${text}", expected a number from 1 to 99999` }]);
}

/** Measures all contenders of a size once in each round, each round in another order. */
function measureSize(root: string, size: Size, rounds: number, slow: Set<string>): Samples {
  const samples = new Map<string, Usage[] | undefined>();
  const run = (contender: Contender): Usage | undefined => {
    if (slow.has(contender.name)) return undefined;
    contender.before?.();
    const usage = measure(root, contender.command);
    if (usage === undefined) slow.add(contender.name);
    return usage;
  };
  for (const contender of size.contenders) if (run(contender) !== undefined) size.assertEqual(contender);
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < size.contenders.length; index++) {
      const contender = size.contenders[(index + round) % size.contenders.length] as Contender;
      const usage = run(contender);
      if (usage === undefined) samples.set(contender.name, undefined);
      else samples.set(contender.name, [...(samples.get(contender.name) ?? []), usage]);
    }
  }
  return samples;
}

export default new Program({
  name: 'bench',
  help: HELP,
  options: {
    tenants: { type: 'string', multiple: true, default: SIZES },
    rounds: { type: 'string', default: '5' },
  },
  run: ({ tenants, rounds }, io) => {
    const folder = join(io.root, '.build/bench');
    mkdirSync(folder, { recursive: true });
    const renderers = findRenderers(io.root, ['helm', 'kustomize'], io.say);
    const slow = new Set<string>();
    for (const count of tenants.map((text) => positive('tenants', text))) {
      const size = prepare(io.root, join(folder, String(count)), count, renderers);
      const samples = measureSize(io.root, size, positive('rounds', rounds), slow);
      io.say(`\n${count} tenants, ${size.objects} objects`);
      io.say(tableOf(rowsOf(samples)));
    }
    return 0;
  },
});
