import { processesOf } from '../../charts/ephitup/processes';
import { ephitupSchema } from '../../charts/ephitup/settings';
import { shapeMarks } from '../../charts/ephitup/shape-marks';
import { supervisordConf } from '../../charts/ephitup/supervisor';
import { noticesOf } from '../../charts/ephitup/workloads';
import { check } from '../../lib/checks/check';
import { openConnectionsOf } from '../../lib/checks/cluster/reach';
import { environment } from '../../lib/config/environment';
import { environmentNames } from '../../lib/config/environment-folders';
import { differenceOf } from '../../lib/diff/difference';
import type { System } from '../../lib/model/system';
import { intentOf, prerequisitesOf } from '../../lib/pipeline/intent';
import { type Any, find, forMonitoring, PROJECT } from '../support';
import { ephitupSettings, ephitupSystem, objectsOf } from '../systems';

const judge = (system: System) =>
  check(objectsOf(system), prerequisitesOf(system), intentOf(system)).map(({ rule, message }) => `${rule}: ${message}`);
const waysOf = (system: System) =>
  openConnectionsOf(objectsOf(system), prerequisitesOf(system)).map(
    ({ from, to, port }: Any) =>
      [from, to].map((end: string) => end.split('/')[1] ?? end).join(' → ') + (port === undefined ? '' : ` ${port}`),
  );
const podOf = (objects: ReturnType<typeof objectsOf>, kind: string, name: string) =>
  find(objects, kind, name).spec.template.spec;
const namesOf = (objects: ReturnType<typeof objectsOf>, ...kinds: string[]) =>
  objects.filter(({ kind }) => kinds.includes(kind)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

/** Prod's settings in the shape single. */
const prodSingle = () => ephitupSystem('prod', { shape: 'single' });
const RAW = {
  hosts: { app: 'ephitup.localhost' },
  app: { image: 'a/b', tag: 'v1.0.0' },
  secrets: { kind: 'development' },
  edge: { kind: 'ingress' },
};
const messagesOf = (raw: object): string[] => {
  const { error } = ephitupSchema(environment('dev')).safeParse({ ...RAW, ...raw });
  return (error?.issues ?? []).map(({ path, message }: Any) => `${path.join('.')}: ${message}`);
};

test.each(environmentNames(PROJECT))('the chart in %s', (name) => {
  // The objects for Prometheus and Grafana are long, and can be reviewed in dist/.
  expect(objectsOf(ephitupSystem(name)).filter((one) => !forMonitoring(one))).toMatchSnapshot();
});

describe('the shape single', () => {
  const system = prodSingle();
  const objects = objectsOf(system);

  test('every rule holds, in dev and with the settings of prod', () => {
    expect([judge(system), judge(ephitupSystem('dev'))]).toEqual([[], []]);
  });

  test('it is one pod with both volumes; only 8502 is in a Service', () => {
    expect(namesOf(objects, 'StatefulSet', 'Deployment', 'Job')).toEqual(['StatefulSet ephitup']);
    const { volumes, containers } = podOf(objects, 'StatefulSet', 'ephitup');
    expect(containers).toHaveLength(1);
    const claims = volumes.flatMap(({ persistentVolumeClaim }: Any) => persistentVolumeClaim?.claimName ?? []);
    expect(claims).toEqual(['ephitup-database', 'ephitup-files']);
    const services = objects.filter(({ kind }) => kind === 'Service');
    const ports = services.map(({ metadata, spec }) => [
      metadata.name,
      (spec.ports ?? []).map(({ port }: Any) => port),
    ]);
    expect(ports).toEqual([
      ['ephitup', [8502]],
      ['ephitup-pods', [8502]],
    ]);
  });

  test('the edge reaches 8502, and the tasks of backups 8000; nothing else is let in', () => {
    const rules = find(objects, 'NetworkPolicy', 'ephitup-policy').spec.ingress.map(({ from, ports }: Any) => [
      ports[0].port.value ?? ports[0].port,
      from.map(({ podSelector }: Any) => podSelector.matchLabels.component ?? 'edge'),
    ]);
    expect(rules).toEqual([
      [8502, ['edge']],
      [8000, ['surrealdb-backup', 'surrealdb-restore-drill', 'surrealdb-restore']],
    ]);
  });

  test('the tasks find the database by the name of the pod, and read the files on its node', () => {
    const { spec } = find(objects, 'CronJob', 'surrealdb-backup').spec.jobTemplate.spec.template;
    const { value } = spec.containers[0].env.find(({ name }: Any) => name === 'SURREAL_ENDPOINT');
    expect(value).toBe('http://ephitup-pods.ephitup-prod.svc.cluster.local:8000');
    expect(spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector).toEqual({
      matchLabels: { app: 'ephitup', component: 'ephitup' },
    });
    const mounts = spec.containers[0].volumeMounts.filter(({ name }: Any) => name === 'files');
    expect(mounts).toEqual([{ name: 'files', mountPath: '/files', readOnly: true }]);
  });

  test('its probes go through the frontend to the API, and there is time to end each process, the database last', () => {
    const { containers, terminationGracePeriodSeconds } = podOf(objects, 'StatefulSet', 'ephitup');
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(containers[0][probe].httpGet).toMatchObject({ path: '/api/health', port: expect.anything() });
    }
    const conf = supervisordConf(processesOf(ephitupSettings('prod')));
    const waits = [...conf.matchAll(/^stopwaitsecs=(\d+)$/gm)].map(([, seconds]) => Number(seconds));
    expect(waits).toEqual([60, 30, 1800, 10]);
    expect(terminationGracePeriodSeconds).toBeGreaterThan(waits.reduce((sum, one) => sum + one));
    expect([...conf.matchAll(/^\[program:(\w+)\][\s\S]*?^priority=(\d+)$/gm)].map(([, ...program]) => program)).toEqual(
      [
        ['database', '10'],
        ['api', '20'],
        ['worker', '30'],
        ['frontend', '40'],
      ],
    );
    expect(conf).toContain('events=PROCESS_STATE_FATAL');
    expect(conf).not.toMatch(/--pass|root/);
  });

  test('an image that runs as root needs a reason, and loosens PodSecurity by name', () => {
    const settings = ephitupSettings('prod');
    const root = 'the image starts a daemon as root';
    const loose = ephitupSystem('prod', { shape: 'single', single: { ...settings.single, root } });
    expect(judge(loose)).toEqual([]);
    const made = objectsOf(loose);
    const { labels, annotations } = find(made, 'Namespace').metadata;
    expect(labels['pod-security.kubernetes.io/enforce']).toBe('baseline');
    expect(annotations['exempt.berth.dev/pod-security']).toBe(root);
    expect(podOf(made, 'StatefulSet', 'ephitup').securityContext).toMatchObject({ runAsUser: 0, runAsNonRoot: false });
    expect(messagesOf({ single: { root: 'yes' } })).toEqual(['single.root: the reason in a few words']);
  });

  test('above 1,000 users synth advises to split', () => {
    const { app, ...settings } = ephitupSettings('dev');
    const noticesAt = (users: number) => noticesOf({ ...settings, app: { ...app, users } });
    expect(noticesAt(1000)).toEqual([]);
    expect(noticesAt(1001)).toEqual([expect.stringContaining('given app.users: 1001 and shape: single')]);
    expect(ephitupSystem('dev', { app: { ...app, users: 5000 } }).notices).toHaveLength(1);
  });
});

describe('the shape split', () => {
  const system = ephitupSystem('prod');
  const objects = objectsOf(system);

  test('it has the same commands as the processes of the shape single, and each only its variables', () => {
    const processes = processesOf(ephitupSettings('prod')) as Any;
    for (const name of ['api', 'worker', 'frontend']) {
      const [{ command, env }] = podOf(objects, 'Deployment', name).containers;
      expect(command).toEqual(processes[name].command);
      const names = env.map((one: Any) => one.name);
      expect([name, names.includes('FERNET_SECRET_KEY')]).toEqual([name, name !== 'frontend']);
      expect([name, names.includes('SURREAL_PASS')]).toEqual([name, false]);
    }
    const [{ command }] = podOf(objects, 'StatefulSet', 'surrealdb').containers;
    expect(command.slice(1)).toEqual(processes.database.command.slice(1));
    expect(command.join(' ')).toContain('--log info --bind 0.0.0.0:8000 rocksdb:/mydata/mydatabase.db');
  });

  test('who reaches whom', () => {
    const inside = waysOf(system).filter((way) => !/prometheus|s3|S3|surrealdb-|solver/.test(way));
    expect(inside.map((way) => way.replace(/ \d+$/, '')).sort()).toMatchSnapshot();
  });

  test('the edge sends /api to the API, and everything else to the frontend', () => {
    const backends = objects
      .filter(({ kind }) => kind === 'Ingress')
      .flatMap(({ spec }) => spec.rules[0].http.paths.map(({ path, backend }: Any) => [path, backend.service.name]));
    expect(Object.fromEntries(backends)).toEqual({ '/api': 'api', '/': 'frontend' });
  });

  test('with S3 the files of a pod are lost with it; without, api and worker share one claim', () => {
    const { s3: _, ...settings } = ephitupSettings('staging');
    const shared = objectsOf(ephitupSystem('staging', settings));
    expect(namesOf(shared, 'PersistentVolumeClaim')).toEqual([
      'PersistentVolumeClaim ephitup-shared-files',
      'PersistentVolumeClaim ephitup-database',
    ]);
    for (const name of ['api', 'worker']) {
      const volumes = (of: typeof objects) =>
        podOf(of, 'Deployment', name).volumes.map((one: Any) => one.persistentVolumeClaim?.claimName ?? one.name);
      expect(volumes(shared)).toContain('ephitup-shared-files');
      expect(volumes(objects)).toContain('app-data');
    }
  });

  test('the worker has the time of a podcast to end, and no port', () => {
    const { terminationGracePeriodSeconds, containers } = podOf(objects, 'Deployment', 'worker');
    expect([terminationGracePeriodSeconds, containers[0].ports]).toEqual([1800, undefined]);
  });

  test('an external database is reached at its own address alone', () => {
    const database = {
      kind: 'external',
      host: 'db.example.com',
      port: 443,
      addresses: ['10.30.0.0/24'],
      image: 'docker.io/surrealdb/surrealdb',
      tag: 'v3.3.5-dev',
    } as const;
    const external = ephitupSystem('prod', { database } as Any);
    expect(judge(external)).toEqual([]);
    const made = objectsOf(external);
    expect(namesOf(made, 'StatefulSet', 'PersistentVolumeClaim')).toEqual([]);
    expect(find(made, 'ConfigMap', 'ephitup-config').data.SURREAL_URL).toBe('wss://db.example.com:443/rpc');
  });
});

test('both shapes mount the database by the same claim, of the same size and class', () => {
  const claims = [prodSingle(), ephitupSystem('prod')].map((system) =>
    find(objectsOf(system), 'PersistentVolumeClaim', 'ephitup-database'),
  );
  expect(claims[0].spec).toEqual(claims[1].spec);
});

test('a switch copies the files once, from a claim that has to be there', () => {
  const settings = ephitupSettings('staging');
  const split = ephitupSystem('staging', { files: { ...settings.files, copyFrom: 'single' } });
  expect(judge(split)).toEqual([]);
  expect(split.prerequisites).toEqual([
    { kind: 'PersistentVolumeClaim', namespace: 'ephitup-staging', name: 'ephitup-files' },
  ]);
  const back = ephitupSystem('staging', { shape: 'single', files: { ...settings.files, copyFrom: 'split' } });
  expect(judge(back)).toEqual([]);
  expect(back.tasks.map(({ name, stage }) => [name, stage])[0]).toEqual(['copy-files', 'migrations']);
});

test('npm run diff marks a switch, at the StatefulSet that goes', () => {
  const [single, split] = [objectsOf(prodSingle()), objectsOf(ephitupSystem('prod'))];
  const marksOf = (before: typeof single, after: typeof single) =>
    differenceOf(before, after, [], shapeMarks)
      .filter(({ before: was, after: is }) => was?.kind === 'StatefulSet' && is === undefined)
      .flatMap(({ before: was, marks }) =>
        marks.map(({ risk, message }) => `${was?.metadata.name}: ${risk}: ${message}`),
      );
  expect(marksOf(single, split)).toContainEqual(
    expect.stringMatching(/^ephitup: data: for the shape split, scale it to 0 .* charts\/ephitup\/README\.md$/),
  );
  expect(marksOf(split, single)).toContainEqual(
    expect.stringMatching(/^surrealdb: data: for the shape single, scale it, api and worker to 0/),
  );
  expect(marksOf(split, split)).toEqual([]);
});

test('each variable of the seed has its value, and no secret is in the ConfigMap', () => {
  const { data } = find(objectsOf(ephitupSystem('prod')), 'ConfigMap', 'ephitup-config');
  expect(data).toEqual({
    DATA_PATH: '/mydata',
    INTERNAL_API_URL: 'http://api.ephitup-prod.svc.cluster.local:5055',
    S3_BUCKET_NAME: 'ephitup-prod',
    S3_ENDPOINT_URL: 'https://s3.us-east-2.amazonaws.com',
    S3_REGION: 'us-east-2',
    SURREAL_DATABASE: 'production',
    SURREAL_NAMESPACE: 'open_notebook',
    SURREAL_URL: 'ws://surrealdb.ephitup-prod.svc.cluster.local:8000/rpc',
  });
});

test.each([
  [
    { shape: 'split' },
    'files: files.shared with a storage class for ReadWriteMany, or s3: in the shape split api and worker are several pods that share /app/data',
  ],
  [
    { database: { kind: 'external', host: 'db.example.com', addresses: ['10.0.0.0/24'] } },
    'database: kind: statefulset, since the shape single runs the database in its own pod (shape: split takes an external one)',
  ],
  [
    { files: { copyFrom: 'single' } },
    'files: copyFrom: the other shape, with files.shared, since both volumes are mounted for the copy',
  ],
])('%j is refused', (raw, message) => {
  expect(messagesOf(raw)).toEqual([message]);
});
