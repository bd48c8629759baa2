import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support';
import { ephitupSystem, pliersSystem, salientSystem } from '../systems';

const components = [salientSystem('prod'), pliersSystem('prod'), ephitupSystem('dev')].flatMap(
  (system) => system.components,
);

/** The values of an instruction of a Dockerfile. */
function valuesOf(instruction: string, text: string): string[] {
  return [...text.matchAll(new RegExp(`^${instruction} +(.*)$`, 'gm'))].map(([, value]) => value as string);
}

describe.each([
  ['salient/images/backend', ['chat-api', 'admin-api']],
  ['salient/images/admin-ui', ['admin-ui']],
  ['pliers/images/node', ['api', 'ai-service']],
  ['pliers/images/web', ['web']],
  ['ephitup/images/ephitup', ['ephitup']],
])('%s.Dockerfile', (file, names) => {
  const text = readFileSync(join(ROOT, `charts/${file}.Dockerfile`), 'utf8');

  test.each(names)('runs as the user and listens at the port of %s', (name) => {
    const component = components.find((one) => one.name === name);
    expect(valuesOf('USER', text)).toEqual([String(component?.user)]);
    const [port] = valuesOf('EXPOSE', text);
    const { env } = component?.containers[0] ?? {};
    expect(port ?? env?.PORT).toBe(String(component?.ports[0]?.port));
  });

  test('stands on images with a version', () => {
    const images = valuesOf('FROM', text).map((value) => value.replace(/ AS .*/, ''));
    expect(images.filter((image) => !/^[a-z/]+:v?\d[\w.-]*$/.test(image))).toEqual([]);
  });
});
