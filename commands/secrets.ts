// Prints what secrets an environment needs: `npm run secrets -- --env NAME [--system NAME] [--listing FILE|-]`.

import { readFileSync } from 'node:fs';
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { formatTable } from '../lib/base/table';
import { environmentNames } from '../lib/config/environment-folders';
import { type BuiltSystem, buildEnvironments, isSystem } from '../lib/pipeline/build';
import type { Io } from '../lib/pipeline/program';
import { Program } from '../lib/pipeline/program';
import { commandFor } from '../lib/pipeline/secret-commands';
import { type RemoteKey, type StoreNeeds, storeNeeds } from '../lib/pipeline/store-needs';
import type { BackupBucket } from './secrets/backup-buckets';
import { backupPlaces, type OtherRepository } from './secrets/backup-repositories';
import type { Provider } from './secrets/provider';
import { providerOf } from './secrets/providers';
import { scriptFor } from './secrets/script';
import { type KeyState, readStoreListing, type StoreListing, stateOf, stateOfKey } from './secrets/store-listing';

const HELP = `Prints what secrets an environment needs, what reads them and how to create them. It never handles values.

  npm run secrets -- --env prod                        keys, access policies, and a script that creates the keys
  npm run secrets -- --env prod --system salient       one system only
  npm run secrets -- --env prod --listing FILE         which keys a listing of the store lacks (- for standard input):
                                                       JSON of aws secretsmanager list-secrets, az keyvault secret list
                                                       or vault kv list, or lines 'key' and 'key:property'
  npm run secrets -- --env prod --oidc-provider URL    the issuer of the cluster's tokens, for --only trust
  npm run -s secrets -- --env prod --only create       one part only: keys, policy, trust, create, listing, or
                                                       backups: the policy of the backups' access key of S3, or
                                                       what has to exist for another repository
  npm run -s secrets -- --env prod --format json       for programs`;

/** The parts of each store. */
const PARTS = ['keys', 'policy', 'trust', 'create', 'listing'] as const;
/** The part of each system's backups. */
const BACKUPS = 'backups';
type Part = (typeof PARTS)[number] | typeof BACKUPS;

/** A store: what it needs, how to set it up, and what it has. */
interface StoreReport {
  readonly needs: StoreNeeds;
  readonly provider: Provider;
  readonly listing?: StoreListing;
}

/** One line of the table of keys: a value, or a key without values yet. */
interface SecretLine {
  readonly key: string;
  readonly property?: string;
  readonly about: string;
  readonly from: string;
  readonly readers: readonly string[];
  readonly state?: KeyState;
}

function linesOf(
  { key, needs }: RemoteKey,
  readers: readonly string[],
  listing: StoreListing | undefined,
): SecretLine[] {
  const state = (of: KeyState | undefined) => of !== undefined && { state: of };
  if (needs.length === 0) {
    const known = state(listing && stateOfKey({ key }, listing));
    return [{ key, about: 'a JSON object, {} until there is a first value', from: 'you', readers, ...known }];
  }
  return needs.map((need) => ({
    key,
    ...(need.property !== undefined && { property: need.property }),
    about: need.permanent ? `${need.about}; never replace it, and keep a copy elsewhere` : need.about,
    from: need.random ? 'random' : 'you',
    readers: need.readers.map(({ namespace, store, serviceAccount }) => `${namespace}/${store} as ${serviceAccount}`),
    ...state(listing && stateOf(need, listing)),
  }));
}

function listOf({ needs, listing }: StoreReport): SecretLine[] {
  const readers = needs.readers.map(
    ({ namespace, store, serviceAccount }) => `${namespace}/${store} as ${serviceAccount}`,
  );
  return needs.keys.flatMap((key) => linesOf(key, readers, listing));
}

function keysText(store: StoreReport): string {
  const lines = listOf(store);
  const judged = store.listing !== undefined;
  const rows = lines.map(({ key, property = '', about, from, readers, state = '' }) => [
    ...(judged ? [state] : []),
    key,
    property,
    about,
    from,
    readers.join(', '),
  ]);
  const heading = [...(judged ? ['STATE'] : []), 'KEY', 'PROPERTY', 'WHAT IT IS', 'FROM', 'READ BY'];
  const count = (state: KeyState) => lines.filter((line) => line.state === state).length;
  const unknown =
    count('not judged') > 0
      ? `; ${count('not judged')} not judged, since the listing has names only (--only listing prints a full one)`
      : '';
  return [
    `# ${store.provider.title}`,
    formatTable([heading, ...rows]),
    ...(judged ? [`${count('missing')} of ${lines.length} missing${unknown}`] : []),
  ].join('\n');
}

const TEXTS: { readonly [Name in (typeof PARTS)[number]]: (store: StoreReport) => string } = {
  keys: keysText,
  policy: ({ provider }) => provider.policy.text,
  trust: ({ provider }) => provider.trust.text,
  create: ({ needs, provider, listing }) => scriptFor(needs, provider, listing) ?? '# Nothing is missing.',
  listing: ({ provider }) => provider.listing,
};

/** The comment above each part where all of them are printed. */
const NOTES: { readonly [Name in (typeof PARTS)[number]]: (store: StoreReport) => string } = {
  keys: () => '',
  policy: ({ provider }) => provider.policy.note,
  trust: ({ provider }) => provider.trust.note,
  create: () =>
    '# A script that creates them: npm run -s secrets -- … --only create > create.sh; read it; bash create.sh',
  listing: () => '# A script that lists them for --listing, with their properties and without values.',
};

/** A store in the JSON output. */
function storeData(store: StoreReport) {
  const { needs, provider, listing } = store;
  return {
    store: needs.store,
    keys: listOf(store),
    policy: provider.policy.document ?? provider.policy.text,
    trust: provider.trust.document ?? provider.trust.text,
    create: scriptFor(needs, provider, listing) ?? null,
    listing: provider.listing,
  };
}

/** The Secrets of a system that come from no store. */
function secretsWithoutStore({
  folder,
  model: { secrets },
}: BuiltSystem): { folder: string; kind: string; commands: string[] }[] {
  const kinds = [...new Set(secrets.map(({ source }) => source.kind))].filter((kind) => kind !== 'external');
  return kinds.map((kind) => ({
    folder,
    kind,
    commands: kind === 'manual' ? secrets.filter(({ source }) => source.kind === kind).map(commandFor) : [],
  }));
}

/**
 * The text of a listing.
 *
 * @throws InputError when it cannot be read
 */
function textOf(file: string, io: Io): string {
  try {
    return file === '-' ? io.input() : readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    const message = `${file} ${why}, expected a file with a listing, or - for standard input`;
    throw new InputError([{ file: '--listing', message }]);
  }
}

/** The text output: all parts with their comments, or one part only, which is meant to be written to a file. */
function texts(
  stores: readonly StoreReport[],
  places: readonly (BackupBucket | OtherRepository)[],
  others: ReturnType<typeof secretsWithoutStore>,
  only: Part | undefined,
): string {
  const parts = PARTS.filter((part) => only === undefined || part === only);
  const sections = stores.flatMap((store) =>
    parts.map((part) => {
      const text = TEXTS[part](store);
      // An empty part is explained by its comment.
      const hasNote = only === undefined || text === '';
      return [...(hasNote ? [NOTES[part](store)] : []), text].filter(Boolean).join('\n');
    }),
  );
  const backups = places.map((place) => {
    if ('note' in place) return place.note;
    const { note, text } = place.policy;
    return only === undefined ? `${note}\n${text}` : text;
  });
  const rest = others.map(({ folder, kind, commands }) =>
    kind === 'manual'
      ? `# dist/${folder} needs these Secrets, created by hand:\n${commands.join('\n')}`
      : `# dist/${folder} needs none: it contains well-known development values.`,
  );
  return [...sections, ...(only === undefined || only === BACKUPS ? backups : []), ...rest].join('\n\n');
}

export default new Program({
  name: 'secrets',
  help: HELP,
  options: {
    env: { type: 'string' },
    system: { type: 'string' },
    listing: { type: 'string' },
    'oidc-provider': { type: 'string' },
    only: { type: 'string' },
    format: { type: 'string', default: 'text' },
  },
  required: ['env'],
  choices: {
    env: environmentNames,
    system: (root) => Object.keys(registry.in(root).systems),
    only: () => [...PARTS, BACKUPS],
    format: () => ['text', 'json'],
  },
  run: ({ env, system, listing: file, 'oidc-provider': issuer, only, format }, io) => {
    const built = buildEnvironments(registry, io.root, [env])
      .filter(isSystem)
      .filter((one) => system === undefined || one.system === system);
    const text = file === undefined ? undefined : textOf(file, io);
    const stores = storeNeeds(built.flatMap(({ model }) => model.secrets)).map((needs): StoreReport => {
      const provider = providerOf(needs, { issuer, environment: env });
      return { needs, provider, ...(text !== undefined && { listing: readStoreListing(text, file as string, needs) }) };
    });
    const others = built.flatMap(secretsWithoutStore);
    const places = backupPlaces(built);
    const backups = places.map((place) => ('policy' in place ? { ...place, policy: place.policy.document } : place));
    const data = { environment: env, stores: stores.map(storeData), backups, others };
    io.say(format === 'json' ? JSON.stringify(data, null, 2) : texts(stores, places, others, only as Part | undefined));
    return stores.flatMap(listOf).some(({ state }) => state === 'missing') ? 1 : 0;
  },
});
