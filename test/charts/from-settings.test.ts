import type { Any } from '../support';
import {
  ephitupSettings,
  ephitupSystem,
  pliersSettings,
  pliersSystem,
  salientSettings,
  salientSystem,
} from '../systems';

const at = (settings: object, path: string) => path.split('.').reduce<Any>((here, key) => here?.[key], settings);

test.each([
  ['salient', 'dev', salientSystem, salientSettings],
  ['salient', 'prod', salientSystem, salientSettings],
  ['pliers', 'dev', pliersSystem, pliersSettings],
  ['pliers', 'prod', pliersSystem, pliersSettings],
  ['ephitup', 'dev', ephitupSystem, ephitupSettings],
  ['ephitup', 'prod', ephitupSystem, ephitupSettings],
] as const)('each part of %s in %s names the setting that it comes from', (_, environment, systemIn, settingsIn) => {
  const { components, tasks } = systemIn(environment);
  const settings = settingsIn(environment);
  const sites = new Set(components.flatMap(({ exposed }) => exposed.map(({ site }) => site)));
  const all = [...components, ...tasks, ...sites];
  expect(all.filter(({ from }) => from === undefined || at(settings, from) === undefined)).toEqual([]);
});
