import { type Component, type ComponentProps, component } from '../model/component';

/** The props that all deployments of a routed backend share. */
export type RoutedBackendProps = Pick<
  ComponentProps,
  | 'system'
  | 'namespace'
  | 'image'
  | 'ports'
  | 'probes'
  | 'shutdown'
  | 'env'
  | 'meanings'
  | 'connectsTo'
  | 'restartTriggers'
>;

/** The props of one router. `env` and `connectsTo` are added to the shared ones; `probes` and `shutdown` replace them. */
export type RouterProps = Pick<
  ComponentProps,
  'about' | 'from' | 'resources' | 'scale' | 'env' | 'connectsTo' | 'exposed' | 'shutdown' | 'metrics' | 'p95'
> &
  Partial<Pick<ComponentProps, 'probes'>>;

/** Describes the deployment of one router: `routed('chat', …)` is the component `chat-api`. */
export type RoutedBackend = (router: string, own: RouterProps) => Component;

/**
 * One backend image with a deployment per router: each serves only its own router (EXPOSED_ROUTERS), and has its own scale, secrets,
 * connections and routes. Source: the seed of Salient, "FastAPI Router Selection".
 *
 * @example
 * const routed = routedBackend({ system: 'shop', namespace, image, ports: { http: 8000 }, probes });
 * const chat = routed('chat', { resources, scale: { replicas: 2 }, exposed: [{ site, path: '/chat' }] });
 *
 * @returns a function that describes the deployment of one router: component `<router>-api`, Service `<router>-api-svc`
 */
export function routedBackend(shared: RoutedBackendProps): RoutedBackend {
  return (router, own) =>
    component({
      ...shared,
      ...own,
      name: `${router}-api`,
      service: `${router}-api-svc`,
      env: { EXPOSED_ROUTERS: router, ...shared.env, ...own.env },
      meanings: {
        EXPOSED_ROUTERS:
          'the routers that it serves, with commas between them; requests to others are answered with 404',
        ...shared.meanings,
      },
      connectsTo: [...(shared.connectsTo ?? []), ...(own.connectsTo ?? [])],
    });
}
