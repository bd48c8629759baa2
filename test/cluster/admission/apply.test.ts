import { join } from 'node:path';
import { PLATFORM } from '../../../lib/config/platform';
import { PROJECT } from '../../support';
import { apply, cluster, kubectl, PlatformOf, remove, settled, unserved, versionsIn } from '../applied';
import { discover, objectsIn } from '../dist';

describe.each(discover().map(({ environment, system }) => [environment, system] as const))(
  '%s',
  (environment, system) => {
    describe(system, () => {
      const folder = join(PROJECT, 'dist', environment, system);
      const objects = objectsIn(folder);
      const missing = unserved(objects);
      if (missing.length > 0) {
        test.skip(`the cluster does not serve ${missing.join(', ')}; BERTH_CRDS is a folder of their definitions`, () => {});
        return;
      }
      const platform = new PlatformOf(environment);

      beforeAll(async () => {
        if (system === PLATFORM) await platform.prepare();
        else await platform.apply();
      });

      afterAll(async () => {
        // Without controllers a namespace is never deleted, and the server ends after the tests.
        if (cluster.pods === 'are not made') return;
        await remove(folder);
        await platform.remove();
      });

      test('one apply is accepted without a warning', () => apply(folder));

      test('a second apply changes nothing', async () => {
        // An object that no controller has written yet is stored again without a change: a volume claim, and a Gateway,
        // whose status has a default.
        await apply(folder);
        for (const { metadata } of objects.filter(({ kind }) => kind === 'Gateway')) {
          const status = ['--subresource=status', '--type=merge', '--patch', '{"status":{}}'];
          await kubectl.run('patch', 'gateway', metadata.name, '-n', metadata.namespace as string, ...status);
        }
        const before = await settled(folder);
        await apply(folder);
        expect(await versionsIn(folder)).toEqual(before);
      });

      test.each([['--server-side'], ['client-side']])('kubectl diff %s finds nothing', async (how) => {
        const options = how.startsWith('--') ? [how] : [];
        expect(await kubectl.attempt(['diff', ...options, '-R', '-f', folder])).toMatchObject({ code: 0, stdout: '' });
      });
    });
  },
);
