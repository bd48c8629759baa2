/** One year, in seconds. */
const YEAR = 31_536_000;

/**
 * What a site with `securityHeaders` answers with, whatever its components say: it is never framed, its types are what they are
 * called, and browsers come back by TLS only where there is TLS. Source: OWASP, HTTP Headers Cheat Sheet.
 */
export function securityHeaders(tls: boolean): Record<string, string> {
  return {
    ...(tls && { 'Strict-Transport-Security': `max-age=${YEAR}` }),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
  };
}
