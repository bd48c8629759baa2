import type { Kubectl } from '../../../commands/shared/kubectl';
import { openConnectionsOf } from '../../../lib/checks/cluster/reach';
import { controllerOf } from '../../../lib/constructs/edge/controller';
import type { ManifestObject } from '../../../lib/manifests/object';
import type { BuiltSystem } from '../../../lib/pipeline/build';
import { prerequisitesOf } from '../../../lib/pipeline/intent';
import type { Any } from '../../support';
import { podsOf, templateOf } from '../rollout';
import { type Destination, expectReach, type Source } from './probe';

/** The pods of a workload, Job or CronJob, by the name that `npm run reach` gives them. */
function podsWith(object: ManifestObject): Source | undefined {
  const labels = templateOf(object)?.metadata.labels;
  const namespace = object.metadata.namespace as string;
  return labels && { name: `${namespace}/${labels.component}`, namespace, labels };
}

const stranger = (namespace: string): Source => ({
  name: `any pod of ${namespace}`,
  namespace,
  labels: { probe: 'stranger' },
});

/** Every port of every workload, the resolver, and the API server. */
async function destinationsIn(kubectl: Kubectl, objects: readonly ManifestObject[]): Promise<Destination[]> {
  const destinations: Destination[] = [];
  for (const object of objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')) {
    const { name, namespace, labels } = podsWith(object) as Source;
    const [pod] = await podsOf(kubectl, namespace, labels);
    const ports = pod.spec.containers.flatMap((container: Any) => container.ports ?? []);
    for (const { containerPort } of ports) {
      destinations.push({ name, address: pod.status.podIP, port: containerPort });
    }
  }
  const [resolver] = await podsOf(kubectl, 'kube-system', { 'k8s-app': 'kube-dns' });
  const ofApiServer = ['-n', 'default', '-l', 'kubernetes.io/service-name=kubernetes'];
  const [{ endpoints, ports }] = await kubectl.get('endpointslices', ...ofApiServer);
  return [
    ...destinations,
    { name: 'kube-system/kube-dns', address: resolver.status.podIP, port: 53 },
    { name: 'the API server', address: endpoints[0].addresses[0], port: ports[0].port },
  ];
}

/**
 * Policies allow exactly the connections that `npm run reach` prints, between pods and to other destinations.
 *
 * @param more destinations outside the cluster, with the names that `npm run reach` gives them
 * @returns the measured connections, as `from -> to port`
 */
export async function expectDeclaredReach(
  kubectl: Kubectl,
  { objects, model }: BuiltSystem,
  image: string,
  more: readonly Destination[] = [],
): Promise<readonly string[]> {
  const workloads = objects.flatMap((object) => podsWith(object) ?? []);
  const controller = controllerOf(model);
  const sources: Source[] = [
    ...workloads,
    { ...controller, name: `${controller.namespace}/edge` },
    ...[...model.namespaces, 'default'].map(stranger),
  ];
  const destinations = [...(await destinationsIn(kubectl, objects)), ...more];
  const ways = openConnectionsOf(objects, prerequisitesOf(model));
  const declared = sources.flatMap(({ name: from }) =>
    destinations.flatMap(({ name: to, port }) => {
      const open = ways.some(
        (way) => way.from === from && way.to === to && way.port.split(', ').includes(`TCP ${port}`),
      );
      return open ? [`${from} -> ${to} ${port}`] : [];
    }),
  );
  // Policies of Berth do not affect other namespaces.
  const free = sources.filter(({ namespace }) => !model.namespaces.includes(namespace)).map(({ name }) => name);
  const outside = ['kube-system/kube-dns', 'the API server', ...more.map(({ name }) => name)];
  const unheld = (way: string) =>
    free.some((name) => outside.some((destination) => way.startsWith(`${name} -> ${destination} `)));
  expect(declared.length).toBeGreaterThan(workloads.length);
  await expectReach(kubectl, sources, destinations, image, (measured) => {
    expect(measured.filter((way) => !unheld(way))).toEqual(declared.sort());
  });
  return declared;
}
