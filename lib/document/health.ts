import type { Component } from '../model/component';
import { portOfName } from '../model/port';
import { audienceOf, type Route } from '../model/site';
import { commandOf, type DocumentContext } from './context';

/** A request that shows whether a component serves. */
export interface HealthRequest {
  readonly component: Component;
  readonly url: string;
  /** Who may send it: all, or some addresses. */
  readonly limited: boolean;
}

/** Whether a path is a prefix of another one, by whole segments. */
function isBelow(path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}

/** The component that a path of a host leads to: that with the longest prefix. */
function ownerOf(components: readonly Component[], host: string, path: string): Component | undefined {
  const all = components.flatMap((component) => component.exposed.map((route) => ({ component, route })));
  return all
    .filter(({ route }) => route.site.host === host && isBelow(path, route.path))
    .sort((one, other) => other.route.path.length - one.route.path.length)[0]?.component;
}

/** A path as clients ask for it, so that the program is asked for its own path. Undefined where the edge does not lead there. */
function outsidePath({ path, strip }: Route, own: string): string | undefined {
  if (strip) return path === '/' ? own : `${path}${own === '/' ? '' : own}`;
  return isBelow(own, path) ? own : undefined;
}

/** The base of a system's URLs. */
export function urlOfHost({ model }: Pick<DocumentContext, 'model'>, host: string): string {
  return `${model.edge.issuer === undefined ? 'http' : 'https'}://${host}`;
}

/** The path of a component's readiness probe. Undefined where it is not asked by HTTP. */
export function healthPath({ containers: [own] }: Component): string | undefined {
  const health = own.probes?.health;
  return health !== undefined && 'http' in health ? health.http : undefined;
}

/** The health paths that clients reach through the edge, and the components whose path they do not reach. */
export function healthRequests(context: DocumentContext): {
  readonly outside: readonly HealthRequest[];
  readonly inside: readonly Component[];
} {
  const { components } = context.model;
  const asked = components.filter((one) => one.stage === 'workloads' && healthPath(one) !== undefined);
  const outside = asked.flatMap((component) => {
    const own = healthPath(component) as string;
    return component.exposed.flatMap((route): HealthRequest[] => {
      const path = outsidePath(route, own);
      const { host } = route.site;
      const audience = audienceOf(route);
      if (path === undefined || audience === 'nobody' || ownerOf(components, host, path) !== component) return [];
      return [{ component, url: `${urlOfHost(context, host)}${path}`, limited: audience !== 'everyone' }];
    });
  });
  return { outside, inside: asked.filter((one) => !outside.some(({ component }) => component === one)) };
}

/** The Service port of a component's main port. Undefined where no Service has it. */
export function servicePort(component: Component): number | undefined {
  return component.ports.length === 0 ? undefined : portOfName(component).service;
}

/** Whether no client trusts the certificates, since their issuer is for tests, such as Let's Encrypt's staging server. */
export function isUntrusted({ cluster, model }: Pick<DocumentContext, 'cluster' | 'model'>): boolean {
  const issuers = cluster.ofKind('ClusterIssuer').filter(({ metadata }) => metadata.name === model.edge.issuer);
  return issuers.some(({ spec }) => /staging/.test(spec?.acme?.server ?? ''));
}

/** The command that measures a load. @param insecure whether certificates are not looked at. @default - where no client trusts them */
export function loadCommand(
  context: Pick<DocumentContext, 'cluster' | 'environment' | 'model'>,
  insecure = isUntrusted(context),
): string {
  return `${commandOf(context, '-s load')} > load.js && k6 run ${insecure ? '--insecure-skip-tls-verify ' : ''}load.js`;
}

/** The command that asks a deployed system whether it works. `NAME` is the context of kubectl. */
export function smokeCommand(context: Pick<DocumentContext, 'environment' | 'model'>): string {
  return `${commandOf(context, 'smoke')} --context NAME`;
}
