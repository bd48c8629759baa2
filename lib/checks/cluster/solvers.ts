import { type Fields, listOf } from './pods';

/** A solver's claim on a host: the larger of two wins, by its first number that differs. None where it has no claim. */
type Claim = readonly [names: number, zones: number, labels: number];

const textsOf = (value: Fields): string[] => listOf(value).filter((one) => typeof one === 'string');

/** How many labels the longest of the zones has that a host is in. */
function zoneLabels(zones: readonly string[], host: string): number {
  const own = zones
    .map((zone) => zone.toLowerCase().replace(/\.$/, ''))
    .filter((zone) => host === zone || host.endsWith(`.${zone}`));
  return Math.max(0, ...own.map((zone) => zone.split('.').length));
}

function claimOn(host: string, selector: Fields, labels: Fields): Claim | undefined {
  const names = textsOf(selector?.dnsNames);
  const zones = textsOf(selector?.dnsZones);
  const wanted = Object.entries(selector?.matchLabels ?? {});
  const named = names.length === 0 ? 0 : Number(names.includes(host));
  const zoned = zones.length === 0 ? 0 : zoneLabels(zones, host);
  if (names.length > 0 && named === 0) return undefined;
  if (zones.length > 0 && zoned === 0) return undefined;
  return wanted.every(([key, value]) => labels?.[key] === value) ? [named, zoned, wanted.length] : undefined;
}

function isLarger(one: Claim, other: Claim): boolean {
  const index = one.findIndex((value, at) => value !== other[at]);
  return index >= 0 && (one[index] as number) > (other[index] as number);
}

/**
 * The solver of an ACME issuer that answers for a host, as cert-manager picks it: by name, by the longest zone, by labels, and the first
 * of those that are alike. For a wildcard it is one of DNS-01. Source: cert-manager.io, ACME; RFC 8555, 7.1.3.
 *
 * @param labels of the certificate
 */
export function solverFor(host: string, solvers: Fields, labels: Fields): Fields | undefined {
  let best: { readonly solver: Fields; readonly claim: Claim } | undefined;
  for (const solver of listOf(solvers)) {
    const usable = host.startsWith('*.') ? solver.dns01 : (solver.dns01 ?? solver.http01);
    if (typeof usable !== 'object' || usable === null) continue;
    const claim = claimOn(host.toLowerCase(), solver.selector, labels);
    if (claim !== undefined && (best === undefined || isLarger(claim, best.claim))) best = { solver, claim };
  }
  return best?.solver;
}

/** What solvers answer for, as it is shown. */
export function showSolvers(solvers: Fields): string {
  const all = listOf(solvers).map(({ selector, http01 }) => {
    const hosts = [...textsOf(selector?.dnsNames), ...textsOf(selector?.dnsZones)];
    return `${http01 ? 'HTTP-01' : 'DNS-01'} for ${hosts.length > 0 ? hosts.join(', ') : 'all hosts'}`;
  });
  return all.join('; ') || 'none';
}
