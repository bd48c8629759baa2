// Takes away what `npm run up` brought up: `npm run down -- [--system NAME]`.
import { join } from 'node:path';
import { systems } from '../charts/systems';
import { parseOptions } from '../config/options';
import { InputError } from '../config/problem';
import { Kubectl } from './kubectl';
import { ENVIRONMENT, expectLocal, lookAt } from './local-cluster';
import { readManifests } from './manifests';

const HELP = `Deletes a system of dev from the cluster that kubectl talks to, with its namespaces and its data.

  npm run down                          salient
  npm run down -- --system NAME         another system
  npm run down -- --yes-this-cluster    on a cluster that is not, or may not be, on this machine`;

/** What every object of ours is labelled with. */
const OURS = 'app.kubernetes.io/managed-by=berth';

async function main(): Promise<void> {
  const options = {
    system: { type: 'string', default: 'salient' },
    'yes-this-cluster': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseOptions('down', HELP, { options }, { system: () => Object.keys(systems) });
  if (values.help) return console.log(HELP);
  const kubectl = new Kubectl();
  const cluster = await lookAt(kubectl);
  expectLocal(cluster, values['yes-this-cluster']);

  const folder = join(process.cwd(), 'dist', ENVIRONMENT, values.system);
  const wanted = readManifests([folder]).flatMap(({ object: { kind, metadata } }) =>
    kind === 'Namespace' ? [metadata.name] : [],
  );
  // A namespace that somebody else made, by chance of the same name, is not ours to delete.
  const ours = (await kubectl.get('namespaces', '-l', OURS)).map(({ metadata }) => metadata.name as string);
  const namespaces = wanted.filter((name) => ours.includes(name));
  if (namespaces.length === 0) return console.log(`${values.system} is not there`);
  console.log(`deleting ${namespaces.join(' and ')}`);
  await kubectl.run('delete', 'namespace', ...namespaces, '--wait', '--timeout=300s');
  console.log(`${values.system} is gone, and its data with it`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = error instanceof InputError ? 2 : 1;
});
