/** One year, in seconds. */
const YEAR = 31_536_000;

/**
 * The response headers of a site with `securityHeaders`; they replace those of its components. HSTS is only set with TLS.
 * Source: OWASP, HTTP Headers Cheat Sheet.
 */
export function securityHeaders(tls: boolean): Record<string, string> {
  return {
    ...(tls && { 'Strict-Transport-Security': `max-age=${YEAR}` }),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
  };
}
