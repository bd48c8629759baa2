import { type Component, type ComponentProps, component } from '../model/component';

/** What all deployments of a routed backend share. */
export type RoutedBackendProps = Pick<
  ComponentProps,
  'system' | 'namespace' | 'image' | 'ports' | 'probes' | 'shutdown' | 'env' | 'connectsTo' | 'restartTriggers'
>;

/** What one router has of its own; `env` and `connectsTo` come on top of what is shared, `probes` and `stop` in its place. */
export type RouterProps = Pick<
  ComponentProps,
  'about' | 'from' | 'resources' | 'scale' | 'env' | 'connectsTo' | 'exposed' | 'shutdown' | 'metrics' | 'p95'
> &
  Partial<Pick<ComponentProps, 'probes'>>;

/** Defines the deployment of one router: `routed('chat', …)` is the component chat-api. */
export type RoutedBackend = (router: string, own: RouterProps) => Component;

/**
 * One image, as many deployments as there are routers: each exposes its router alone (EXPOSED_ROUTERS) and differs from the
 * others in scale, secrets, connections and audience, in nothing else. Source: the seed of Salient, "FastAPI Router Selection".
 *
 * @returns the function that defines one of them: component `<router>-api`, Service `<router>-api-svc`
 */
export function routedBackend(shared: RoutedBackendProps): RoutedBackend {
  return (router, own) =>
    component({
      ...shared,
      ...own,
      name: `${router}-api`,
      service: `${router}-api-svc`,
      env: { EXPOSED_ROUTERS: router, ...shared.env, ...own.env },
      connectsTo: [...(shared.connectsTo ?? []), ...(own.connectsTo ?? [])],
    });
}
