import { expectedOneOf } from '../../lib/base/nearest';
import type { Problem } from '../../lib/base/problem';
import { imageOf } from '../../lib/base/versions';
import type { LayerSchema } from '../../lib/config/layered-file';
import { isMapping, type Layer, type Merged } from '../../lib/config/layers';
import { modelSettings } from './models';
import { impliesDatabase, LOG_LEVEL_OF, presetOf, presetSettings, type Written } from './presets';
import { requirementLayers } from './requirements/derive';

/** The keys of a service that replace those of an earlier layer as a whole. */
const WHOLE = ['port', 'ports', 'scale', 'health', 'exposed', 'schedule', 'llm', 'user', 'writes', 'migrations'];
/** The keys of a service whose values, by name, replace those of an earlier layer as a whole. */
const WHOLE_VALUES = ['env', 'files', 'secrets', 'storage', 'mcp'];

/** The keys of a service with containers beside it. */
const HELPERS = ['init', 'sidecars'];
/** The groups of settings by name, of which an environment may go without some. */
const GROUPS = ['services', 'external', 'hosts', 'sharedSecrets'];

/** The other settings by name. */
const NAMED = [
  'database.databases',
  'document.alternatives',
  ...['requestsPerSecond', 'p95', 'streams', 'measured'].map((key) => `requirements.${key}`),
];

const mapping = (value: unknown) => (isMapping(value) ? value : {});

/** Whether one of these mappings replaces the earlier one. */
function isWhole(path: readonly string[]): boolean {
  const [key, name, ...rest] = inService(path) ?? [];
  if (key === undefined || rest.length > 0) return false;
  return name === undefined ? WHOLE.includes(key) : WHOLE_VALUES.includes(key);
}

/** The path within a service, within one of its helpers, or within what all services have in common. @default - it is elsewhere */
function inService([first, ...rest]: readonly string[]): readonly string[] | undefined {
  if (first === 'defaults') return rest;
  if (first !== 'services' || rest.length === 0) return undefined;
  const own = rest.slice(1);
  return own.length > 2 && HELPERS.includes(own[0] as string) ? own.slice(2) : own;
}

/** The mappings by name of the words of a document. */
const DOCUMENT = ['alternatives', 'services', 'targets', 'costs', 'declined'].map((key) => `document.${key}`);

/** Whether the keys of a mapping are names that its users chose. */
function isNamed(path: readonly string[]): boolean {
  const [key, ...rest] = inService(path) ?? path;
  return rest.length === 0
    ? [...GROUPS, ...HELPERS, ...WHOLE_VALUES, 'config', 'nodes', 'ports'].includes(key as string)
    : [...NAMED, ...DOCUMENT].includes(path.join('.'));
}

/** Whether the values at a path are text as it is written. A service may be called env, too. */
function isText(path: readonly string[]): boolean {
  return (path.at(-2) === 'env' && (path[0] === 'defaults' || path.length % 2 === 0)) || path[0] === 'config';
}

/** What presets look at. */
function writtenOf({ value }: Merged, tier: keyof typeof LOG_LEVEL_OF): Written {
  const { pattern, services, hosts, config, edge, database, identity, logLevel } = mapping(value);
  return {
    pattern,
    services: mapping(services),
    hosts,
    config,
    edge,
    database: database ?? (impliesDatabase(pattern) ? {} : undefined),
    identity,
    logLevel: typeof logLevel === 'string' ? logLevel : LOG_LEVEL_OF[tier],
  };
}

/** The layer of `defaults`: what every service has unless it, or its preset, says otherwise. */
function sharedLayer(merged: Merged, { pattern, services }: Written): Layer[] {
  const { registry: _, tag: __, ...shared } = mapping(mapping(merged.value).defaults);
  if (Object.keys(shared).length === 0) return [];
  // A worker has no port that could be asked, and a Job is not asked at all.
  const of = (name: string) => {
    const { health, nodes, ...others } = shared;
    if (!runsAlways(services[name])) return others;
    const isAsked = (isMapping(health) && health.command !== undefined) || listens(pattern, name, services[name]);
    return { ...others, ...(nodes !== undefined && { nodes }), ...(health !== undefined && isAsked && { health }) };
  };
  const place = (path: readonly PropertyKey[]) => ['defaults', ...path.slice(2)];
  return [
    {
      name: 'defaults',
      value: { services: Object.fromEntries(Object.keys(services).map((name) => [name, of(name)])) },
      yaml: {
        locate: (path) => merged.locate(place(path)),
        locateKey: (path, key) => merged.locateKey(place(path), key),
      },
    },
  ];
}

/** What a service is without any setting. */
const SIZE = { cpu: '100m..500m', memory: '128Mi..256Mi' };

function sizeLayer({ services }: Written): Layer {
  const sized = Object.entries(services).map(([name, one]) => {
    const helpers = HELPERS.flatMap((kind) => {
      const all = Object.keys(mapping(mapping(one)[kind]));
      return all.length === 0 ? [] : [[kind, Object.fromEntries(all.map((key) => [key, SIZE]))]];
    });
    return [name, { ...SIZE, ...Object.fromEntries(helpers) }];
  });
  return { name: 'built in', value: { services: Object.fromEntries(sized) } };
}

/** Whether a service runs all the time: it is no Job. */
function runsAlways(service: unknown): boolean {
  const { schedule, runs } = mapping(service);
  return schedule === undefined && (runs === undefined || runs === 'always');
}

/** Whether a service has a port. */
function listens(pattern: unknown, name: string, service: unknown): boolean {
  const one = mapping(service);
  return ['port', 'ports'].some((key) => one[key] !== undefined) || presetOf(pattern, name, one) !== undefined;
}

/** Whether a service runs all the time, and may have replicas. */
function isServer(service: unknown): boolean {
  return runsAlways(service) && Object.keys(mapping(mapping(service).storage)).length === 0;
}

/** A server in the cluster, unless another kind is said; outside development the kind has to be said. */
function databaseDefaults(database: unknown, development: boolean): object {
  const { kind = development ? 'statefulset' : undefined } = mapping(database);
  return kind === 'statefulset' ? { kind, ...imageOf('PostgreSQL 16') } : {};
}

/** What the tier decides: replicas, and in development whatever can be made in the cluster. */
function tierLayer(written: Written, merged: Merged, tier: keyof typeof LOG_LEVEL_OF): Layer {
  const { services, database } = written;
  const development = tier === 'development';
  const value = mapping(merged.value);
  const replicas = (name: string, one: unknown) =>
    tier === 'production' && listens(written.pattern, name, one) ? 2 : 1;
  const scaled = Object.entries(services)
    .filter(([, one]) => isServer(one))
    .map(([name, one]) => [name, { scale: { replicas: replicas(name, one) } }]);
  const parts = {
    database: database === undefined ? undefined : databaseDefaults(database, development),
    redis: value.redis !== undefined && development ? { kind: 'statefulset' } : undefined,
    queue: value.queue !== undefined && development ? { kind: 'statefulset' } : undefined,
    edge: development ? { kind: 'ingress' } : undefined,
    secrets: development ? { kind: 'development' } : undefined,
  };
  return {
    name: `tier ${tier}`,
    value: {
      services: Object.fromEntries(scaled),
      logLevel: LOG_LEVEL_OF[tier],
      ...Object.fromEntries(Object.entries(parts).filter(([, one]) => one !== undefined)),
    },
  };
}

function presetLayers(written: Written): Layer[] {
  return Object.entries(written.services).flatMap(([name, one]): Layer[] => {
    const own = mapping(one);
    const preset = presetOf(written.pattern, name, own);
    const isUnset = (variable: string) => mapping(mapping(own.env)[variable]).unset === true;
    // A secret of the file itself stays: it takes the place of a variable that is unset.
    const of = ({ secrets, ...settings }: { readonly secrets?: object }) => {
      const kept = Object.entries(secrets ?? {}).filter(([variable]) => !isUnset(variable));
      return { services: { [name]: { ...settings, ...(kept.length > 0 && { secrets: Object.fromEntries(kept) }) } } };
    };
    const isKnown = preset === 'api' || preset === 'web' || preset === 'neuron';
    return [
      ...(isKnown ? [{ name: `preset ${preset}`, value: of(presetSettings(preset, name, written)) }] : []),
      ...(isMapping(own.llm)
        ? [{ name: `llm ${own.llm.provider}`, value: of(modelSettings(own.llm, written.services)) }]
        : []),
    ];
  });
}

const PARTS = ['database', 'redis', 'queue', 'objectStorage', 'identity', 'workflow', 'seedData'];

/** Takes away what `without` names. */
function remove(merged: Merged) {
  const value = mapping(merged.value);
  const names: readonly unknown[] = Array.isArray(value.without) ? value.without : [];
  const known = [
    ...GROUPS.flatMap((group) => Object.keys(mapping(value[group]))),
    ...PARTS.filter((part) => value[part] !== undefined),
  ];
  const problems = names.flatMap((name, index): Problem[] => {
    if (typeof name !== 'string' || known.includes(name)) return [];
    const path = ['without', index];
    return [
      {
        ...merged.locate(path),
        path: `without, entry ${index + 1}`,
        message: `given "${name}", ${expectedOneOf(known, name)}`,
      },
    ];
  });
  const left = Object.entries(value).flatMap(([key, one]) => {
    if (PARTS.includes(key) && names.includes(key)) return [];
    if (!GROUPS.includes(key) || !isMapping(one)) return [[key, one]];
    return [[key, Object.fromEntries(Object.entries(one).filter(([name]) => !names.includes(name)))]];
  });
  return { value: isMapping(merged.value) ? Object.fromEntries(left) : merged.value, problems };
}

/** A service has `port` or `ports`, and a tag without a digest is another image than the one that was pinned. */
function displaced(path: readonly string[], later: Readonly<Record<string, unknown>>): readonly string[] {
  const isContainer = path.length === 2 || (path.length === 4 && HELPERS.includes(path[2] as string));
  if (path[0] !== 'services' || !isContainer) return [];
  return [
    ...(later.port === undefined ? [] : ['ports']),
    ...(later.ports === undefined ? [] : ['port']),
    ...(later.tag === undefined || later.digest !== undefined ? [] : ['digest']),
  ].filter((key) => later[key] === undefined);
}

/** What `applications` of `environment.yaml` says: each application has a folder of its own in the repository of the backups. */
function common(applications: unknown, name: string): unknown {
  const { backups } = mapping(applications);
  const repository = mapping(backups).repository;
  if (typeof repository !== 'string') return applications;
  return {
    ...mapping(applications),
    backups: { ...mapping(backups), repository: `${repository.replace(/\/$/, '')}/${name}` },
  };
}

/** How the settings of an application come from its base, its own file, its presets and the tier of the environment. */
export const applicationLayers: LayerSchema = {
  whole: isWhole,
  named: isNamed,
  displaced,
  asWritten: isText,
  fromFile: (path) => (path[0] === 'services' && path.at(-2) === 'files') || path.join('.') === 'database.init',
  defaults: (environment, merged) => {
    const { tier } = environment;
    const written = writtenOf(merged, tier);
    const usual = [
      sizeLayer(written),
      ...sharedLayer(merged, written),
      ...presetLayers(written),
      tierLayer(written, merged, tier),
    ];
    return [...usual, ...requirementLayers(environment, merged, usual, applicationLayers)];
  },
  common,
  remove,
};
