import { AddressSet } from './cluster/address-set';
import type { Facts } from './cluster/facts';
import { routeRulesOf } from './cluster/route-rules';
import { type Exposure, exposuresOf } from './cluster/routes';
import type { Violation } from './cluster/violation';
import type { DeclaredRoute } from './intent';

function showAudience(audience: Exposure['audience']): string {
  return audience === 'everyone' ? 'everyone' : audience.join(', ');
}

function sameAudience(a: Exposure['audience'], b: Exposure['audience']): boolean {
  if (a === 'everyone' || b === 'everyone') return a === b;
  const [left, right] = [a, b].map((cidrs) => AddressSet.of(cidrs.map((cidr) => ({ cidr })))) as [
    AddressSet,
    AddressSet,
  ];
  return left.minus(right).isEmpty && right.minus(left).isEmpty;
}

/** Compares the ways from outside with the declared ones: nothing missing, nothing extra, for the same audience. */
export function routeViolations(facts: Facts, declared: readonly DeclaredRoute[], rule: string): Violation[] {
  const wanted = new Map(declared.map((route) => [`${route.host}${route.path}`, route]));
  const found = new Set<string>();
  const violations = exposuresOf(facts).flatMap((exposure): Violation[] => {
    const { object, path, what, audience, workloads } = exposure;
    const told = (message: string) => [{ rule, object, path, message }];
    const who = [...workloads, ...(exposure.beside ?? [])].join(' and ') || 'no pod';
    const route = wanted.get(what);
    if (!route) return told(`${what} leads ${showAudience(audience)} to ${who}, which is not declared`);
    if (!exposure.narrowed) found.add(what);
    const to = `${route.to.namespace}/${route.to.name}`;
    return [
      ...(who === to ? [] : told(`${what} leads to ${who}, expected ${to}`)),
      ...(exposure.class === route.class
        ? []
        : told(`${what} is of class ${exposure.class ?? 'none'}, expected ${route.class}`)),
      ...(exposure.tls === route.tls
        ? []
        : told(`${what} is served ${exposure.tls ? 'by' : 'without'} TLS, expected the other`)),
      ...(exposure.exact ? told(`${what} leads there at this path alone, expected pathType Prefix`) : []),
      ...(sameAudience(audience, route.audience)
        ? []
        : told(`${what} lets in ${showAudience(audience)}, expected ${showAudience(route.audience)}`)),
      ...(exposure.words === undefined || exposure.words === (route.words ?? exposure.words)
        ? []
        : told(`${what} tells who may come in the words of ${exposure.words}, expected those of ${route.words}`)),
    ];
  });
  const strange = routeRulesOf(facts).flatMap((one) =>
    one.strange.map(
      (path): Violation => ({
        rule,
        object: one.object,
        path,
        message: 'may lead elsewhere or let in others, which cannot be told here; remove it',
      }),
    ),
  );
  const missing = declared.flatMap(({ host, path, to }): Violation[] => {
    const owner = facts.podOf(to)?.owner;
    if (found.has(`${host}${path}`) || owner === undefined) return [];
    return [
      { rule, object: owner, path: 'spec', message: `nothing leads from ${host}${path} to it, which is declared` },
    ];
  });
  return [...violations, ...strange, ...missing];
}
