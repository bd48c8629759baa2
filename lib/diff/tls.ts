import type { Change } from '../manifests/change';
import type { Mark } from './mark';
import { textsOf } from './stores';

/** The TLS modes in a text: of URLs, connection strings of Npgsql, PgBouncer's settings and the table of servers. */
const MODES =
  /(?:\bssl(?:mode)?=|\bserver_tls_sslmode = |;SSL Mode=|\t)(disable|require|verify-full|VerifyFull)(?=[&;\s]|$)/gim;

const isVerified = (mode: string) => /^verify-?full$/i.test(mode);

const modesIn = (text: unknown) => [...String(text ?? '').matchAll(MODES)].map(([, mode = '']) => mode);

const certificatesIn = (text: unknown) =>
  new Set(String(text ?? '').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []);

/** A text that verified a server, and still connects to one without that. */
function loosened(key: string, before: unknown, after: unknown): string[] {
  const count = (text: unknown) => modesIn(text).filter((mode) => !isVerified(mode)).length;
  const weaker = modesIn(after).find((mode) => !isVerified(mode));
  return weaker === undefined || !modesIn(before).some(isVerified) || count(after) <= count(before)
    ? []
    : [`${key}: the certificate of the database server is no longer verified (${weaker} instead of verify-full)`];
}

/** A text with other certificates than before. */
function trusted(key: string, before: unknown, after: unknown): string[] {
  const [was, is] = [certificatesIn(before), certificatesIn(after)];
  const added = [...is].filter((one) => !was.has(one)).length;
  const removed = [...was].filter((one) => !is.has(one)).length;
  if (was.size === 0 || added === 0) return [];
  return [
    `${key} trusts ${added} other CA certificate${added === 1 ? '' : 's'}${removed === 0 ? '' : `, and ${removed} of before no longer: nothing connects until the server's certificate is of one that is left`}`,
  ];
}

/** Connections to databases that are verified less than before, or by other authorities. */
export function tlsMarks({ before, after }: Pick<Change, 'before' | 'after'>): Mark[] {
  const [was, is] = [textsOf(before), textsOf(after)];
  return Object.keys(is)
    .filter((key) => was[key] !== undefined && was[key] !== is[key])
    .flatMap((key) => [...loosened(key, was[key], is[key]), ...trusted(key, was[key], is[key])])
    .map((message) => ({ risk: 'accessWidened', message }));
}
