import type { Audience } from '../../model/site';

/**
 * The ranges of an allowlist. One for nobody has an address that no connection comes from, since an empty list is none to
 * Traefik and to ingress-nginx, which then let everyone in. Source: RFC 919, section 7, limited broadcast.
 */
export function rangesOf(audience: Exclude<Audience, 'everyone'>): string[] {
  return audience === 'nobody' ? ['255.255.255.255/32'] : [...audience];
}
