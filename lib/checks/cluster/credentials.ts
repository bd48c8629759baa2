import { memoize } from '../../base/memoize';

/** Values that are credentials whatever they are called, by how their issuers mark them. */
const MARKED: readonly (readonly [what: string, form: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/],
  ['an AWS access key', /(?<![\w-])A(?:K|S)IA[0-9A-Z]{16}(?!\w)/],
  ['a GitHub token', /(?<![\w-])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22})/],
  ['a GitLab token', /(?<![\w-])glpat-[\w-]{20}/],
  ['an API key', /(?<![\w-])sk-(?:[a-z0-9]{1,12}-){0,3}\w{16}/],
  ['a Stripe key', /(?<![\w-])[sr]k_(?:live|test)_[A-Za-z0-9]{16}/],
  ['a Slack token', /(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10}/],
  ['a Slack webhook', /hooks\.slack\.com\/services\/T\w+\/B\w+\/\w{16}/],
  ['a Google API key', /(?<![\w-])AIza[\w-]{35}/],
  ['a JSON web token', /(?<![\w-])eyJ[\w-]{8,2048}\.eyJ[\w-]{8,8192}\./],
  ['a bearer token', /(?<![\w-])bearer\s{1,8}(?=[^\s\d]{0,64}\d)[\w.~+/-]{16}/i],
  ['a password', /(?<![\w-])authorization["']?:\s{0,8}["']?basic\s{1,8}[A-Za-z0-9+/]{8}/i],
];

/** What any of the forms above has somewhere: most values have none of it and are not looked at twelve times. */
const HINT = /-----BEGIN |A[KS]IA|gh[pousr]_|github_pat_|glpat-|sk-|[sr]k_|xox|slack|AIza|eyJ|bearer|basic/i;

/** The password in postgres://user:password@host; starting at "://" keeps it linear. */
const URL_PASSWORD = /(?<=[a-z0-9]):\/\/[^\s:@/?#'"]{0,256}:([^\s@/'"]{1,512})@/gi;

/** Stands for a value that is taken from elsewhere: $(VAR), ${VAR} or {{ .TEMPLATE }}. */
const PLACEHOLDER = '\u{0}';
const SUBSTITUTION = /\{\{(?:(?!\{\{)[^}]|\}(?!\})){0,1024}\}\}|\$\([^)]{0,256}\)|\$\{[^}]{0,256}\}/g;

/** A text in which all that is taken from elsewhere is one sign. Without a closing bracket there is nothing, and a long text is read once. */
function withPlaceholders(text: string): string {
  return /[)}]/.test(text) ? text.replace(SUBSTITUTION, PLACEHOLDER) : text;
}

/** Schemes of references that an agent or operator puts the secret in for, and of files. */
const REFERENCE = /^(?:vault|op|arn|sm|gcp-sm|awssm|awsps|azurekeyvault|secretref|env|file|ref\+[a-z0-9]+):/i;

const NOTHING = /^(?:true|false|yes|no|on|off|null|none|nil|undefined|enabled|disabled|required|optional)$/i;
const NUMBER = /^[+-]?\d+(?:[._]\d+)*\s?(?:ns|us|ms|s|m|h|d|w|y|[kmg]i?b?)?$/i;

/** What is taken from elsewhere as a whole: $VAR, $__file{path}, %VAR%, %(VAR)s, <what to put here>; `)` and `;` are of a script. */
const WHOLE_SUBSTITUTION =
  /^(?:\$(?:[A-Za-z_]\w*|__[a-z]+\{[^{}]*\}|[\d@*#?!$-])[)}\];,]{0,4}|%(?:[A-Za-z_]\w*%|\([^()]*\)s|[sdrqv])|<[^<>]*>)$/;

/** Whether nothing is written beside what is taken from elsewhere but marks and the scheme of a header. */
const isSubstituted = (value: string): boolean =>
  value.includes(PLACEHOLDER) && !/[A-Za-z0-9]/.test(value.replace(/^(?:bearer|basic|token)\s/i, ''));

/** Whether a value is no credential even where its name promises one: nothing, a switch, a number, a path, a reference. */
function isHarmless(value: string): boolean {
  return (
    value === '' ||
    isSubstituted(value) ||
    WHOLE_SUBSTITUTION.test(value) ||
    value.includes('`') ||
    NOTHING.test(value) ||
    NUMBER.test(value) ||
    /^[*•.x-]+$/i.test(value) ||
    /^(?:~|\.{1,2})?\/[^\s+=]*$/.test(value) ||
    REFERENCE.test(value) ||
    /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
  );
}

/** The words of a name: JWT and SECRET of JWT_SECRET, jwt-secret and jwtSecret. */
function splitName(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter(Boolean);
}

const PASSWORD = /(?:PASSWORD|PASSWD|PASSPHRASE)S?\d{0,4}$|^(?:PWD|REQUIREPASS|MASTERAUTH)$/;
/** As the last word alone: a pass may be one of several through some data, and be a way through. */
const PASS =
  /^(?:|PG|DB|SQL|MYSQL|REDIS|MONGO|SMTP|MAIL|LDAP|FTP|SSH|ROOT|USER|ADMIN|RABBITMQ|AUTH|LOGIN|KEY)PASS\d{0,4}$/;
const NOT_A_PASSWORD = /^(?:FIRST|SECOND|ONE|TWO|SINGLE|MULTI|LAST|NEXT|BY|PROXY|HIGH|LOW|ALLOW)$/;
const SECRET_WORD = /(?:SECRET|TOKEN|CREDENTIAL|APIKEY)S?$/;
const KEYS = ['API', 'PRIVATE', 'ACCESS', 'ENCRYPTION', 'SIGNING', 'MASTER'];

/** Last words that make a name one of something about the credential, such as its place, its form or its life. */
const ABOUT = new Set(
  `FILE FILES FILENAME PATH PATHS DIR DIRECTORY FOLDER MOUNT NAME NAMES NAMESPACE REF REFS URL URI URLS ENDPOINT HOST PORT ADDRESS
  ISSUER AUDIENCE TYPE KIND ALGORITHM ALG TTL AGE LIFETIME DURATION INTERVAL TIMEOUT MS SECONDS MINUTES HOURS DAYS WEEKS LENGTH
  SIZE MIN MAX LIMIT COUNT POLICY MODE ENABLED DISABLED REQUIRED HEADER PREFIX SUFFIX FORMAT FIELD PROVIDER STORE BACKEND MANAGER
  ENGINE VERSION REVISION ROTATION REGION USER USERNAME CLASS SCOPE SCOPES STRATEGY METHOD LOCATION SOURCE CLAIM COOKIE HASHER
  PATTERN REGEX ENCRYPTION ENCODING HASHING CHARS VALIDATOR VALIDATORS STORAGE CACHE SERVICE SERVER DRIVER HELPER PROMPT HINT
  LABEL DESCRIPTION RULES REALM STRENGTH REVIEW REVIEWS REQUEST REQUESTS RESPONSE CHECKSUM SHA256`.split(/\s+/),
);

const isPass = (words: readonly string[]): boolean =>
  PASS.test(words.at(-1) ?? '') && !NOT_A_PASSWORD.test(words.at(-2) ?? '');

/** What the name of a value promises: a password, say. */
function credentialTypeOf(name: string): string | undefined {
  const words = splitName(name);
  const last = words.at(-1) ?? '';
  if (ABOUT.has(last) || words.some((word) => word.startsWith('EXPIR'))) return undefined;
  // The ID of an API key is no secret, a SecretID of Vault is one.
  if (last === 'ID' && words.at(-2) !== 'SECRET') return undefined;
  if (words.some((word) => PASSWORD.test(word)) || isPass(words)) return 'a password';
  if (words.some((word) => SECRET_WORD.test(word))) return 'a credential';
  return words.some((word, index) => /^KEYS?$/.test(word) && KEYS.includes(words[index - 1] ?? ''))
    ? 'a key'
    : undefined;
}

/** Whether a number is a password: its name ends in one and sets no bound, and it is no switch or count. */
function isNumericPassword(name: string, value: string): boolean {
  if (!/^\d{4,}$/.test(value)) return false;
  const words = splitName(name);
  return (PASSWORD.test(words.at(-1) ?? '') || isPass(words)) && !words.some((word) => /^M(?:IN|AX)$/.test(word));
}

/** Names that may promise something, so that all others are not taken apart. */
const CREDENTIAL_NAME = /pass|secret|token|credential|key|pwd|masterauth/i;

/** What a value with a name is, judged by the name; a text of several lines is a file, whatever it is called. */
export function namedCredential(name: string, value: string): string | undefined {
  if (!CREDENTIAL_NAME.test(name) || value.trim().includes('\n')) return undefined;
  const promise = credentialTypeOf(name);
  if (promise === undefined) return undefined;
  return isNumericPassword(name, value.trim()) || !isHarmless(withPlaceholders(value.trim()))
    ? `${promise}, by its name`
    : undefined;
}

/** What a value holds, judged by its form alone. */
export function markedCredential(text: string): string | undefined {
  if (HINT.test(text)) {
    const marked = MARKED.find(([, form]) => form.test(text));
    if (marked) return marked[0];
  }
  if (!text.includes('://') || !text.includes('@')) return undefined;
  const urls = withPlaceholders(text).matchAll(URL_PASSWORD);
  return [...urls].some(([, password = '']) => !isHarmless(password) || NUMBER.test(password))
    ? 'a URL with a password'
    : undefined;
}

/** `password=xyz`, `?token=xyz`, `-Dtrust.password="xyz"` anywhere. */
const ASSIGNED =
  /(?<![^\s;,{&?"'(|])-{0,2}([A-Za-z_][\w.-]{0,127})["']?[ \t]{0,8}=(?!=)[ \t]{0,8}("[^"\n]*"|'[^'\n]*'|[^\s;,&"')|]+)/g;
/** `password: xyz` as a line of YAML; what has a space and no quotes is prose. */
const LINE =
  /^[ \t]{0,64}(?:-[ \t]{1,8})?["']?([A-Za-z_][\w.-]{0,127})["']?[ \t]{0,8}:[ \t]{1,8}("[^"\n]*"|'[^'\n]*'|[^\s"'#]+)[ \t]{0,64},?[ \t]{0,64}(?:#.*)?$/gm;
/** `"password": "xyz"` anywhere. */
const MEMBER = /"([A-Za-z_][\w.-]{0,127})"\s{0,8}:\s{0,8}("[^"\n]*")/g;

/** An expression of a program rather than a value: `get_token()`, `args.token`, `environ["TOKEN"]`. */
const EXPRESSION = /[([]|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;

const unquoted = (value: string): string => (/^(["']).*\1$/s.test(value) ? value.slice(1, -1) : value);

/** Whether what a program assigns is taken from elsewhere in the program. */
const isExpression = (name: string, value: string): boolean =>
  unquoted(value) === value && (EXPRESSION.test(value) || value === name);

/** The first credential that a text gives a name to: a configuration file, a script, a connection string, a document of JSON. */
export const embeddedCredential = memoize((text): string | undefined => {
  if (!CREDENTIAL_NAME.test(text)) return undefined;
  // What stands in for a taken value must not end at a space or quote within it.
  const plain = withPlaceholders(text);
  for (const form of [ASSIGNED, LINE, MEMBER]) {
    for (const [, name = '', value = ''] of plain.matchAll(form)) {
      const found = isExpression(name, value) ? undefined : namedCredential(name, unquoted(value));
      if (found !== undefined) return `${found} (${name})`;
    }
  }
  return undefined;
});

/** Whether a line of a .properties file is words for people: `login.password=Your password`. */
function isText(line: string): boolean {
  const [, ...rest] = line.split(/[=:]/);
  const [value = ''] = rest;
  return rest.length === 1 && /^[^"'#]*[^\s"'#]\s+[^\s"'#]/.test(value.trim());
}

const withoutText = (file: string): string => file.replace(/^.*$/gm, (line) => (isText(line) ? '' : line));

/** A shell takes no value after a space: `password= user=$1` assigns nothing to the first. */
const withoutEmpty = (script: string): string => script.replace(/(?<![^\s;])\w{1,64}=(?=\s)/g, '');

/** What a value with a name holds, by its form, its name or what it says; never the value. */
export function credentialIn(name: string, value: unknown): string | undefined {
  if (typeof value === 'number') return namedCredential(name, String(value));
  if (typeof value !== 'string') return undefined;
  const isScript = name.endsWith('.sh');
  const file = name.endsWith('.properties') ? withoutText(value) : isScript ? withoutEmpty(value) : value;
  return markedCredential(value) ?? namedCredential(name, value) ?? embeddedCredential(file);
}

/** What a header of a request gives away; one that authorizes is a credential unless it is taken from elsewhere. */
export function headerCredential(name: unknown, value: unknown): string | undefined {
  if (typeof name !== 'string' || typeof value !== 'string') return undefined;
  const found = markedCredential(`${name}: ${value}`) ?? credentialIn(name, value);
  const isHeld = /^(?:proxy-)?authorization$/i.test(name) && !isHarmless(withPlaceholders(value.trim()));
  return found ?? (isHeld ? 'a credential, by its name' : undefined);
}

/** What bytes in base64 hold, judged by its form alone. */
export const binaryCredential = (value: unknown): string | undefined =>
  typeof value === 'string' ? markedCredential(Buffer.from(value, 'base64').toString('latin1')) : undefined;

/** The words of an argument: one, or those of a shell's script, with their quotes. */
const splitArgument = (argument: string): string[] =>
  (argument.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []).map((word) => word.replace(/;{1,2}$/, ''));

/** Flags whose value is the name of a Secret: `--tls-secret=shop/tls`, `--image-pull-secret pull`. */
const SECRET_NAME_FLAG = /(?:tls|ssl|ca|cert|certificate|pull|existing)[-_.]?secrets?$/i;
const SECRET_NAME = /^[a-z0-9.-]+\/[a-z0-9.-]+$/;

function commandCredential(name: string, word: string, isScript: boolean): string | undefined {
  const value = unquoted(word);
  if (isScript && isExpression(name, word)) return undefined;
  if (SECRET_NAME_FLAG.test(name) || (/secrets?$/i.test(name) && SECRET_NAME.test(value))) return undefined;
  return namedCredential(name, value);
}

/** What the words of a command give away, with the index of the argument that does. */
export function credentialsInCommand(command: readonly unknown[]): { index: number; what: string }[] {
  const found = new Map<number, string>();
  const words = command.flatMap((argument, index) => {
    if (typeof argument !== 'string') return [];
    const marked = markedCredential(argument);
    if (marked !== undefined) found.set(index, marked);
    const isScript = /\s/.test(argument.trim());
    return splitArgument(withPlaceholders(argument)).map((word) => ({ index, word, isScript }));
  });
  words.forEach(({ index, word, isScript }, position) => {
    const report = (at: number, name: string, value: string) => {
      const what = found.has(at) ? undefined : commandCredential(name, value, isScript);
      if (what !== undefined) found.set(at, what);
    };
    // `--password=xyz`, `PGPASSWORD=xyz`, and both in `--from-literal=password=xyz`, with quotes around any part
    const [flag = '', name, ...rest] = unquoted(word).split('=');
    if (name !== undefined) {
      report(index, flag, [name, ...rest].join('='));
      if (rest.length > 0) report(index, name, rest.join('='));
      return;
    }
    const next = words[position + 1];
    if (/^--?[A-Za-z]/.test(word) && next !== undefined && !next.word.startsWith('-'))
      report(next.index, word, next.word);
  });
  return [...found].map(([index, what]) => ({ index, what })).sort((one, other) => one.index - other.index);
}
