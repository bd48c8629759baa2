import { z } from 'zod';
import { text } from '../../lib/config/fields';
import { DATABASE_PIECES, EXTERNAL_PIECES, OBJECT_PIECES, PART_NAMES, PART_PIECES } from './piece-names';

/** The name of a service, an external server, a host or a shared secret. */
export const serviceName = text(
  /^[a-z]([-a-z0-9]{0,36}[a-z0-9])?$/,
  'a name of at most 38 lower-case letters, digits and dashes that begins with a letter',
);

/** The name of a variable, or of a key of `config`. */
export const variable = text(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of letters, digits and underscores such as LOG_LEVEL');

/** The name of a port. Source: RFC 6335. */
export const portName = text(
  /^(?=[a-z0-9-]*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/,
  'a port name such as grpc: at most 15 lower-case letters, digits and dashes',
);

/** Why something is loosened. */
export const reason = text(/^[^\p{Cc}]+$/u, 'the reason, in a few words', 200);

/** A path of a request. */
export const urlPath = text(/^\/[\w./~-]*$/, 'a path such as /health', 1000);

/** An absolute path of a file or folder. */
export const filePath = text(/^\/[\w./@+-]*[\w@+-]$/, 'an absolute path such as /etc/app/settings.json', 1000);

const SHELL = /[|&;<>()$`\\"'*?\n]/;

/** A command as a list of arguments. One line is split at its blanks. */
export const command = z
  .union(
    [
      z.array(z.string({ error: 'text; write numbers in quotes' }).max(10_000)).min(1, 'at least one argument'),
      z.string().max(10_000),
    ],
    { error: 'a command: a list of arguments, or one line that is split at its blanks' },
  )
  .check(({ value, issues }) => {
    if (typeof value !== 'string') return;
    const message = SHELL.test(value)
      ? `a list such as [sh, -c, "${value.replaceAll('"', '\\"')}"], since this needs a shell`
      : value.trim() === ''
        ? 'a command, or nothing'
        : undefined;
    if (message !== undefined) issues.push({ code: 'custom', message, input: value });
  })
  .transform((value) => (typeof value === 'string' ? value.trim().split(/\s+/) : value));

/** The options that go with each form of a value, by the key of the form. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  url: ['system', 'path', 'port', 'scheme', 'connect'],
  address: ['system', 'port', 'take', 'connect'],
  public: ['path', 'scheme'],
  database: ['connect'],
  redis: ['connect'],
  queue: ['connect'],
  objectStorage: ['connect'],
  identity: ['connect'],
  workflow: ['connect'],
  external: ['connect'],
  text: ['from', 'connect'],
  config: [],
  secret: [],
  app: ['case'],
  own: [],
  pod: [],
  limit: [],
  unset: [],
};

const pieces = (all: readonly string[]) => `one of ${all.join(', ')}`;

const reference = z
  .strictObject({
    url: z.string().optional().describe('http://<service>:<port>, by the protocol of its port'),
    address: z.string().optional().describe('<service>:<port>'),
    public: z.string().optional().describe('The URL of a host as browsers see it'),
    database: z
      .string()
      .optional()
      .describe(`${pieces(DATABASE_PIECES)}; of several databases <name>.url`),
    redis: z.enum(PART_PIECES.redis).optional().describe('Of redis'),
    queue: z.enum(PART_PIECES.queue).optional().describe('Of queue'),
    objectStorage: z
      .string()
      .optional()
      .describe(`${pieces(OBJECT_PIECES)}; of several buckets <name>.bucket`),
    identity: z.enum(PART_PIECES.identity).optional().describe('Of identity'),
    workflow: z.enum(PART_PIECES.workflow).optional().describe('Of workflow'),
    external: z
      .string()
      .optional()
      .describe(`${pieces(EXTERNAL_PIECES)} of an entry of external: <name>.url`),
    text: z.string().optional().describe('Text with pieces of a part or an external server: {user}:{password}@{host}'),
    config: z.string().optional().describe('A key of config'),
    secret: z.string().optional().describe('A name of sharedSecrets'),
    app: z.enum(['name', 'environment', 'tier', 'logLevel', 'tag']).optional().describe('A fact of the application'),
    own: z.enum(['port']).optional().describe('Of the service itself'),
    pod: z.enum(['name', 'ip', 'node', 'namespace']).optional().describe('Of the pod'),
    limit: z.enum(['cpu', 'memory']).optional().describe('The limit of the container'),
    unset: z.literal(true).optional().describe('Takes a variable of a preset, of defaults or of the base away'),
    system: serviceName.optional().describe('The application of the service; this one when absent'),
    path: text(/^\/[\w./~-]*(\?[\w./~=&%:,+-]*)?$/, 'a path such as /v1, with or without a query', 1000)
      .optional()
      .describe('What follows the host'),
    port: z.string().optional().describe('The name of the port; the first one when absent'),
    scheme: text(/^[a-z][a-z0-9+.-]*$/, 'a scheme such as https, ws or mongodb')
      .optional()
      .describe('When absent, that of the port'),
    take: z.enum(['host', 'port']).optional().describe('Only this part of the address'),
    from: z
      .string()
      .optional()
      .describe(`database, objectStorage, ${PART_NAMES.join(', ')}, or a name of external`),
    case: z.enum(['title', 'upper']).optional().describe('How it is written: Production, or PRODUCTION'),
    connect: z.literal(false).optional().describe('The value is only handed on: it opens no connection'),
  })
  .check(({ value, issues }) => {
    const given = Object.keys(value);
    const forms = given.filter((key) => Object.hasOwn(FORMS, key));
    const [form] = forms;
    const allowed = form === undefined ? [] : [form, ...(FORMS[form] ?? [])];
    const extra = given.filter((key) => !allowed.includes(key));
    const message =
      form === undefined
        ? `text, or a reference: a mapping with one of ${Object.keys(FORMS).join(', ')}`
        : forms.length > 1
          ? `one reference, not ${forms.join(' and ')} at once`
          : extra.length > 0
            ? `${form} with none but ${allowed.slice(1).join(', ') || 'itself'}, not with ${extra.join(' and ')}`
            : undefined;
    if (message !== undefined) issues.push({ code: 'custom', message, input: value });
  });

/** The value of a variable: text, or a reference. */
export const value = z.union([z.string().max(100_000), reference], {
  error: 'text, or a reference such as { url: api }',
});

/** Variables by their names. */
export const environmentVariables = z.record(variable, value).default({});

/** A value of the secret store. */
export const secret = z.strictObject(
  {
    remote: text(/^[\w.-]+(\/[\w.-]+)*$/, 'its key in the store, such as smtp/password').describe(
      'Its key in the store, below the prefix of the application',
    ),
    property: text(/^[\w.-]+$/, 'the name of a property')
      .optional()
      .describe('Where the stored value is a JSON object'),
    about: text(
      /^[^\p{Cc}]+$/u,
      'a line such as password of the mail relay, for the person who stores it',
      200,
    ).describe('What it is'),
    random: z.boolean().default(false).describe('Whether it may be generated; otherwise another service issues it'),
    permanent: z.boolean().default(false).describe('Whether data cannot be read any more without it'),
    development: z.string().default('development').describe('The known value on clusters of developers'),
  },
  { error: 'a mapping such as { remote: smtp/password, about: password of the mail relay }' },
);

/** The content of a file: text, the text of a file beside this one, or a shared value. */
export const file = z
  .strictObject({
    text: z
      .string()
      .max(512 * 1024)
      .optional()
      .describe('Its content'),
    source: z.string().optional().describe('A file beside this one, by its relative path'),
    config: z.string().optional().describe('A key of config'),
    secret: z.string().optional().describe('A name of sharedSecrets'),
    beside: z.boolean().default(false).describe('Whether what the image has in the same folder stays'),
  })
  .check(({ value: { beside: _, ...one }, issues }) => {
    if (Object.values(one).filter((part) => part !== undefined).length !== 1)
      issues.push({ code: 'custom', message: 'one of text, source, config, secret', input: one });
  });

export type Value = z.output<typeof value>;
export type Reference = z.output<typeof reference>;
export type SecretSetting = z.output<typeof secret>;
export type FileSetting = z.output<typeof file>;
