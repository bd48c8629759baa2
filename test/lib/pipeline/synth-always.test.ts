import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { synthAlways } from '../../../lib/pipeline/synth-always';
import { copyOf, distOf } from '../../support';

/** A project that is watched, and what was said since the last look. */
async function watched() {
  const root = copyOf('small-project');
  const lines: string[] = [];
  const say = (text: string) => void lines.push(text);
  const stop = new AbortController();
  const io = { root, env: {}, say, complain: say, input: () => '' };
  const done = synthAlways(registry, {}, io, stop.signal);
  return {
    root,
    file: (path: string) => join(root, 'environments', path),
    /** Waits until a run after a change of a file has ended. @returns all that was said */
    async after(path: string) {
      for (let tries = 0; tries < 400; tries++) {
        if (lines.some((line) => line.includes(`environments/${path}`) && line.endsWith(' ms')))
          return lines.splice(0).join('\n');
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error(`nothing was run for ${path}: ${lines.join('\n')}`);
    },
    async end() {
      stop.abort();
      expect(await done).toBe(0);
    },
  };
}

test('after an edit dist/ follows, an error is shown in its place, and meanwhile the last good dist/ stays', async () => {
  const { root, file, after, end } = await watched();
  const salient = file('prod/salient.yaml');
  const good = readFileSync(salient, 'utf8');
  const before = distOf(root);

  writeFileSync(salient, good.replace(/tag: /, 'tagg: '));
  expect(await after('prod/salient.yaml')).toMatch(
    /environments\/prod\/salient\.yaml:\d+:\d+: [\s\S]*dist\/ is as it was/,
  );
  expect(distOf(root)).toBe(before);

  writeFileSync(salient, good.replace(/tag: \S+?(?=[ ,}\n])/, 'tag: v9.8.7'));
  expect(await after('prod/salient.yaml')).toMatch(/^prod +salient +\d+ +\d+ +[1-9]/m);
  expect(distOf(root)).not.toBe(before);

  // An editor that writes beside the file, and renames.
  writeFileSync(`${salient}.tmp`, good);
  renameSync(`${salient}.tmp`, salient);
  await after('prod/salient.yaml');
  expect(distOf(root)).toBe(before);
  await end();
});

test('a new environment is watched, and what a removed one made is removed', async () => {
  const { root, file, after, end } = await watched();
  const before = distOf(root);
  mkdirSync(file('trial'));
  writeFileSync(file('trial/environment.yaml'), 'tier: staging\n');
  expect(await after('trial/environment.yaml')).toBeTruthy();
  writeFileSync(
    file('trial/ephitup.yaml'),
    readFileSync(file('staging/ephitup.yaml'), 'utf8').replaceAll('staging.', 'trial.'),
  );
  await after('trial/ephitup.yaml');
  rmSync(file('trial'), { recursive: true });
  await after('trial');
  expect(distOf(root)).toBe(before);
  await end();
});
