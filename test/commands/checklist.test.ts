import program from '../../commands/checklist';
import { edit, project, runHere } from '../support';

function checklist(root: string, ...args: string[]) {
  return runHere(program, root, args);
}

const answers = (stdout: string) =>
  Object.fromEntries(
    [...stdout.matchAll(/^(yes|no|open) +(.+?) {2,}(.*)$/gm)].map(([, state, line, why]) => [line, [state, why]]),
  );

test('lines that the objects answer are yes or no, all others are open', async () => {
  const { status, stdout } = await checklist(project(), '--env', 'prod', '--system', 'pliers');
  expect(status).toBe(0);
  expect(stdout).toContain('prod/pliers: Post-Deployment\n');
  const found = answers(stdout);
  expect(Object.keys(found)).toHaveLength(18);
  expect(found['SSL certificates obtained']).toEqual([
    'yes',
    expect.stringContaining('pliers.example.com: issued by letsencrypt-prod'),
  ]);
  expect(found['Run migrations']?.[0]).toBe('yes');
  expect(found['Monitoring configured']).toEqual([
    'yes',
    expect.stringMatching(/^alerts: MonitoringBlind, ServiceDown, .*MigrationFailed; reads api, ai-service$/),
  ]);
  expect(found['Load testing completed']).toEqual([
    'open',
    'npm run -s load -- --env prod --system pliers > load.js && k6 run load.js',
  ]);
  expect(found['Test critical paths']).toEqual(['open', 'npm run smoke -- --env prod --system pliers asks its paths']);
  expect(found['Notify stakeholders']).toEqual(['open', 'the objects do not show it']);
});

test('backups that a provider makes are open, and those of the system yes', async () => {
  const root = project();
  const backupsOf = async () => {
    const found = answers((await checklist(root, '--env', 'prod', '--system', 'pliers')).stdout);
    return [found['Backup strategy implemented'], found['Verify backups']];
  };
  expect(await backupsOf()).toEqual([
    ['open', expect.stringMatching(/^backup at \d+ 2 \* \* \*; the backup of Redis is its provider's: see there$/)],
    ['open', expect.stringMatching(/^restore-drill: each day, .*; nothing tries to restore Redis$/)],
  ]);
  edit(root, 'environments/prod/pliers.yaml', /redis: \{.*\}/, 'redis: { kind: statefulset }');
  expect(await backupsOf()).toEqual([
    ['yes', expect.stringMatching(/^backup at \S+ 2 \* \* \*; redis-backup at \S+ 2 \* \* \*$/)],
    ['yes', expect.stringMatching(/^restore-drill, redis-restore-drill: each day, /)],
  ]);
});

test('it follows the environment', async () => {
  const root = project();
  const dev = await checklist(root, '--env', 'dev', '--system', 'pliers');
  expect(dev.status).toBe(1);
  expect(answers(dev.stdout)['Monitoring configured']).toEqual(['no', 'nothing of it is monitored']);
  expect(answers(dev.stdout)['Backup strategy implemented']).toEqual(['no', 'nothing dumps postgres, redis']);
  edit(root, 'environments/prod/pliers.yaml', 'maxConnections: 200', 'maxConnections: 20');
  expect(
    answers((await checklist(root, '--env', 'prod', '--system', 'pliers')).stdout)[
      'Environment variables configured'
    ]?.[0],
  ).toBe('no');
});

test('a system without a checklist is refused', async () => {
  const { status, stderr } = await checklist(project(), '--env', 'prod', '--system', 'salient');
  expect([status, stderr]).toEqual([2, '--system: given "salient", expected one of pliers, ephitup\n']);
});

test('it needs an environment', async () => {
  expect(await checklist(project())).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('--env: is missing'),
  });
});
