import { z } from 'zod';
import { singleAddress } from './address-fields';

// The message of each check says what was *expected*; parse.ts adds what was given and where.

/** What an editor shows for a value that does not fit. Source: code.visualstudio.com, JSON editing, JSON schemas. */
const says = (expected: string) => ({ patternErrorMessage: expected });

/**
 * Text of a pattern.
 *
 * @param expected the message for any other value
 * @param longest the most characters. @default 253
 */
export function text(pattern: RegExp, expected: string, longest = 253) {
  // Editors show patternErrorMessage in place of the pattern, and docs/settings says it.
  return z.string({ error: expected }).max(longest, expected).regex(pattern, expected).meta(says(expected));
}

/** A key that a file must not have, with what to write instead: "no queue, which is no part here: …". */
export const notHere = (instead: string) => z.never(instead).optional().describe(`Expected ${instead}`);

type Rule<T> = [
  (value: T) => boolean,
  { path: string[]; message: string; when: (payload: { value: unknown }) => boolean },
];

/** The arguments of `refine` for a rule over several fields of a mapping. It is checked even if one of the fields is invalid. */
export function rule<T>(path: string, expected: string, holds: (value: T) => boolean): Rule<T> {
  return [
    holds,
    { path: [path], message: expected, when: ({ value }) => value instanceof Object && !Array.isArray(value) },
  ];
}

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';

/** The name of a Kubernetes object that is a DNS label. Source: RFC 1123. */
export const name = text(new RegExp(`^${LABEL}$`), 'a name of at most 63 lower-case letters, digits and dashes');

const LABEL_NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';

/** A label key. Source: kubernetes.io, Labels and Selectors. */
export const labelKey = text(
  new RegExp(`^(${LABEL}(\\.${LABEL})*/)?${LABEL_NAME}$`),
  'a label such as app or example.com/app',
);
/** A label value, which may be empty. Source: kubernetes.io, Labels and Selectors. */
export const labelValue = text(
  new RegExp(`^(${LABEL_NAME})?$`),
  'a label value of at most 63 letters, digits, dashes, dots and underscores',
);

const HOST = `${LABEL}(\\.${LABEL})*\\.(?=[-a-z0-9]*[a-z])${LABEL}`;

/** A fully qualified host name, without scheme, port or wildcard. IP addresses are refused. Source: RFC 1123. */
export const host = text(
  new RegExp(`^${HOST}$`),
  'a lower-case host name such as api.example.com, without https:// or a port',
);

const SERVER = 'a host name or address such as db.example.com, without a port';
/** The host name or IPv4 address of a server. */
export const server = text(new RegExp(`^(${HOST}|(\\d{1,3}\\.){3}\\d{1,3})$`), SERVER).refine(
  (given) => URL.canParse(`https://${given}`), // 10.0.0.256 is none
  SERVER,
);

const NAMES = 'a list of names, each once';
/** A list of distinct names. */
export const names = z.array(name, { error: NAMES }).refine((all) => new Set(all).size === all.length, NAMES);

/** An integer between two bounds, both included. */
export function count(least: number, most: number, tooFew = `a whole number from ${least} to ${most}`) {
  const expected = `a whole number from ${least} to ${most}`;
  return z.int({ error: expected }).min(least, tooFew).max(most, expected);
}

/** A TCP or UDP port. */
export const port = count(1, 65535);

/** An https URL without credentials and query. */
export function httpsUrl(example: string) {
  const form = `an address such as ${example}`;
  return text(new RegExp(`^https://${HOST}(:\\d{1,5})?(/[\\w./-]*)?$`), form).refine(
    (given) => URL.canParse(given), // a port above 65535 is none
    form,
  );
}

/** A GUID, as cloud providers use for ids. */
export const guid = z.guid('an id such as 11111111-2222-3333-4444-555555555555');

const CPU = /^(\d+m|\d+(\.\d{1,3})?)$/;
const MEMORY = /^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/;
const FACTORS: Record<string, number> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

function amount(quantity: string): number {
  const unit = quantity.replace(/^[\d.]+/, '');
  return Number.parseFloat(quantity) * (FACTORS[unit] ?? 1);
}

/** The request and the limit of a resource of a container, as Kubernetes quantities. */
export interface ResourceRange {
  readonly request: string;
  readonly limit: string;
}

/** "200m..500m": request and limit. A single quantity is both. Numbers without a unit are allowed if the pattern allows them. */
function range(quantity: RegExp, least: number, most: number, expected: string) {
  return z
    .union([z.string(), z.number()], { error: expected })
    .transform(String)
    .check((context) => {
      const [request = '', limit = request, ...rest] = context.value.split('..');
      const valid = [request, limit].every(
        (part) => quantity.test(part) && amount(part) >= least && amount(part) <= most,
      );
      if (!valid || rest.length > 0) {
        context.issues.push({ code: 'custom', message: expected, input: context.value });
      } else if (amount(request) > amount(limit)) {
        context.issues.push({ code: 'custom', message: 'a request that is not above its limit', input: context.value });
      }
    })
    .transform((given): ResourceRange => {
      const [request = '', limit = request] = given.split('..');
      return { request, limit };
    })
    .meta(says(expected));
}

/** CPU as `request..limit`, in cores or thousandths. Source: kubernetes.io, Resource units. */
export const cpu = range(
  CPU,
  0.001,
  256,
  'CPU as request..limit in cores or thousandths, such as 200m..500m or 1 (at most 256)',
).describe('The CPU of each pod: request and limit');

/** Memory as `request..limit`, in bytes. Source: kubernetes.io, Resource units. */
export const memory = range(
  MEMORY,
  4 * 2 ** 20,
  4 * 2 ** 40,
  'memory as request..limit, such as 256Mi..512Mi (Mi is 2^20 bytes, M is 10^6; at least 4Mi)',
).describe('The memory of each pod: request and limit');

/** The size of a volume. */
export const storage = z
  .string({ error: 'a size such as 10Gi' })
  .refine((value) => MEMORY.test(value) && amount(value) > 0, 'a size such as 10Gi')
  .meta(says('a size such as 10Gi'))
  .describe('The size of the volume');

/** A duration such as "15m", "1h" or "30s", as Go writes it. */
export const duration = text(/^[1-9]\d{0,3}[smh]$/, 'a duration such as 30s, 15m or 1h');

const SECONDS = { s: 1, m: 60, h: 3600 };

/** A duration, in seconds. */
export const seconds = duration.transform(
  (text) => Number.parseInt(text, 10) * SECONDS[text.at(-1) as keyof typeof SECONDS],
);

/** The latency of a response, in seconds. */
export const latency = text(/^[1-9]\d{0,4}(ms|s)$/, 'a duration such as 200ms or 5s').transform((value) =>
  value.endsWith('ms') ? Number.parseInt(value, 10) / 1000 : Number.parseInt(value, 10),
);

const PART = '[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\\d{1,5})?/)?${PART}(/${PART})*$`);
/**
 * The fields of a container image: the repository in `image`, a `tag` and an optional `digest`.
 *
 * @param mutable whether mutable tags such as `latest` are allowed: only in a developer's cluster
 */
export function image(mutable: boolean) {
  return {
    image: text(REPOSITORY, 'a repository such as ghcr.io/yourorg/app; the tag has a field of its own').describe(
      'The repository of the image',
    ),
    tag: text(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 'a tag such as v1.2.3 (one that looks like a number in quotes)')
      .refine(
        // A tag without a digit names no version: latest, main, stable, prod.
        (tag) => mutable || /\d/.test(tag),
        'an immutable tag such as v1.2.3 (mutable tags such as latest only in dev)',
      )
      .describe('Its version'),
    digest: text(/^sha256:[0-9a-f]{64}$/, 'a digest: sha256: and 64 hexadecimal digits')
      .optional()
      .describe('Its digest: nodes then pull exactly this image, whatever the tag points to'),
  };
}

/** The fields of a container image, with a default image. */
export function imageWithDefault(mutable: boolean, known: { readonly image: string; readonly tag: string }) {
  const { image: repository, tag, digest } = image(mutable);
  return { image: repository.default(known.image), tag: tag.default(known.tag), digest };
}

/** The pull secrets of private registries. */
export const imagePullSecrets = names
  .default([])
  .describe('The pull secrets of private registries; they exist in the namespaces already');

/** The DNS resolvers of pods, beside the cluster's own DNS pods. */
export const dns = z
  .strictObject({
    nodeLocal: z
      .array(singleAddress)
      .default(['169.254.20.10/32'])
      .describe("Addresses of DNS caches on the nodes, beside the cluster's own DNS pods"),
  })
  .prefault({})
  .describe('The DNS resolvers of pods');
