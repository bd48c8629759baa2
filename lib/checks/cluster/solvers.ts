import { type Fields, listOf } from './pods';

/** How well a solver matches a host. Of two, the one with the larger first differing number is used. */
type Claim = readonly [names: number, zones: number, labels: number];

const textsOf = (value: Fields): string[] => listOf(value).filter((one) => typeof one === 'string');

/** The number of labels of the longest zone that contains a host. */
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
 * The solver of an ACME issuer for a host, as cert-manager selects it: by name, by the longest zone, by labels, else the first. Wildcards
 * need DNS-01. Source: cert-manager.io, ACME; RFC 8555, 7.1.3.
 *
 * @param labels the labels of the certificate
 * @returns undefined if no solver matches
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

/** The challenges and hosts of solvers, as text. */
export function showSolvers(solvers: Fields): string {
  const all = listOf(solvers).map(({ selector, http01 }) => {
    const hosts = [...textsOf(selector?.dnsNames), ...textsOf(selector?.dnsZones)];
    return `${http01 ? 'HTTP-01' : 'DNS-01'} for ${hosts.length > 0 ? hosts.join(', ') : 'all hosts'}`;
  });
  return all.join('; ') || 'none';
}
