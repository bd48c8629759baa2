import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { WAVES, waveOf } from './annotations';
import type { Component } from './component';
import { labelsOf } from './labels';
import type { Site } from './site';
import type { System } from './system';

/** How ingress-nginx and those who read its annotations are told what a site needs. They know no other way; snippets are never used. */
function annotationsOf(site: Site, issuer: string | undefined): Record<string, string> {
  const nginx: Record<string, string> = {
    'ssl-redirect': String(issuer !== undefined),
    'proxy-body-size': `${site.body.toMebibytes()}m`,
    // The default of ingress-nginx; Traefik, where it is not said, lets bodies of any size pass.
    'proxy-request-buffering': 'on',
  };
  if (site.stream !== undefined) {
    const seconds = String(site.stream.toSeconds());
    // Server-sent events: no buffer holds them back, and silence does not end them.
    nginx['proxy-buffering'] = 'off';
    nginx['proxy-http-version'] = '1.1';
    nginx['proxy-read-timeout'] = seconds;
    nginx['proxy-send-timeout'] = seconds;
  }
  if (site.audience !== 'everyone') nginx['whitelist-source-range'] = site.audience.join(',');
  return {
    ...(issuer !== undefined && { 'cert-manager.io/cluster-issuer': issuer }),
    ...Object.fromEntries(Object.entries(nginx).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value])),
  };
}

/**
 * An Ingress for each site, since annotations hold for all of an Ingress: the audience of one must never be another's.
 *
 * `whitelist-source-range` sees clients only where the controller's Service has `externalTrafficPolicy: Local` (or PROXY
 * protocol). Source: ingress-nginx, Annotations.
 *
 * @throws when an exposed component is in another namespace than its site's other components, which an Ingress cannot reach
 */
export class IngressEdge extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly system: Pick<System, 'name' | 'components' | 'edge'>,
  ) {
    super(scope, id);
    const routes = system.components.flatMap((component) =>
      component.exposed.map((route) => ({ ...route, component })),
    );
    const sites = new Map(routes.map(({ site }) => [site.name, site]));
    for (const site of sites.values()) {
      const own = routes.filter((route) => route.site.name === site.name);
      this.ingress(
        site,
        own.sort((a, b) => b.path.length - a.path.length || a.path.localeCompare(b.path)),
      );
    }
  }

  private ingress(site: Site, routes: readonly { readonly path: string; readonly component: Component }[]) {
    const { issuer, class: ingressClassName } = this.system.edge;
    const [namespace, ...others] = new Set(routes.map(({ component }) => component.namespace));
    if (others.length > 0) {
      throw new Error(`site ${site.name} leads to namespaces ${[namespace, ...others].join(' and ')}, expected one`);
    }
    new k8s.KubeIngress(this, site.name, {
      metadata: {
        name: site.name,
        ...(namespace !== undefined && { namespace }),
        labels: labelsOf(this.system.name),
        annotations: { ...annotationsOf(site, issuer), ...waveOf(WAVES.edges) },
      },
      spec: {
        ingressClassName,
        ...(issuer !== undefined && { tls: [{ hosts: [site.host], secretName: site.certificate }] }),
        rules: [
          {
            host: site.host,
            http: {
              paths: routes.map(({ path, component }) => ({
                path,
                pathType: 'Prefix',
                backend: { service: { name: component.service.name, port: { number: component.service.port } } },
              })),
            },
          },
        ],
      },
    });
  }
}
