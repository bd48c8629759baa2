import { memoize } from '../../lib/base/memoize';
import { ARGOCD, argoCdSchema } from '../../lib/config/argocd';
import { COMPOSE, composeSchema } from '../../lib/config/compose';
import { jsonSchemaOf } from '../../lib/config/editor-schema';
import { ENVIRONMENT, environment, environmentSchema } from '../../lib/config/environment';
import type { FileSchema } from '../../lib/config/load';
import { PLATFORM } from '../../lib/config/platform';
import { RENDER, renderSchema } from '../../lib/config/render';
import { code, paragraphs, table } from '../../lib/document/markdown';
import { type SettingsFile, settingsPage } from '../../lib/document/settings/page';
import type { Registry } from '../../lib/pipeline/definition';
import { WRITTEN } from './mark';

/** The folder of the pages of settings. */
export const SETTINGS = 'docs/settings';

/** An environment of each tier. Development comes first: its schema accepts everything that another one accepts. */
const TIERS = ['dev', 'staging', 'prod'].map((name) => environment(name));

/** The file of a system, and of the lists beside it. */
function filesOf(name: string, { settings, collections = {} }: FileSchema): [string, SettingsFile][] {
  const tiers = TIERS.map((one) => ({ tier: one.tier, schema: jsonSchemaOf(settings(one)) }));
  const lists = Object.entries(collections).map(([list, schema]): [string, SettingsFile] => [
    list,
    {
      title: list,
      file: `environments/<environment>/${list}.yaml`,
      tiers: [{ tier: '', schema: jsonSchemaOf(schema(undefined)) }],
    },
  ]);
  return [[name, { title: name, file: `environments/<environment>/${name}.yaml`, tiers }], ...lists];
}

const single = (name: string, file: string, schema: Parameters<typeof jsonSchemaOf>[0]): [string, SettingsFile] => [
  name,
  { title: name, file: `environments/${file}.yaml`, tiers: [{ tier: '', schema: jsonSchemaOf(schema) }] },
];

/** The page that lists the others: it is also what a link to the folder shows. */
function index(files: readonly (readonly [string, SettingsFile])[]): string {
  return `${WRITTEN}\n\n${paragraphs(
    '# Settings',
    'All settings of each file: what they take, their defaults and what they mean.',
    table(
      ['Settings of', 'File'],
      files.map(([name, { file }]) => [`[${name}](${name}.md)`, code(file)]),
    ),
  )}\n`;
}

/** The pages of all settings, by file. They follow from the schemas alone, not from the user's environments. */
export const settingsPages = memoize((registry: Registry): Map<string, string> => {
  const systems = Object.entries(registry.schemas).filter(([name]) => name !== PLATFORM);
  const files = [
    ...systems.flatMap(([name, schema]) => filesOf(name, schema)),
    ...filesOf('application', registry.application('application')),
    ...filesOf(PLATFORM, registry.schemas[PLATFORM] as FileSchema),
    single(ENVIRONMENT, `<environment>/${ENVIRONMENT}`, environmentSchema('')),
    single(ARGOCD, ARGOCD, argoCdSchema),
    single(COMPOSE, COMPOSE, composeSchema),
    single(RENDER, RENDER, renderSchema),
  ];
  return new Map([
    [`${SETTINGS}/README.md`, index(files)],
    ...files.map(([name, file]): [string, string] => [`${SETTINGS}/${name}.md`, `${WRITTEN}\n\n${settingsPage(file)}`]),
  ]);
});
