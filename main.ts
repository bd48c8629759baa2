// The composition root: environments/ → settings → model → objects → checks → dist/.
import { registry } from './charts';
import { environmentNames } from './lib/config/environment-folders';
import { Program } from './lib/pipeline/program';
import { synth } from './lib/pipeline/synth';
import { synthAlways } from './lib/pipeline/synth-always';

const HELP = `Synthesizes environments/<environment>/<system>.yaml into dist/<environment>/<system>/.

  npm run synth                                      everything
  npm run synth -- --env prod                        one environment (may be repeated)
  npm run synth -- --env prod --system salient       one system of it; the rest of dist/ stays as it is
  npm run synth -- --check                           writes nothing; exits with 1 if dist/ is stale
  npm run synth -- --watch                           again after each change of an environment file, until it is stopped`;

export default new Program({
  name: 'synth',
  help: HELP,
  options: {
    env: { type: 'string', multiple: true },
    system: { type: 'string', multiple: true },
    check: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
  },
  choices: { env: environmentNames, system: (root) => Object.keys(registry.in(root).schemas) },
  run: ({ env: environments, system: systems, check, watch }, io) => {
    // The cdk8s CLI prints the manifests to standard output; the summary then goes to standard error.
    const copy = io.env.CDK8S_OUTDIR;
    const talk = copy === undefined ? io : { ...io, say: io.complain };
    const request = { environments, systems, check, copy };
    return watch ? synthAlways(registry, request, talk) : synth(registry, environmentNames(io.root), request, talk);
  },
});
