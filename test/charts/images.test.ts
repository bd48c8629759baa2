import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { System } from '../../lib/model/system';
import { imageOf, stagesOf } from '../dockerfile';
import { ROOT } from '../support';
import { ephitupSystem, pliersSystem, salientSystem } from '../systems';
import { built } from './application/application';

const CHARTS = join(ROOT, 'charts');

/** The smallest application with all presets. */
const KIOSK = `
pattern: ai-3-tier
hosts: { app: kiosk.localhost }
defaults: { registry: example.com, tag: latest }
services: { api: { image: api, migrations: { entrypoint: [./efbundle] } }, web: { image: web }, neuron: { image: neuron } }
`;

const systems: Readonly<Record<string, System>> = {
  salient: salientSystem('prod'),
  pliers: pliersSystem('prod'),
  ephitup: ephitupSystem('dev'),
  application: built({ 'dev/kiosk.yaml': KIOSK }, 'dev').built.model as System,
};

/** The components that run each image. */
const IMAGES: readonly (readonly [string, readonly string[]])[] = [
  ['salient/images/backend', ['chat-api', 'admin-api']],
  ['salient/images/service', ['chat-api', 'admin-api']],
  ['salient/images/admin-ui', ['admin-ui']],
  ['pliers/images/node', ['api', 'ai-service']],
  ['pliers/images/web', ['web']],
  ['ephitup/images/ephitup', ['ephitup']],
  ['application/images/api', ['api']],
  ['application/images/web', ['web']],
  ['application/images/neuron', ['neuron']],
];
/** The folders with the sources of stand-ins that have a Dockerfile of their own, and the image that each is laid out like. */
const STAND_INS = [
  ['pliers/stand-ins/node', 'pliers/images/node'],
  ['ephitup/stand-ins', 'ephitup/images/ephitup'],
  ['application/stand-ins', 'application/images/neuron'],
] as const;

const fileOf = (image: string) => join(CHARTS, `${image}.Dockerfile`);
const systemOf = (image: string) => systems[image.split('/')[0] as string] as System;

test('every reference image is compared with what runs it', () => {
  const files = readdirSync(CHARTS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(CHARTS, name))
        .filter((folder) => folder === 'images')
        .flatMap((folder) => readdirSync(join(CHARTS, name, folder)).map((file) => `${name}/${folder}/${file}`)),
    );
  expect(files.sort()).toEqual(IMAGES.map(([image]) => `${image}.Dockerfile`).sort());
});

describe.each(IMAGES)('%s.Dockerfile', (image, names) => {
  const stages = stagesOf(fileOf(image));
  const last = imageOf(fileOf(image));

  test.each(names)('runs as the user, listens at the port and ends in the time of %s', (name) => {
    const component = systemOf(image).components.find((one) => one.name === name);
    const { command, env } = component?.containers[0] ?? {};
    const port = String(component?.ports[0]?.port);
    const given = (option: string) => last.command[last.command.indexOf(option) + 1];
    expect(last.user).toBe(String(component?.user));
    expect(last.ports).toEqual(env?.PORT === undefined ? [port] : []);
    expect(last.command).not.toEqual([]);
    expect((command ?? last.command).join(' ')).toContain(last.command.join(' '));
    if (last.command[0] === 'uvicorn') {
      expect([given('--host'), given('--port')]).toEqual(['0.0.0.0', port]);
      const drain = component?.shutdown.drainTimeout.toSeconds() as number;
      expect(Number(given('--timeout-graceful-shutdown'))).toBeLessThan(drain);
    }
  });

  test('is built in a stage of its own, of images with a full version', () => {
    const images = stages.map((stage) => stage.image);
    expect(images.filter((one) => !/^[a-z/.]+:v?\d+\.\d+\.\d+[\w.-]*$/.test(one))).toEqual([]);
    expect(stages.length).toBeGreaterThan(1);
    expect(last.instructions.filter((one) => ['RUN', 'ADD', 'VOLUME', 'HEALTHCHECK'].includes(one))).toEqual([]);
    // A virtual environment refers to the Python that made it.
    if (last.copies.some(({ stage, to }) => stage === 'builder' && to.endsWith('venv')))
      expect(images.at(-1)).toBe(images.filter((one) => one.startsWith('python')).at(0));
  });
});

test.each(STAND_INS)('%s is laid out like %s', (standIn, image) => {
  const { user, folder } = imageOf(join(CHARTS, standIn, 'Dockerfile'));
  expect({ user, folder }).toEqual({ user: imageOf(fileOf(image)).user, folder: imageOf(fileOf(image)).folder });
});

describe('migrations', () => {
  const migrationsOf = (system: System | undefined) => {
    const task = system?.tasks.find(({ purpose }) => purpose === 'migrations');
    const container = task?.containers.find(({ name }) => name === 'migrate');
    return { user: task?.user, command: container?.env?.MIGRATE_COMMAND as string };
  };

  test.each([['salient/images/backend'], ['pliers/images/node'], ['application/images/api']])(
    'run as the user of %s',
    (image) => {
      expect(String(migrationsOf(systemOf(image)).user)).toBe(imageOf(fileOf(image)).user);
    },
  );

  test.each([['salient/images/backend'], ['salient/images/service']])(
    'of Salient find the configuration of alembic in %s',
    (image) => {
      const { folder, copies } = imageOf(fileOf(image));
      const [, , path] = migrationsOf(systems.salient).command.split(' ');
      const file = posix.resolve(folder, path as string);
      expect(file).toBe('/app/backend/alembic.ini');
      expect(copies).toContainEqual({ paths: ['backend/'], to: posix.dirname(file) });
    },
  );
});
