// Deletes a system that `npm run up` deployed: `npm run down -- [--system NAME]`.

import { join } from 'node:path';
import { registry } from '../charts';
import { readManifests } from '../lib/manifests/read';
import { Program } from '../lib/pipeline/program';
import { Kubectl } from './shared/kubectl';
import { currentCluster, DEFAULT_SYSTEM, ENVIRONMENT, requireLocal } from './shared/local-cluster';

const HELP = `Deletes a system of dev, with its namespaces and its data, from the cluster of kubectl's current context.

  npm run down                          salient
  npm run down -- --system NAME         another system
  npm run down -- --yes-this-cluster    on a cluster that may not be on this machine`;

/** The label of every object that Berth makes. */
const MANAGED_BY_BERTH = 'app.kubernetes.io/managed-by=berth';

export default new Program({
  name: 'down',
  help: HELP,
  options: {
    system: { type: 'string', default: DEFAULT_SYSTEM },
    'yes-this-cluster': { type: 'boolean', default: false },
  },
  choices: { system: (root) => Object.keys(registry.in(root).systems) },
  run: async ({ system, 'yes-this-cluster': yes }, io) => {
    const kubectl = new Kubectl(io.env);
    requireLocal(await currentCluster(kubectl), yes);

    const described = readManifests([join(io.root, 'dist', ENVIRONMENT, system)]).flatMap(({ object }) =>
      object.kind === 'Namespace' ? [object.metadata.name] : [],
    );
    // A namespace of the same name without the label was not created by Berth, and is not deleted.
    const labelled = (await kubectl.get('namespaces', '-l', MANAGED_BY_BERTH)).map(
      ({ metadata }) => metadata.name as string,
    );
    const namespaces = described.filter((name) => labelled.includes(name));
    if (namespaces.length === 0) {
      io.say(`${system} is not deployed`);
      return 0;
    }
    io.say(`deleting ${namespaces.join(' and ')}`);
    await kubectl.run('delete', 'namespace', ...namespaces, '--wait', '--timeout=300s');
    io.say(`${system} is deleted, with its data`);
    return 0;
  },
});
