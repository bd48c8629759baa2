// Takes away what `npm run up` brought up: `npm run down -- [--system NAME]`.

import { join } from 'node:path';
import { registry } from '../charts';
import { readManifests } from '../lib/manifests/read';
import { Program } from '../lib/pipeline/program';
import { Kubectl } from './shared/kubectl';
import { ENVIRONMENT, expectLocal, lookAt } from './shared/local-cluster';

const HELP = `Deletes a system of dev from the cluster that kubectl talks to, with its namespaces and its data.

  npm run down                          salient
  npm run down -- --system NAME         another system
  npm run down -- --yes-this-cluster    on a cluster that is not, or may not be, on this machine`;

/** What every object of ours is labelled with. */
const OURS = 'app.kubernetes.io/managed-by=berth';

export default new Program({
  name: 'down',
  help: HELP,
  options: { system: { type: 'string', default: 'salient' }, 'yes-this-cluster': { type: 'boolean', default: false } },
  choices: { system: () => Object.keys(registry.systems) },
  run: async ({ system, 'yes-this-cluster': yes }, io) => {
    const kubectl = new Kubectl(io.env);
    expectLocal(await lookAt(kubectl), yes);

    const wanted = readManifests([join(io.root, 'dist', ENVIRONMENT, system)]).flatMap(({ object }) =>
      object.kind === 'Namespace' ? [object.metadata.name] : [],
    );
    // A namespace that somebody else made, by chance of the same name, is not ours to delete.
    const ours = (await kubectl.get('namespaces', '-l', OURS)).map(({ metadata }) => metadata.name as string);
    const namespaces = wanted.filter((name) => ours.includes(name));
    if (namespaces.length === 0) {
      io.say(`${system} is not there`);
      return 0;
    }
    io.say(`deleting ${namespaces.join(' and ')}`);
    await kubectl.run('delete', 'namespace', ...namespaces, '--wait', '--timeout=300s');
    io.say(`${system} is gone, and its data with it`);
    return 0;
  },
});
