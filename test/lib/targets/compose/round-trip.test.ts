import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bytesOf, quantityOf } from '../../../../lib/base/quantity';
import { openConnectionsOf } from '../../../../lib/checks/cluster/reach';
import { type Any, fixtureObjects, PROJECT } from '../../../support';

// What Kubernetes is told about each workload and Job, and what compose is told, have to be the same facts.

/** The compose files of the fixtures, by the folder of the same system in `dist/`. */
const FILES = Object.entries(
  parse(readFileSync(join(PROJECT, 'environments/compose.yaml'), 'utf8')) as Record<string, Record<string, Any>>,
).flatMap(([system, environments]) =>
  Object.entries(environments).map(([environment, options], index) => ({
    folder: `${environment}/${system}`,
    file: `dist/compose/${system}/${index === 0 ? '' : `${environment}/`}compose.yaml`,
    options,
  })),
);

/**
 * All differences: the services that compose has for itself; addresses, since there are no Services ({@link plain}); facts of a pod, which
 * compose has not; and what environments/compose.yaml says.
 */
const OWN_SERVICES = ['prepare', 'proxy', 'prometheus', 'grafana'];

/** A container of a pod with its workload. */
interface Found {
  readonly owner: Any;
  readonly pod: Any;
  readonly container: Any;
}

const POD_OWNERS = ['Deployment', 'StatefulSet', 'Job', 'CronJob'];

/** The containers of all pods, by the names that their services have. */
function containersOf(objects: readonly Any[]): Map<string, Found> {
  const owners = objects.filter(({ kind }) => POD_OWNERS.includes(kind));
  return new Map(
    owners.flatMap((owner) => {
      const { spec: pod, metadata } = (owner.spec.jobTemplate?.spec ?? owner.spec).template;
      const name = metadata.labels.component;
      const [main, ...others] = pod.containers;
      return [
        [name, { owner, pod, container: main }] as const,
        ...[...others, ...(pod.initContainers ?? [])].map(
          (container) => [`${name}-${container.name}`, { owner, pod, container }] as const,
        ),
      ];
    }),
  );
}

/** A text of Kubernetes with the addresses that compose has for the same Services. */
function plain(text: string, objects: readonly Any[]): string {
  const services = objects.filter(({ kind }) => kind === 'Service');
  return services.reduce((before: string, { metadata, spec }) => {
    const host = `${metadata.name}.${metadata.namespace}.svc.cluster.local`;
    const name = spec.selector.component;
    const target = containersOf(objects).get(name)?.container;
    const withPorts = spec.ports.reduce((one: string, { port, targetPort }: Any) => {
      const number =
        typeof targetPort === 'number'
          ? targetPort
          : target.ports.find((p: Any) => p.name === targetPort).containerPort;
      return one.replace(new RegExp(`${host}:${port}\\b`, 'g'), `${name}:${number}`);
    }, before);
    return withPorts.replaceAll(host, name);
  }, text);
}

/** The variables of a container as its program sees them in development; a Secret's value elsewhere is named, not known. */
function variablesOf({ container, owner }: Found, objects: readonly Any[]): Record<string, string> {
  const object = (kind: string, name: string) =>
    objects.find(
      (one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === owner.metadata.namespace,
    );
  const values = (container.env ?? []).flatMap(({ name, value, valueFrom }: Any): [string, string][] => {
    if (valueFrom?.fieldRef) return [];
    if (valueFrom?.resourceFieldRef) return [[name, 'its limit']];
    if (valueFrom?.configMapKeyRef)
      return [[name, object('ConfigMap', valueFrom.configMapKeyRef.name).data[valueFrom.configMapKeyRef.key]]];
    if (valueFrom?.secretKeyRef) {
      const secret = object('Secret', valueFrom.secretKeyRef.name);
      const data = secret?.data[valueFrom.secretKeyRef.key];
      return [[name, data === undefined ? 'a secret' : Buffer.from(data, 'base64').toString()]];
    }
    return [[name, value]];
  });
  return Object.fromEntries(values.map(([name, value]: [string, string]) => [name, plain(value, objects)]));
}

/** The variables of a service, with the public values of development where there are some. */
function environmentOf(service: Any, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(service.environment ?? {}).flatMap(([name, text]) => {
      if (own[name] !== undefined) return [];
      const isSecret = String(text).includes(':?');
      const value = String(text)
        .replace(/\$\{\w+:-([^}]*)\}/g, '$1')
        .replaceAll('$$', '$');
      return [[name, isSecret ? 'a secret' : value]];
    }),
  );
}

/** What a health check asks. */
function askedBy(test: readonly string[]): Any {
  const [, ...command] = test.map((word) => word.replaceAll('$$', '$'));
  if (command[1] === 'wget')
    return {
      http: new URL(command.at(-1) as string).pathname,
      port: Number(new URL(command.at(-1) as string).port || 80),
    };
  return command[1] === 'nc' ? { port: Number(command[5]) } : { command };
}

function askedByProbe({ readinessProbe: probe, ports }: Any): Any {
  const number = (port: Any) =>
    typeof port === 'number' ? port : ports.find(({ name }: Any) => name === port).containerPort;
  if (probe.httpGet) return { http: probe.httpGet.path, port: number(probe.httpGet.port) };
  if (probe.exec) return { command: probe.exec.command };
  return { port: number((probe.tcpSocket ?? probe.grpc).port) };
}

const amounts = ({ cpu, memory, cpus }: Any) => ({
  cpu: quantityOf(cpu ?? cpus),
  memory: Math.floor(bytesOf(memory.replace(/M$/, cpus === undefined ? 'M' : 'Mi')) / 2 ** 20),
});

/** Pairs of pods whose services share a network. */
function pairsOf(services: Readonly<Record<string, Any>>, podOf: (service: string) => string): string[] {
  const members = new Map<string, Set<string>>();
  for (const [name, { networks = [] }] of Object.entries(services))
    for (const one of networks) members.set(one, new Set([...(members.get(one) ?? []), podOf(name)]));
  const pairs = [...members.values()].flatMap((all) =>
    [...all].flatMap((one) => [...all].flatMap((other) => (one < other ? [`${one} ${other}`] : []))),
  );
  return [...new Set(pairs)].sort();
}

test('every system of the fixtures is written for compose', () => {
  expect(new Set(FILES.map(({ folder }) => folder.split('/')[1]))).toEqual(
    new Set(['salient', 'pliers', 'ephitup', 'three-tier']),
  );
  expect(FILES.filter(({ file }) => !existsSync(join(PROJECT, file)))).toEqual([]);
});

describe.each(FILES)('$folder', ({ folder, file, options }) => {
  const objects = fixtureObjects(folder) as Any[];
  const document = parse(readFileSync(join(PROJECT, file), 'utf8'));
  const services = Object.fromEntries(
    Object.entries(document.services as Record<string, Any>).filter(([name]) => !OWN_SERVICES.includes(name)),
  );
  const containers = containersOf(objects);
  const each = [...containers].map(([name, found]) => ({ name, found, service: services[name] }));

  test('it has the same containers', () => {
    expect(Object.keys(services).sort()).toEqual([...containers.keys()].sort());
  });

  test('images, users and commands are equal', () => {
    for (const { name, found, service } of each) {
      const { image, command, args } = found.container;
      const { runAsUser: user, runAsGroup: group } = found.pod.securityContext;
      const words = (list: readonly string[] | undefined) => list?.map((word) => word.replaceAll('$', '$$$$'));
      expect({
        name,
        image: service.image,
        entrypoint: service.entrypoint,
        command: service.command,
        user: service.user,
      }).toEqual({
        name,
        image,
        entrypoint: words(command),
        command: words(args),
        user: `${user}:${group}`,
      });
    }
  });

  test('variables are equal, but for those that are said for compose', () => {
    for (const { name, found, service } of each) {
      const own = options.env?.[name] ?? {};
      const expected = Object.entries(variablesOf(found, objects)).filter(([variable]) => own[variable] === undefined);
      expect({ name, ...environmentOf(service, own) }).toEqual({ name, ...Object.fromEntries(expected) });
    }
  });

  test('published ports are those of the containers', () => {
    for (const [name, port] of Object.entries(options.ports ?? {})) {
      const [{ containerPort }] = (containers.get(name) as Found).container.ports;
      expect(services[name].ports).toEqual([`127.0.0.1:${port}:${containerPort}`]);
    }
    expect(Object.keys(services).filter((name) => services[name].ports !== undefined)).toEqual(
      Object.keys(services).filter((name) => options.ports?.[name]),
    );
  });

  test('health checks ask what readiness probes ask', () => {
    for (const { name, found, service } of each) {
      const { readinessProbe } = found.container;
      expect({ name, asked: service.healthcheck && askedBy(service.healthcheck.test) }).toEqual({
        name,
        asked: readinessProbe && askedByProbe(found.container),
      });
    }
  });

  test('CPU and memory are equal', () => {
    for (const { name, found, service } of each) {
      const { limits, reservations } = service.deploy.resources;
      const { resources } = found.container;
      const cpus = String(service.cpu_quota / 100_000);
      expect({ name, limits: amounts({ ...limits, cpus }), requests: amounts(reservations) }).toEqual({
        name,
        limits: amounts(resources.limits),
        requests: amounts(resources.requests),
      });
    }
  });

  test('roots, capabilities and privileges are equal', () => {
    for (const { name, found, service } of each) {
      const { readOnlyRootFilesystem, capabilities } = found.container.securityContext;
      expect({
        name,
        read_only: service.read_only ?? false,
        drop: service.cap_drop,
        add: service.cap_add ?? [],
      }).toEqual({
        name,
        read_only: readOnlyRootFilesystem,
        drop: capabilities.drop,
        add: capabilities.add ?? [],
      });
      expect(service.security_opt).toEqual(['no-new-privileges:true']);
    }
  });

  test('those share a network that policies let connect, and no others', () => {
    const nameOf = (end: string) => end.split('/')[1] ?? '';
    const open = openConnectionsOf(objects, [])
      .map(({ from, to }) => [nameOf(from), nameOf(to)] as const)
      .filter(([from, to]) => from !== to && services[from] !== undefined && services[to] !== undefined)
      .map((ends) => [...ends].sort().join(' '));
    const podOf = (service: string) => containers.get(service)?.owner.metadata.labels.component;
    expect(pairsOf(services, podOf)).toEqual([...new Set(open)].sort());
  });
});
