import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../../charts';
import { InputError } from '../../../../lib/base/problem';
import { renderText } from '../../../../lib/constructs/addresses';
import type { Text } from '../../../../lib/model/address';
import type { ComponentProps } from '../../../../lib/model/component';
import { smoke } from '../../../../lib/parts/smoke/smoke';
import { type BuiltSystem, buildEnvironments, isSystem } from '../../../../lib/pipeline/build';
import { judge } from '../../../../lib/pipeline/judge';
import { sample } from '../../../construct';
import { type Any, edit, folderWith, PROJECT } from '../../../support';

const IMAGE = { image: 'busybox', tag: '1.37.0' };
const timing = { liveness: { period: 10 }, readiness: { period: 5 } };
const taskFor = (...components: Partial<ComponentProps>[]) =>
  smoke({ name: 'shop', components: components.map(sample) }, IMAGE);
const targets = (task: ReturnType<typeof taskFor>) => renderText(task?.containers[0]?.env.TARGETS as Text).split('\n');

test('it asks each health path that a Service leads to, and connects to nothing else', () => {
  const task = taskFor(
    { name: 'api' },
    {
      name: 'admin',
      service: 'admin',
      ports: { rpc: 9000, web: 8080 },
      probes: { health: { http: '/up', port: 'web', headers: { Host: 'shop.example.com' } }, ...timing },
    },
    { name: 'worker', ports: {}, probes: { health: { exec: ['/up'] }, ...timing } },
    { name: 'cache', probes: { health: { tcp: true }, ...timing } },
    { name: 'inside', ports: { http: { port: 3000, service: 'none' } } },
  );
  expect(targets(task)).toEqual([
    'api\texample.com/api:v1.0.0\thttp://api-svc.shop-test.svc.cluster.local:80/health',
    'admin\texample.com/api:v1.0.0\thttp://admin.shop-test.svc.cluster.local:8080/up\tHost: shop.example.com',
  ]);
  expect(task?.connectsTo.map(({ to }) => to)).toEqual([
    { system: 'shop', namespace: 'shop-test', name: 'api', port: 3000 },
    { system: 'shop', namespace: 'shop-test', name: 'admin', port: 8080 },
  ]);
});

test('a system without a health path has none', () => {
  expect(taskFor({ probes: undefined })).toBeUndefined();
});

test('a new release has another Job', () => {
  const image = (tag: string) => targets(taskFor({ image: { image: 'shop/api', tag } }));
  expect(image('v1')).not.toEqual(image('v2'));
});

test('of a target that hangs it says that there was no answer', () => {
  // What stands for timeout ends as it does: without a word of wget.
  const PATH = `${folderWith({ timeout: '#!/bin/sh\nexit 143\n' })}:${process.env.PATH}`;
  chmodSync(join(PATH.replace(/:.*/, ''), 'timeout'), 0o755);
  const args = taskFor({ name: 'api' })?.containers[0]?.command?.slice(1) ?? [];
  const env = { PATH, TARGETS: 'api\tshop/api:v1\thttp://api/health', WAIT_SECONDS: '0' };
  const { status, stderr } = spawnSync('/bin/sh', args, { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'FAILED: api (shop/api:v1): http://api/health: no answer within 10 s\n',
  });
});

test('it has the time to ask all targets twice, where each takes ten seconds to fail', () => {
  const named = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `api-${index}` }));
  const secondsFor = (count: number) => taskFor(...named(count))?.deadline.toSeconds();
  expect([secondsFor(1), secondsFor(12)]).toEqual([2 * (300 + 13) + 60, 2 * (300 + 12 * 13) + 60]);
});

describe('by a setting of the platform', () => {
  /** What prod is made of, with another line for Argo CD in its platform.yaml. */
  function built(argocd: string): BuiltSystem[] {
    const folder = 'environments/prod';
    const own = readdirSync(join(PROJECT, folder)).map((name) => join(folder, name));
    const files = ['environments/three-tier.yaml', ...own];
    const root = folderWith(Object.fromEntries(files.map((file) => [file, readFileSync(join(PROJECT, file), 'utf8')])));
    edit(root, join(folder, 'platform.yaml'), /^argocd: .*$/m, `argocd: ${argocd}`);
    const all = buildEnvironments(registry, root, ['prod']);
    expect(judge(all)).toEqual([]);
    return all.filter(isSystem);
  }
  const jobsOf = ({ objects }: BuiltSystem): Any[] =>
    objects.filter(({ kind, metadata }) => kind === 'Job' && metadata.labels?.component === 'smoke');

  test('no system has it by default', () => {
    expect(built('{ sync: automatic }').flatMap(jobsOf)).toEqual([]);
  });

  test('in each system a Job runs after each sync, restricted and without a token, and every rule holds', () => {
    for (const one of built('{ smoke: {} }')) {
      const [job, ...others] = jobsOf(one);
      expect([one.system, others]).toEqual([one.system, []]);
      expect(job.metadata.annotations['argocd.argoproj.io/hook']).toBe('PostSync');
      expect(job.metadata.name).toMatch(/^smoke-[0-9a-f]{10}$/);
      const { spec } = job.spec.template;
      expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
      expect(spec.containers[0]).toMatchObject({
        image: 'docker.io/library/busybox:1.37.0-musl',
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      });
    }
  });

  test('a service with its name is one error, at its place', () => {
    const file = 'environments/prod/orders.yaml';
    const text = `pattern: microservices
secrets: { kind: manual }
services:
  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 8080, health: /health }
  smoke: { image: ghcr.io/yourorg/smoke, tag: v1.0.0, port: 8080 }
`;
    const platform = 'environments/prod/platform.yaml';
    const builtWith = (argocd: string) =>
      buildEnvironments(registry, folderWith({ [file]: text, [platform]: `argocd: ${argocd}\n` }), ['prod']);
    expect(judge(builtWith('{ sync: automatic }'))).toEqual([]);
    expect(() => builtWith('{ smoke: {} }')).toThrow(
      new InputError([
        {
          ...{ file, position: { line: 5, column: 10 }, path: 'services.smoke' },
          message: 'given the name "smoke", which the Job of argocd.smoke in platform.yaml has; rename it',
        },
      ]),
    );
  });

  test('its image is one of your own where that is set', () => {
    const [job] = built('{ smoke: { image: registry.example.com/busybox, tag: 1.36.1 } }').flatMap(jobsOf);
    expect(job.spec.template.spec.containers[0].image).toBe('registry.example.com/busybox:1.36.1');
  });
});
