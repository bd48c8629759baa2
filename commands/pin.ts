// Asks registries for the digests of images, and writes them into environment files: `npm run pin [-- --env NAME] [--check]`.
import { join } from 'node:path';
import { environmentNames, environmentsOfTier } from '../lib/config/environment-folders';
import { Program } from '../lib/pipeline/program';
import { compare, pinsOf, taggedOf, textsWith } from './pin/pins';
import { resolveDigests } from './pin/registry';
import { replaceFile } from './shared/replace-file';

const HELP = `Asks the registries which image each tag names now, and writes its digest beside the tag. It uses crane, skopeo or docker with buildx,
whichever is there, with their stored logins.

  npm run pin                          all environments outside development
  npm run pin -- --env prod            one environment (may be repeated)
  npm run pin -- --env prod --check    writes nothing; exits with 1 where a digest is missing or another one

Then npm run synth, and read its diff.`;

export default new Program({
  name: 'pin',
  help: HELP,
  options: { env: { type: 'string', multiple: true }, check: { type: 'boolean', default: false } },
  choices: { env: environmentNames },
  run: async ({ env, check }, { root, say, complain, ...io }) => {
    const tiers = ['staging', 'production'] as const;
    const pins = pinsOf(root, env ?? tiers.flatMap((tier) => environmentsOfTier(root, tier)));
    const answers = await resolveDigests([...new Set(pins.map(taggedOf))].sort(), io.env);
    const results = pins.map((pin) => ({
      pin,
      answer: answers.get(taggedOf(pin)),
      ...compare(pin, answers.get(taggedOf(pin))),
    }));
    const unknown = results.filter(({ state }) => state === 'unknown');
    const open = results.filter(({ state }) => state === 'unpinned' || state === 'differs');
    for (const { line } of unknown) complain(line);
    if (check) {
      for (const { line } of open) complain(line);
      say(`${results.length - open.length - unknown.length} of ${results.length} images are pinned`);
      return open.length + unknown.length === 0 ? 0 : 1;
    }
    const { texts, problems } = textsWith(
      root,
      open.flatMap(({ pin, answer }) =>
        answer !== undefined && 'digest' in answer ? [{ pin, digest: answer.digest }] : [],
      ),
    );
    for (const [file, text] of texts) replaceFile(join(root, file), text);
    for (const problem of problems) complain(problem);
    for (const { line } of open) say(line);
    say(
      texts.size === 0 ? 'nothing is written' : `${[...texts.keys()].join(', ')}: written; npm run synth writes dist/`,
    );
    return unknown.length + problems.length === 0 ? 0 : 1;
  },
});
