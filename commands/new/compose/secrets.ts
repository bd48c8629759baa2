import { missingIn } from './interpolation';

const WORDS = [
  'PASSWORD',
  'PASSWD',
  'PASSPHRASE',
  'PASS',
  'PWD',
  'SECRET',
  'SECRETS',
  'TOKEN',
  'KEY',
  'APIKEY',
  'CREDENTIALS',
  'SALT',
];
/** What follows such a word in the name of something that is no secret. */
const ABOUT =
  /(_|^)(URL|URI|HOST|FILE|PATH|DIR|NAME|PREFIX|TYPE|HEADER|ISSUER|AUDIENCE|ALGORITHM|ALG|LENGTH|ENABLED|TTL|EXPIR\w*|LIFETIME|MINUTES|SECONDS|HOURS|DAYS|IN|AGE|REGION|POLICY|FORMAT)$/;
const PLAIN = /^(true|false|yes|no|on|off|\d{1,4})$/i;

/** The words of a name: `SECRET_KEY`, `apiKey`, `Jwt__SecretKey`. */
function wordsIn(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/_+/);
}

/** Whether a variable has a secret, by its name. */
export function isSecretName(name: string, value: string | undefined): boolean {
  const words = wordsIn(name);
  return (
    words.some((word) => WORDS.includes(word)) &&
    !words.includes('PUBLIC') &&
    !ABOUT.test(words.join('_')) &&
    !PLAIN.test(value ?? '')
  );
}

const URL_PASSWORD = /(:\/\/[^/\s:@]*:)([^/\s@]+)(?=@)/g;
const KEYWORD_PASSWORD =
  /((?:^|[;&?\s"'{,.-])(?:password|passwd|pwd|secret|token|api[-_]?key)["']?\s*[=:]\s*["']?)(?!\$)([^;&\s"',}]+)/gi;
/** `redis-server --requirepass secret`. */
const ARGUMENT_PASSWORD = /(--?(?:password|passwd|pass|requirepass|token|secret|api-?key)\s+["']?)(?!\$)([^\s"']+)/gi;
/** `mysqladmin -psecret`, but not `-p$PASSWORD`. */
const SHORT_PASSWORD = /(\b(?:mysql|mariadb)[\w-]*\s(?:.*\s)?-p)(?!\$)([^\s"'$]+)/g;

const PASSWORDS = [URL_PASSWORD, KEYWORD_PASSWORD, ARGUMENT_PASSWORD, SHORT_PASSWORD];

/** Whether a password is a part of a text. */
export function hasPassword(text: string): boolean {
  return PASSWORDS.some((form) => new RegExp(form.source, form.flags.replace('g', '')).test(text));
}

/** A text with the password that secrets have in development, which is no secret. */
export function withKnownPassword(text: string): string {
  return PASSWORDS.reduce((all, form) => all.replace(form, '$1development'), text);
}

/** Whether a text looks like a key that a machine made: long, and of letters and digits without an order. */
export function looksRandom(text: string): boolean {
  if (!/^[A-Za-z0-9+=_-][A-Za-z0-9+/=_-]{19,}$/.test(text) || missingIn(text).length > 0) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length;
  const counts = [...new Set(text)].map((one) => text.split(one).length - 1);
  const entropy = counts.reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
  return /\d/.test(text) && kinds >= 2 && entropy > 3.3 && !/^[a-z]+([-_/][a-z0-9]+)+$/i.test(text);
}

const asPath = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** A secret of a service in the words of an application file. */
export interface SecretSetting {
  readonly remote: string;
  readonly about: string;
  readonly development?: string;
}

/** The secrets of an application. Variables that have one value in the compose file, such as the password of a server and of its client, are one secret. */
export class Secrets {
  private readonly known = new Map<string, SecretSetting>();

  /**
   * The secret of a variable.
   *
   * @param value only compared, never kept in a file. @default - that of the variable with this name
   * @param development the value on clusters of developers. @default - that of all secrets
   */
  of(service: string, variable: string, value: string | undefined, development?: string): SecretSetting {
    const own = { remote: `${service}/${asPath(variable)}`, about: `${variable} of ${service}` };
    if (development !== undefined) return { ...own, development };
    const key = `${wordsIn(variable)
      .filter((word) => WORDS.includes(word))
      .at(-1)}\0${value || variable}`;
    const found = this.known.get(key) ?? own;
    this.known.set(key, found);
    return found;
  }
}
