import { posix } from 'node:path';
import {
  type Blueprint,
  blueprintSchema,
  type Database,
  placeOf,
  type Refusal,
  type Service,
  type Variable,
} from './blueprint';
import { ofReferences, ofRegions, twice } from './references';

/** Ports that programs may not listen on. Source: render.com/docs, Web Services, "Port binding". */
const RESERVED = ['18012', '18013', '19099'];
/** The port that no other service reaches: the proxy for public traffic has it. Source: render.com/docs, Private Network, "Port restrictions". */
const PUBLIC_ONLY = '10000';

/** Paths that disks may not have. Source: render.com/docs, Persistent Disks, "Disk mount path". */
const NO_MOUNT = [
  '/',
  '/opt',
  '/opt/render',
  '/opt/render/project',
  '/opt/render/project/src',
  '/home',
  '/home/render',
  '/etc',
  '/etc/secrets',
];

/** Variables that bundlers write into what browsers load. */
const OF_BROWSERS = /^(PUBLIC|NEXT_PUBLIC|VITE|REACT_APP|NUXT_PUBLIC)_/;
/** Variables whose values are secrets. */
const SECRET = /(^|_)(PASSWORD|PASS|SECRET|SECRET_KEY|TOKEN|API_KEY|ACCESS_KEY|PRIVATE_KEY)$/;
/** Variables with folders of data that has to outlive a deploy. */
const DATA_FOLDER = /(^|_)DATA_(PATH|DIR)$/;
/** Commands that change a database's schema. */
const MIGRATES =
  /\b(alembic\b[^;&|]*\supgrade|prisma\s+migrate|knex\s+migrate|manage\.py\s+migrate|rake\s+db:migrate)\b/;

const textOf = (service: Service, key: string) => service.envVars?.find((one) => one.key === key)?.value;
const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`);

/** What the kind of a service needs and forbids. Source: render.com/docs, Blueprint YAML Reference, "Service fields". */
function ofKind(one: Service): Refusal[] {
  const is = (type: Service['type']) => one.type === type;
  const isStore = is('keyvalue') || is('redis');
  return [
    ...(!isStore && one.runtime === undefined ? ['runtime: expected one, such as docker'] : []),
    ...(one.runtime === 'image' && one.image === undefined ? ['image: expected image.url with runtime image'] : []),
    ...(one.runtime === 'static' && (!is('web') || one.staticPublishPath === undefined)
      ? ['runtime: static is for type web, with staticPublishPath']
      : []),
    ...(one.runtime === 'static' && one.plan !== undefined ? ['plan: a static site has none'] : []),
    ...(is('cron') && one.schedule === undefined ? ['schedule: expected one with type cron'] : []),
    ...(!is('web') && one.healthCheckPath !== undefined
      ? [`healthCheckPath: a ${one.type} has none, type web does`]
      : []),
    ...(!is('web') && one.domains !== undefined ? [`domains: a ${one.type} has none, type web does`] : []),
    ...(isStore && one.ipAllowList === undefined
      ? ['ipAllowList: expected a list; [] is the private network alone']
      : []),
    ...(one.numInstances !== undefined && one.scaling !== undefined
      ? ['scaling: given with numInstances, expected one of both']
      : []),
    ...(one.scaling && one.scaling.targetCPUPercent === undefined && one.scaling.targetMemoryPercent === undefined
      ? ['scaling: expected targetCPUPercent, targetMemoryPercent, or both']
      : []),
  ];
}

/** Source: render.com/docs, Deploy for Free, "Free web services". */
function ofFreePlan(one: Service): Refusal[] {
  if (one.plan !== 'free') return [];
  const needsPaid = [
    ...(one.type === 'web' || one.type === 'keyvalue' ? [] : [`type ${one.type}`]),
    ...((one.numInstances ?? 1) > 1 || one.scaling !== undefined ? ['more than one instance'] : []),
    ...(one.disk === undefined ? [] : ['a disk']),
    ...(one.preDeployCommand === undefined ? [] : ['preDeployCommand']),
  ];
  return needsPaid.map((what) => `plan: free has not ${what}, expected starter or a larger plan`);
}

/** Source: render.com/docs, Persistent Disks. */
function ofDisk(one: Service): Refusal[] {
  const { disk } = one;
  const folders = (one.envVars ?? []).flatMap(({ key = '', value }) =>
    DATA_FOLDER.test(key) &&
    typeof value === 'string' &&
    value.startsWith('/') &&
    !(disk && isBelow(value, disk.mountPath))
      ? [`envVars.${key}: ${value} is below no disk, and lost with each deploy; expected a folder below disk.mountPath`]
      : [],
  );
  if (disk === undefined) return folders;
  return [
    ...folders,
    ...((one.numInstances ?? 1) > 1 || one.scaling !== undefined
      ? ['disk: only one instance can have it, expected numInstances 1 and no scaling']
      : []),
    ...(one.type === 'cron' || one.runtime === 'static'
      ? [`disk: a ${one.type === 'cron' ? 'cron job' : 'static site'} has none`]
      : []),
    ...(NO_MOUNT.includes(disk.mountPath) || !disk.mountPath.startsWith('/')
      ? [`disk.mountPath: ${disk.mountPath} is not allowed, expected an absolute path such as /data`]
      : []),
  ];
}

/** With rootDir, a build sees nothing outside it. Source: render.com/docs, Monorepo Support, "Root directory". */
function ofBuild(one: Service): Refusal[] {
  const { rootDir, dockerContext, dockerCommand, startCommand } = one;
  const leaves = dockerContext !== undefined && posix.normalize(dockerContext).startsWith('..');
  return [
    ...(rootDir !== undefined && leaves
      ? [
          `rootDir: files outside ${rootDir} are missing in the build, and dockerContext ${dockerContext} needs them; expected no rootDir`,
        ]
      : []),
    ...[dockerCommand, startCommand].flatMap((command) =>
      command !== undefined && MIGRATES.test(command)
        ? ['dockerCommand: every instance would migrate, expected migrations in preDeployCommand']
        : [],
    ),
  ];
}

function ofVariables(variables: readonly Variable[]): Refusal[] {
  return variables.flatMap(({ key = '', value, fromService }) => [
    ...(value !== undefined && value !== '' && SECRET.test(key)
      ? [`envVars.${key}: given a value, expected generateValue or sync: false`]
      : []),
    ...(typeof value === 'string' && /:\/\/[^\s/:@]*:[^\s/@]+@/.test(value)
      ? [`envVars.${key}: given a password in a URL, expected fromDatabase or fromService`]
      : []),
    ...(OF_BROWSERS.test(key) && (fromService?.property === 'host' || fromService?.property === 'hostport')
      ? [
          `envVars.${key}: browsers cannot reach the private name of ${fromService.name}, expected its public address, or a path of the same site`,
        ]
      : []),
  ]);
}

/** Ports, and who asks for the private address of whom. */
function ofPort(one: Service, isAsked: boolean): Refusal[] {
  const port = String(textOf(one, 'PORT') ?? '');
  return [
    ...(RESERVED.includes(port) ? [`envVars.PORT: ${port} is reserved, expected another port`] : []),
    ...(port === PUBLIC_ONLY && (one.type === 'pserv' || isAsked)
      ? [`envVars.PORT: other services cannot reach ${port}, expected another port`]
      : []),
    ...(one.plan === 'free' && isAsked
      ? ['plan: a free service receives no private traffic, expected starter or a larger plan']
      : []),
  ];
}

function ofDatabase(one: Database): Refusal[] {
  return one.connectionPool !== undefined && one.plan === 'free' ? ['connectionPool: the plan free has none'] : [];
}

/**
 * Judges a Blueprint by the rules of Render's documentation, and by what a Blueprint must not contain.
 *
 * @param value the content of a `render.yaml`
 * @returns each mistake as `<resource>: <field>: <what is wrong, and what is expected>`; none where it holds
 */
export function refusalsOf(value: unknown): Refusal[] {
  const issues = blueprintSchema.safeParse(value).error?.issues ?? [];
  const shape = issues.map(
    ({ path, message }) =>
      `${placeOf(value, path)}: ${/^(Unrecognized|Invalid)/.test(message) ? message : `expected ${message}`}`,
  );
  // The rules rely on the types of values, and on nothing else: so all mistakes are told at once.
  if (issues.some(({ code }) => code === 'invalid_type' || code === 'invalid_union')) return shape;
  const blueprint = value as Blueprint;
  const { services = [], databases = [], envVarGroups = [] } = blueprint;
  const asked = new Set(
    services.flatMap(({ envVars = [] }) =>
      envVars.flatMap(({ fromService }) => (fromService?.property?.startsWith('host') ? fromService.name : [])),
    ),
  );
  const owned = (name: string, refusals: readonly Refusal[]) => refusals.map((one) => `${name}: ${one}`);
  return [
    ...shape,
    ...services.flatMap((one) =>
      owned(one.name, [
        ...ofKind(one),
        ...ofFreePlan(one),
        ...ofDisk(one),
        ...ofBuild(one),
        ...ofVariables(one.envVars ?? []),
        ...ofPort(one, asked.has(one.name)),
        ...ofReferences(blueprint, one),
      ]),
    ),
    ...databases.flatMap((one) => owned(one.name, ofDatabase(one))),
    ...envVarGroups.flatMap(({ name, envVars }) =>
      owned(name, [
        ...ofVariables(envVars),
        ...envVars.flatMap(({ key, fromGroup, value: text, generateValue }) =>
          text === undefined && generateValue === undefined
            ? [`envVars.${key ?? fromGroup}: a group takes value and generateValue alone`]
            : [],
        ),
      ]),
    ),
    ...twice([...services, ...databases].map(({ name }) => name)),
    ...ofRegions(blueprint),
  ];
}
