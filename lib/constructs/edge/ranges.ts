import type { Audience } from '../../model/site';

/**
 * The ranges of an allowlist. For `nobody` it contains an address that no connection comes from, since Traefik and ingress-nginx treat an
 * empty list like none and admit everyone. Source: RFC 919, section 7, limited broadcast.
 */
export function rangesOf(audience: Exclude<Audience, 'everyone'>): string[] {
  return audience === 'nobody' ? ['255.255.255.255/32'] : [...audience];
}
