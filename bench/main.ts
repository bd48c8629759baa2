// Compares Berth with helm, kustomize and cdk8s on equal objects: `npm run bench`.
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { NotPossible } from '../lib/base/errors';
import { InputError } from '../lib/base/problem';
import { type Io, Program } from '../lib/pipeline/program';
import { prepare, type Size } from './contenders';
import { formatJudgements, HELM, judge, lower, TENANTS } from './guard';
import { cdk8s, findRenderer, type Renderer } from './renderers';
import { machine, tableOf, writeResult } from './report';
import { type Result, rowsOf, type SizeResult } from './result';
import { measureAll } from './rounds';
import { EMPTY, smallOnes } from './small';

const SIZES = ['10', '100', '1000', '5000', '10000'];

const HELP = `Renders equal objects with Berth, helm, kustomize and cdk8s, and compares their time and memory. bench/README.md has the last figures.

  npm run bench                           at 10, 100, 1,000, 5,000 and 10,000 tenants
  npm run bench -- --tenants 1000         at one size (may be repeated)
  npm run bench -- --rounds 9             how often each is measured (5 by default)
  npm run bench -- --out bench            writes results.json, results.svg and the figures of README.md there, not into .build/bench
  npm run bench -- --guard                exits with 1 if the ratio to helm is 1.3 times what bench/results.json says`;

/** @throws InputError for all that is no number from 1 to 99999 */
function numbers(given: readonly { readonly option: string; readonly text: string }[]): number[] {
  const wrong = given.filter(({ text }) => !/^[1-9]\d{0,4}$/.test(text));
  if (wrong.length === 0) return given.map(({ text }) => Number(text));
  throw new InputError(
    wrong.map(({ option, text }) => ({ file: option, message: `given "${text}", expected a number from 1 to 99999` })),
  );
}

/** Where the benchmark writes what it renders. */
function scratch({ root }: Io): string {
  const folder = join(root, '.build/bench');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** helm and kustomize as far as they are there, and cdk8s. */
function findAll(io: Io): Renderer[] {
  const found = ['helm', 'kustomize'].map((name) => findRenderer(io, name));
  return [
    ...found.flatMap((one) => {
      if ('renderer' in one) return one.renderer;
      io.say(one.missing);
      return [];
    }),
    cdk8s(io.root),
  ];
}

/** Measures each size, then what does not depend on it. */
function measureEverything(sizes: readonly number[], rounds: number, io: Io): Result {
  const folder = scratch(io);
  const renderers = findAll(io);
  const slow = new Set<string>();
  const prepared: Size[] = [];
  const results = sizes.map((tenants): SizeResult => {
    const size = prepare(io.root, join(folder, String(tenants)), tenants, renderers);
    prepared.push(size);
    const samples = measureAll(io.root, size.contenders, { rounds, slow, first: size.assertEqual });
    const rows = rowsOf(samples, HELM);
    io.say(`\n${tenants} tenants, ${size.objects} equal objects\n${tableOf(rows, 'helm')}`);
    return { tenants, objects: size.objects, rows };
  });
  // About 3,000 objects, or as many as there are.
  const foreign = prepared.find(({ tenants }) => tenants >= TENANTS) ?? (prepared.at(-1) as Size);
  const small = rowsOf(measureAll(io.root, smallOnes(io.root, folder, foreign), { rounds, slow }), EMPTY);
  io.say(`\nWhat does not depend on the size\n${tableOf(small, 'node')}`);
  const versions = Object.fromEntries(renderers.map(({ name, version }) => [name, version]));
  return { date: new Date().toISOString().slice(0, 10), machine: machine(), versions, rounds, sizes: results, small };
}

/** @throws NotPossible where helm cannot be had */
function guard(rounds: number, io: Io): number {
  const found = findRenderer(io, 'helm');
  if ('missing' in found) throw new NotPossible(found.missing);
  const reference: Result = JSON.parse(readFileSync(join(io.root, 'bench/results.json'), 'utf8'));
  const size = prepare(io.root, join(scratch(io), 'guard'), TENANTS, [found.renderer]);
  const measured = (first?: Size['assertEqual']) => {
    const samples = measureAll(io.root, size.contenders, { rounds, slow: new Set(), ...(first && { first }) });
    return judge(rowsOf(samples, HELM), reference);
  };
  let judgements = measured(size.assertEqual);
  if (judgements.some(({ isRegression }) => isRegression)) judgements = lower(judgements, measured());
  const failed = judgements.some(({ isRegression }) => isRegression);
  (failed ? io.complain : io.say)(formatJudgements(judgements));
  return failed ? 1 : 0;
}

export default new Program({
  name: 'bench',
  help: HELP,
  options: {
    tenants: { type: 'string', multiple: true, default: SIZES },
    rounds: { type: 'string', default: '5' },
    out: { type: 'string', default: '.build/bench' },
    guard: { type: 'boolean', default: false },
  },
  run: (asked, io) => {
    const [rounds = 0, ...sizes] = numbers([
      { option: '--rounds', text: asked.rounds },
      ...asked.tenants.map((text) => ({ option: '--tenants', text })),
    ]);
    if (asked.guard) return guard(rounds, io);
    const result = measureEverything(sizes, rounds, io);
    writeResult(asked.out, result);
    io.say(`\nwritten: ${relative(process.cwd(), join(asked.out, 'results.json'))} and results.svg`);
    return 0;
  },
});
