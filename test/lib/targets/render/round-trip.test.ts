import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { bytesOf, quantityOf } from '../../../../lib/base/quantity';
import { openConnectionsOf } from '../../../../lib/checks/cluster/reach';
import { PLANS } from '../../../../lib/targets/render/plans';
import { type Any, fixtureObjects, PROJECT } from '../../../support';

// What Kubernetes is told about each workload, and what Render is told, have to be the same facts.

/** The Blueprints of the fixtures, by the folder of the same system in `dist/`. */
const FILES = Object.entries(
  parse(readFileSync(join(PROJECT, 'environments/render.yaml'), 'utf8')) as Record<string, Record<string, Any>>,
).flatMap(([system, environments]) =>
  Object.entries(environments).map(([environment, options], index) => ({
    folder: `${environment}/${system}`,
    file: `dist/render/${system}/${index === 0 ? '' : `${environment}/`}render.yaml`,
    instance: `${system}-${environment}`,
    system,
    options,
  })),
);

/**
 * All differences of variables. Render has PORT, and the URLs of its database, under the names that the seed uses; what render.yaml gives is
 * its own. ENVIRONMENT is PYTHON_ENV, too. A secret is a secret, and the host and password of the pooler are those of the platform's pool.
 */
const ONLY_ON_RENDER = ['PORT', 'DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_POOL_URL'];

/** What Render would put in place of references. */
const POOL = 'postgresql://owner:made-by-render@pool.render.internal:6543/the_database';
const DIRECT = 'postgresql://owner:made-by-render@db.render.internal/the_database';
const SECRET = 'a secret';
const OF_DATABASE: Readonly<Record<string, string>> = {
  connectionPoolString: POOL,
  connectionString: DIRECT,
  host: 'db.render.internal',
  port: '5432',
  user: 'owner',
  password: 'made-by-render',
};

const POD_OWNERS = ['Deployment', 'StatefulSet'];

/** The variables of a service, as Render gives them to its command. */
function givenTo(service: Any, blueprint: Any): Record<string, string> {
  return Object.fromEntries(
    (service.envVars as Any[]).flatMap((one): [string, string][] => {
      if (one.fromGroup !== undefined) {
        const group = blueprint.envVarGroups.find(({ name }: Any) => name === one.fromGroup);
        return group.envVars.map(({ key, value }: Any) => [key, String(value)]);
      }
      if (one.fromDatabase !== undefined) return [[one.key, OF_DATABASE[one.fromDatabase.property] as string]];
      return [[one.key, one.value === undefined ? SECRET : String(one.value)]];
    }),
  );
}

/** The variables that the program of a service sees: a real shell runs the lines of its command before it. */
function seenBy(
  service: Any,
  blueprint: Any,
  command: string | undefined = service.dockerCommand,
): Record<string, string> {
  const given = givenTo(service, blueprint);
  if (command === undefined || !command.startsWith('/bin/sh -c ')) return given;
  const script = execFileSync('/bin/sh', ['-c', `printf %s ${command.slice('/bin/sh -c '.length)}`], {
    encoding: 'utf8',
  });
  const lines = script.replace(/(^|; |&& )exec .*$/s, '$1env').replace(/mkdir -p [^;]*; |rm -f [^&]*&& /g, '');
  const output = execFileSync('/bin/sh', ['-c', lines], { env: { PATH: '/usr/bin:/bin', ...given }, encoding: 'utf8' });
  const all = Object.fromEntries(
    output
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => !['PATH', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)),
  );
}

/** The variables of a container on Kubernetes; a Secret's value is named, not known. */
function variablesOf(owner: Any, container: Any, objects: readonly Any[]): Record<string, string> {
  const object = (kind: string, name: string) =>
    objects.find(
      (one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === owner.metadata.namespace,
    );
  return Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }: Any) => {
      if (valueFrom?.configMapKeyRef)
        return [name, object('ConfigMap', valueFrom.configMapKeyRef.name).data[valueFrom.configMapKeyRef.key]];
      return [name, valueFrom?.secretKeyRef ? SECRET : value];
    }),
  );
}

const numberOf = (container: Any, port: Any) =>
  typeof port === 'number' ? port : container.ports.find(({ name }: Any) => name === port).containerPort;

test('Salient is written in both ways, and Ephitup in the shape single', () => {
  expect(FILES.map(({ file }) => file)).toEqual([
    'dist/render/salient/render.yaml',
    'dist/render/salient/staging/render.yaml',
    'dist/render/ephitup/render.yaml',
  ]);
  expect(FILES.filter(({ file }) => !existsSync(join(PROJECT, file)))).toEqual([]);
});

describe.each(FILES)('$folder', ({ folder, file, instance, system, options }) => {
  const objects = fixtureObjects(folder) as Any[];
  const text = readFileSync(join(PROJECT, file), 'utf8');
  const blueprint = parse(text);
  const replaced: string[] = options.database?.replaces ?? [];
  const owners = objects.filter(
    ({ kind, metadata }) => POD_OWNERS.includes(kind) && !replaced.includes(metadata.labels.component),
  );
  const nameOf = (component: string) => (component === system ? instance : `${instance}-${component}`);
  const each = owners.map((owner) => {
    const name = owner.metadata.labels.component as string;
    const [container] = owner.spec.template.spec.containers;
    const service = blueprint.services.find((one: Any) => one.name === nameOf(name));
    return { name, owner, container, service, own: options.services?.[name] ?? {} };
  });
  const containers = each.filter(({ service }) => service.runtime !== 'static');
  const moved = (value: string, own: Any) =>
    Object.entries(own.disk?.moved ?? {}).reduce(
      (before, [from, to]) => before.replace(new RegExp(`${from}(?=/|$)`, 'gm'), to as string),
      value,
    );

  test('it has the same workloads', () => {
    expect(blueprint.services.map(({ name }: Any) => name).sort()).toEqual(
      owners.map(({ metadata }) => nameOf(metadata.labels.component)).sort(),
    );
  });

  test('images are equal, or built from the Dockerfile that render.yaml names', () => {
    for (const { container, service, own, name } of containers) {
      if (own.build)
        expect(service).toMatchObject({
          name: nameOf(name),
          dockerfilePath: `./${own.build.dockerfile}`,
          buildFilter: { paths: own.build.paths },
        });
      else if (service.runtime === 'image') expect(service.image.url).toBe(container.image);
      else expect(readFileSync(join(PROJECT, service.dockerfilePath), 'utf8')).toContain(`\nFROM ${container.image}\n`);
    }
  });

  test('mounted files are those of the ConfigMaps, with the paths of the disk', () => {
    for (const { owner, container, service, own } of containers) {
      const { volumes = [] } = owner.spec.template.spec;
      for (const { name, mountPath } of container.volumeMounts ?? []) {
        const config = volumes.find((volume: Any) => volume.name === name)?.configMap?.name;
        if (config === undefined) continue;
        const { data } = objects.find((one) => one.kind === 'ConfigMap' && one.metadata.name === config);
        const dockerfile = join(PROJECT, service.dockerfilePath);
        for (const [key, content] of Object.entries(data)) {
          const [, source] = new RegExp(`^COPY --chmod=444 (\\S+) ${mountPath}/${key}$`, 'm').exec(
            readFileSync(dockerfile, 'utf8'),
          ) as Any;
          expect(readFileSync(join(dirname(dockerfile), source), 'utf8')).toBe(moved(content as string, own));
        }
      }
    }
  });

  test('programs see the same variables, but for those in the table', () => {
    for (const { name, owner, container, service, own } of each) {
      const expected = Object.fromEntries(
        Object.entries(variablesOf(owner, container, objects))
          .filter(([key]) => own.env?.[key] === undefined)
          .map(([key, value]) => {
            if (key === 'POSTGRES_HOST') return [key, 'pool.render.internal'];
            if (key === 'POSTGRES_PORT') return [key, '6543'];
            if (key === 'POSTGRES_ADMIN_URL') return [key, POOL.replace('postgresql:', 'postgresql+asyncpg:')];
            if (key === 'POSTGRES_ADMIN_PASSWORD') return [key, 'made-by-render'];
            return [key, moved(value, own)];
          }),
      );
      const seen = Object.entries(seenBy(service, blueprint)).filter(
        ([key]) => !ONLY_ON_RENDER.includes(key) && own.env?.[key] === undefined,
      );
      expect({ name, ...Object.fromEntries(seen) }).toEqual({ name, ...expected });
    }
  });

  test('what render.yaml gives is given, and PYTHON_ENV is ENVIRONMENT', () => {
    for (const { service, own } of each) {
      const seen = seenBy(service, blueprint);
      expect(seen).toMatchObject(own.env ?? {});
      if (own.env?.PYTHON_ENV) expect(seen.PYTHON_ENV).toBe(seen.ENVIRONMENT);
    }
  });

  test('ports and health checks are equal', () => {
    for (const { container, service } of containers) {
      const { readinessProbe: probe, ports } = container;
      expect(givenTo(service, blueprint).PORT).toBe(String(ports[0].containerPort));
      expect({ path: service.healthCheckPath, port: Number(givenTo(service, blueprint).PORT) }).toEqual({
        path: probe.httpGet.path,
        port: numberOf(container, probe.httpGet.port),
      });
    }
  });

  test('plans have at least what is requested, and the limits unless render.yaml names a plan', () => {
    for (const { name, container, service, own } of containers) {
      const plan = PLANS[service.plan] as { cpu: number; memory: number };
      const { requests, limits } = container.resources;
      const least = own.plan === undefined ? limits : requests;
      expect({
        name,
        enough: plan.cpu >= (quantityOf(least.cpu) as number) && plan.memory * 2 ** 20 >= bytesOf(least.memory),
      }).toEqual({ name, enough: true });
    }
  });

  test('instances and their scaling are equal', () => {
    for (const { name, owner, service } of containers) {
      const scaler = objects.find(
        (one) => one.kind === 'HorizontalPodAutoscaler' && one.spec.scaleTargetRef.name === owner.metadata.name,
      );
      const target = (resource: string) =>
        scaler?.spec.metrics.find((metric: Any) => metric.resource?.name === resource)?.resource.target
          .averageUtilization;
      const scaling = {
        minInstances: scaler?.spec.minReplicas,
        maxInstances: scaler?.spec.maxReplicas,
        targetCPUPercent: target('cpu'),
        targetMemoryPercent: target('memory'),
      };
      expect({ name, scaling: service.scaling, count: service.numInstances }).toEqual(
        scaler ? { name, scaling } : { name, count: owner.spec.replicas },
      );
    }
  });

  test('connections are those that policies let pass: to services, and to the database in place of its pooler', () => {
    const end = (one: string) => one.split('/')[1] ?? '';
    const names = each.map(({ name }) => name);
    const open = openConnectionsOf(objects, [])
      .map(({ from, to }) => [end(from), end(to)] as const)
      .filter(([from, to]) => from !== to && names.includes(from) && (names.includes(to) || replaced.includes(to)))
      .map(([from, to]) => `${nameOf(from)} ${replaced.includes(to) ? 'the database' : nameOf(to)}`);
    const referred = (blueprint.services as Any[]).flatMap(({ name, envVars }) =>
      (envVars as Any[]).flatMap(({ fromDatabase, fromService }) =>
        fromDatabase ? [`${name} the database`] : fromService?.property ? [`${name} ${fromService.name}`] : [],
      ),
    );
    expect([...new Set(referred)].sort()).toEqual([...new Set(open)].sort());
  });

  test('migrations run before a deploy with the command of the Job, past the pool and with the scheme of the driver', () => {
    const jobs = objects.filter(({ kind, metadata }) => kind === 'Job' && metadata.labels.component === 'migrations');
    const migrating = (blueprint.services as Any[]).filter(({ preDeployCommand }) => preDeployCommand !== undefined);
    expect(migrating).toHaveLength(jobs.length);
    for (const job of jobs) {
      const variables = job.spec.template.spec.containers.flatMap(({ env }: Any) => env) as Any[];
      const variable = (name: string) => variables.find((one) => one.name === name)?.value;
      const [service] = migrating;
      expect(service.preDeployCommand).toContain(`exec ${variable('MIGRATE_COMMAND')}'`);
      const seen = seenBy(service, blueprint, service.preDeployCommand);
      expect(seen[variable('DATABASE_URL_VARIABLE')]).toBe(
        DIRECT.replace('postgresql:', `${variable('CONNECTION_SCHEME')}:`),
      );
      expect(service.dockerCommand).not.toContain(variable('MIGRATE_COMMAND'));
    }
  });

  test('the database is private, and no file has the value of a secret', () => {
    for (const { ipAllowList } of blueprint.databases ?? []) expect(ipAllowList).toEqual([]);
    expect(text).not.toMatch(/development-secret|:\/\/[^\s/:@$]+:[^\s/@$]+@/);
  });
});
