import { flow, setting } from '../shared/flow';
import type { ImportedApplication } from './compose/application';
import type { ImageOf } from './compose/service';
import type { NewApplication } from './environment-file';

/** What a line of the base says. */
const ABOUT: Readonly<Record<string, string>> = {
  pattern: 'no presets: each service says its port',
  sharedSecrets: 'values that several services may read',
  database: 'PostgreSQL; where it runs is in the files of the environments',
  postgresClient: 'the clients that dump and restore have the version of the server',
  redis: 'where it runs is in the files of the environments',
  queue: 'RabbitMQ; where it runs is in the files of the environments',
};

/** The text of `environments/<name>.yaml` for an application that a compose file describes. */
export function importedText(name: string, file: string, { base }: ImportedApplication): string {
  const { services, ...others } = base;
  const { pattern, ...parts } = others;
  return [
    '# yaml-language-server: $schema=../charts/application/application-part.schema.json',
    `# ${name}: what it is, in each environment, as ${file} described it. Its hosts, tags, sizes and servers are in`,
    `# <environment>/${name}.yaml, which may override each value. A value that names another service, such as { url: api }, is the`,
    '# connection to it. Each service runs as user 10001 with a read-only file system, unless it says user and writes.',
    `pattern: ${flow(pattern)} # ${ABOUT.pattern}`,
    'services:',
    ...Object.entries(services as object).map(([key, one]) => setting(key, one, '', '  ')),
    ...Object.entries(parts).map(([key, one]) => setting(key, one, ABOUT[key] ?? '')),
    '',
  ].join('\n');
}

/** A service with its tag and those of its helpers. */
function merged(
  service: Readonly<Record<string, unknown>>,
  { init = {}, ...tags }: { readonly init?: Readonly<Record<string, object>> } = {},
): object {
  const helpers = Object.entries((service.init ?? {}) as Readonly<Record<string, object>>).map(([key, one]) => [
    key,
    { ...one, ...init[key] },
  ]);
  return { ...service, ...tags, ...(helpers.length > 0 && { init: Object.fromEntries(helpers) }) };
}

/** The tag of an image that is not built yet. */
const PLACEHOLDER = 'v1.0.0';

/** What an environment says of the image of a service, and of those of its helpers. */
function tagSettings({ tag, digest, place, init = {} }: ImageOf, development: boolean): object {
  const helpers = Object.entries(init)
    .map(([key, image]) => [key, tagSettings(image, development)] as const)
    .filter(([, settings]) => Object.keys(settings).length > 0);
  const isHere = place === 'environments' || place === 'unbuilt' || (place !== 'base' && development);
  const other = development ? 'latest' : PLACEHOLDER;
  return {
    ...(isHere && { tag: place === 'unbuilt' ? other : (tag ?? other) }),
    ...(isHere && digest !== undefined && { digest }),
    ...(helpers.length > 0 && { init: Object.fromEntries(helpers) }),
  };
}

/** What an application of a compose file needs of environments. */
export function ofCompose(name: string, application: ImportedApplication): NewApplication {
  const { images, development: extra, isExposed, hasDatabase, hasRedis, hasQueue, database, redis } = application;
  return {
    name,
    isExposed,
    hasDatabase,
    hasRedis,
    hasQueue,
    database,
    redis,
    services: ({ development }) => {
      const tags = [...images].flatMap(([key, image]): [string, object][] => {
        const settings = tagSettings(image, development);
        const isHere = development || !Object.hasOwn(extra, key);
        return !isHere || Object.keys(settings).length === 0 ? [] : [[key, settings]];
      });
      const lines = new Map(tags);
      if (development) for (const [key, one] of Object.entries(extra)) lines.set(key, merged(one, lines.get(key)));
      if (lines.size === 0) return [];
      return [
        'services: # npm run promote changes a tag',
        ...[...lines].map(([key, one]) => setting(key, one, '', '  ')),
      ];
    },
  };
}
