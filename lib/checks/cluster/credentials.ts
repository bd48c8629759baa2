import { memoize } from '../../base/memoize';
import { HINT, MARKED } from './credential-forms';

/** The password in postgres://user:password@host; starting at "://" keeps it linear. */
const URL_PASSWORD = /(?<=[a-z0-9]):\/\/[^\s:@/?#'"]{0,256}:([^\s@/'"]{1,512})@/gi;

/** Replaces substitutions: $(VAR), ${VAR} and {{ .TEMPLATE }}. */
const PLACEHOLDER = '\u{0}';
const SUBSTITUTION = /\{\{(?:(?!\{\{)[^}]|\}(?!\})){0,1024}\}\}|\$\([^)]{0,256}\)|\$\{[^}]{0,256}\}/g;

/** A text with a placeholder for each substitution. The test for a closing bracket keeps it linear. */
function withPlaceholders(text: string): string {
  return /[)}]/.test(text) ? text.replace(SUBSTITUTION, PLACEHOLDER) : text;
}

/** Schemes of references that an agent or operator resolves, and of files. */
const REFERENCE = /^(?:vault|op|arn|sm|gcp-sm|awssm|awsps|azurekeyvault|secretref|env|file|ref\+[a-z0-9]+):/i;

const NOTHING = /^(?:true|false|yes|no|on|off|null|none|nil|undefined|enabled|disabled|required|optional)$/i;
const NUMBER = /^[+-]?\d+(?:[._]\d+)*\s?(?:ns|us|ms|s|m|h|d|w|y|[kmg]i?b?)?$/i;

/** A value that is one substitution: $VAR, $__file{path}, %VAR%, %(VAR)s, <description>. Scripts may append `)` or `;`. */
const WHOLE_SUBSTITUTION =
  /^(?:\$(?:[A-Za-z_]\w*|__[a-z]+\{[^{}]*\}|[\d@*#?!$-])[)}\];,]{0,4}|%(?:[A-Za-z_]\w*%|\([^()]*\)s|[sdrqv])|<[^<>]*>)$/;

/** Whether a value consists of substitutions, punctuation and the scheme of a header. */
const isSubstituted = (value: string): boolean =>
  value.includes(PLACEHOLDER) && !/[A-Za-z0-9]/.test(value.replace(/^(?:bearer|basic|token)\s/i, ''));

/** Whether a value is not a credential although its name suggests one: empty, a switch, a number, a path, a reference. */
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
/** Matched only as the last word of a name, since "pass" also means a run over data, or access. */
const PASS =
  /^(?:|PG|DB|SQL|MYSQL|REDIS|MONGO|SMTP|MAIL|LDAP|FTP|SSH|ROOT|USER|ADMIN|RABBITMQ|AUTH|LOGIN|KEY)PASS\d{0,4}$/;
const NOT_A_PASSWORD = /^(?:FIRST|SECOND|ONE|TWO|SINGLE|MULTI|LAST|NEXT|BY|PROXY|HIGH|LOW|ALLOW)$/;
const SECRET_WORD = /(?:SECRET|TOKEN|CREDENTIAL|APIKEY)S?$/;
const KEYS = ['API', 'PRIVATE', 'ACCESS', 'ENCRYPTION', 'SIGNING', 'MASTER'];

/** Last words of names that describe a credential, such as its location, format or lifetime. */
const ABOUT = new Set(
  `FILE FILES FILENAME PATH PATHS DIR DIRECTORY FOLDER MOUNT NAME NAMES NAMESPACE REF REFS URL URI URLS ENDPOINT HOST PORT ADDRESS
  ISSUER AUDIENCE TYPE KIND ALGORITHM ALG TTL AGE LIFETIME DURATION INTERVAL TIMEOUT MS SECONDS MINUTES HOURS DAYS WEEKS LENGTH
  SIZE MIN MAX LIMIT COUNT POLICY MODE ENABLED DISABLED REQUIRED HEADER PREFIX SUFFIX FORMAT FIELD PROVIDER STORE BACKEND MANAGER
  ENGINE VERSION REVISION ROTATION REGION USER USERNAME CLASS SCOPE SCOPES STRATEGY METHOD LOCATION SOURCE CLAIM COOKIE HASHER
  PATTERN REGEX ENCRYPTION ENCODING ENCODER HASHING CHARS VALIDATOR VALIDATORS STORAGE CACHE SERVICE SERVER DRIVER HELPER PROMPT HINT
  LABEL DESCRIPTION RULES REALM STRENGTH REVIEW REVIEWS REQUEST REQUESTS RESPONSE CHECKSUM SHA256`.split(/\s+/),
);

const isPass = (words: readonly string[]): boolean =>
  PASS.test(words.at(-1) ?? '') && !NOT_A_PASSWORD.test(words.at(-2) ?? '');

/** The type of credential that a name suggests. */
function credentialTypeOf(name: string): string | undefined {
  const words = splitName(name);
  const last = words.at(-1) ?? '';
  if (ABOUT.has(last) || words.some((word) => word.startsWith('EXPIR'))) return undefined;
  // The ID of an API key is public; the SecretID of Vault is secret.
  if (last === 'ID' && words.at(-2) !== 'SECRET') return undefined;
  if (words.some((word) => PASSWORD.test(word)) || isPass(words)) return 'a password';
  if (words.some((word) => SECRET_WORD.test(word))) return 'a credential';
  return words.some((word, index) => /^KEYS?$/.test(word) && KEYS.includes(words[index - 1] ?? ''))
    ? 'a key'
    : undefined;
}

/** Whether a number of at least four digits is a password: its name ends in a word for a password and is not a minimum or maximum. */
function isNumericPassword(name: string, value: string): boolean {
  if (!/^\d{4,}$/.test(value)) return false;
  const words = splitName(name);
  return (PASSWORD.test(words.at(-1) ?? '') || isPass(words)) && !words.some((word) => /^M(?:IN|AX)$/.test(word));
}

/** Names of variables that hold the name of a Secret: of a certificate, a registry, a password. `AUTH_SECRET` and `JWT_SECRET` are secrets. */
const OF_SECRET =
  /(?:tls|ssl|ssh|ssh[-_.]?key|ca|certs?|certificate|pull|registry|existing|kube|k8s|passwd|password)[-_.]?secrets?$/i;
const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const NAME_OF_SECRET =
  /^[a-z][a-z0-9.-]*-(?:tls|secrets?|certs?|certificate|credentials?|creds|tokens?|keys?|config|auth|ca|pull|login)$/;

/** Whether a value is the name of a Secret, as in `TLS_SECRET: shop-tls`, or of a key in it, as in `PASSWORD_KEY: db-password`. */
function isNameOfSecret(name: string, value: string): boolean {
  const [before, last = ''] = splitName(name).slice(-2);
  if (last === 'KEY' && before === 'PASSWORD') return /^[a-z]+(?:[-_.][a-z]+)*$/.test(value);
  return /SECRETS?$/.test(last) && (OF_SECRET.test(name) ? NAME : NAME_OF_SECRET).test(value);
}

/** A fast first test for names of credentials. */
const CREDENTIAL_NAME = /pass|secret|token|credential|key|pwd|masterauth/i;

/** The credential that a value is by its name, or undefined. Texts of several lines are files and never match. */
export function namedCredential(name: string, value: string): string | undefined {
  if (!CREDENTIAL_NAME.test(name) || value.trim().includes('\n')) return undefined;
  const promise = credentialTypeOf(name);
  if (promise === undefined || isNameOfSecret(name, value.trim())) return undefined;
  return isNumericPassword(name, value.trim()) || !isHarmless(withPlaceholders(value.trim()))
    ? `${promise}, by its name`
    : undefined;
}

/** The credential that a value contains by its form, or undefined. */
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
/** `password: xyz` as a line of YAML. Unquoted values with spaces are prose and do not match. */
const LINE =
  /^[ \t]{0,64}(?:-[ \t]{1,8})?["']?([A-Za-z_][\w.-]{0,127})["']?[ \t]{0,8}:[ \t]{1,8}("[^"\n]*"|'[^'\n]*'|[^\s"'#]+)[ \t]{0,64},?[ \t]{0,64}(?:#.*)?$/gm;
/** `"password": "xyz"` anywhere. */
const MEMBER = /"([A-Za-z_][\w.-]{0,127})"\s{0,8}:\s{0,8}("[^"\n]*")/g;

/** An expression of a program, not a literal: `get_token()`, `args.token`, `environ["TOKEN"]`. */
const EXPRESSION = /[([]|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;

const unquoted = (value: string): string => (/^(["']).*\1$/s.test(value) ? value.slice(1, -1) : value);

/** Whether a program assigns an expression, not a literal. */
const isExpression = (name: string, value: string): boolean =>
  unquoted(value) === value && (EXPRESSION.test(value) || value === name);

/** The first credential with a name in a text such as a configuration file, script, connection string or JSON document. */
export const embeddedCredential = memoize((text): string | undefined => {
  if (!CREDENTIAL_NAME.test(text)) return undefined;
  // Substitutions are replaced first, since they may contain spaces and quotes.
  const plain = withPlaceholders(text);
  for (const form of [ASSIGNED, LINE, MEMBER]) {
    for (const [, name = '', value = ''] of plain.matchAll(form)) {
      const found = isExpression(name, value) ? undefined : namedCredential(name, unquoted(value));
      if (found !== undefined) return `${found} (${name})`;
    }
  }
  return undefined;
});

/** Whether a line of a .properties file is a text of the user interface: `login.password=Your password`. */
function isText(line: string): boolean {
  const [, ...rest] = line.split(/[=:]/);
  const [value = ''] = rest;
  return rest.length === 1 && /^[^"'#]*[^\s"'#]\s+[^\s"'#]/.test(value.trim());
}

const withoutText = (file: string): string => file.replace(/^.*$/gm, (line) => (isText(line) ? '' : line));

/** Removes empty assignments of a script: `password= user=$1` assigns nothing to password. */
const withoutEmpty = (script: string): string =>
  !/=\s/.test(script) ? script : script.replace(/(?<![^\s;])\w{1,64}=(?=\s)/g, '');

/** The credential in a named value, by form, name or content, or undefined. The result never contains the value. */
export function credentialIn(name: string, value: unknown): string | undefined {
  if (typeof value === 'number') return namedCredential(name, String(value));
  if (typeof value !== 'string') return undefined;
  const isScript = name.endsWith('.sh');
  const file = name.endsWith('.properties') ? withoutText(value) : isScript ? withoutEmpty(value) : value;
  return markedCredential(value) ?? namedCredential(name, value) ?? embeddedCredential(file);
}

/** The credential in a request header, or undefined. An Authorization header is a credential unless it is a substitution. */
export function headerCredential(name: unknown, value: unknown): string | undefined {
  if (typeof name !== 'string' || typeof value !== 'string') return undefined;
  const found = markedCredential(`${name}: ${value}`) ?? credentialIn(name, value);
  const isHeld = /^(?:proxy-)?authorization$/i.test(name) && !isHarmless(withPlaceholders(value.trim()));
  return found ?? (isHeld ? 'a credential, by its name' : undefined);
}

/** The credential in base64 data by its form, or undefined. */
export const binaryCredential = (value: unknown): string | undefined =>
  typeof value === 'string' ? markedCredential(Buffer.from(value, 'base64').toString('latin1')) : undefined;

/** The words of an argument, which may be a shell script. Quotes are kept. */
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

/** The credentials in a command, with the indices of their arguments. */
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
    if (/^--?[A-Za-z][\w.-]*$/.test(word) && next !== undefined && !next.word.startsWith('-'))
      report(next.index, word, next.word);
  });
  return [...found].map(([index, what]) => ({ index, what })).sort((one, other) => one.index - other.index);
}
