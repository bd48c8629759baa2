import { parseRequest } from '../../config/request';

const ask = (...args: string[]) => parseRequest(args, ['dev', 'prod'], ['pliers', 'salient']);

test('nothing said means everything', () => {
  expect(ask()).toEqual({
    help: false,
    check: false,
    environments: ['dev', 'prod'],
    systems: ['pliers', 'salient'],
    scope: 'all',
  });
});

test('an environment is its folder, a system of it the folder in that', () => {
  expect(ask('--env', 'prod')).toMatchObject({
    environments: ['prod'],
    systems: ['pliers', 'salient'],
    scope: ['prod'],
  });
  expect(ask('--env', 'prod', '--system', 'salient')).toMatchObject({ systems: ['salient'], scope: ['prod/salient'] });
  expect(ask('--system', 'salient')).toMatchObject({ scope: ['dev/salient', 'prod/salient'] });
  expect(ask('--env=dev', '--env=prod')).toMatchObject({ environments: ['dev', 'prod'], scope: ['dev', 'prod'] });
});

test('what is said twice is meant once', () => {
  const twice = ask('--env', 'prod', '--env', 'prod', '--system', 'salient', '--system', 'salient');
  expect(twice).toMatchObject({ environments: ['prod'], systems: ['salient'], scope: ['prod/salient'] });
});

test('an unknown name is told with the nearest one, all of them at once', () => {
  expect(() => ask('--env', 'prdo', '--system', 'x')).toThrow(
    '--env: given "prdo", expected one of dev, prod; did you mean prod?\n--system: given "x", expected one of pliers, salient',
  );
});

test('an option that npm took for itself is told, since it would be done without', () => {
  process.env.npm_config_check = 'true';
  try {
    expect(() => ask()).toThrow('synth: npm took --check for itself; write: npm run synth -- --check');
  } finally {
    delete process.env.npm_config_check;
  }
});

test.each([['--foo'], ['prod'], ['--env'], ['--check=yes']])('%s is refused with the help', (...args) => {
  expect(() => ask(...args)).toThrow(/npm run synth -- --check/);
});
