import { spawnSync } from 'node:child_process';
import { Failure, NotPossible } from '../../../lib/base/errors';
import { InputError } from '../../../lib/base/problem';
import { Program } from '../../../lib/pipeline/program';
import { ROOT, runHere } from '../../support';

const greet = new Program({
  name: 'greet',
  help: 'Greets.\n\n  npm run greet -- --who NAME',
  options: {
    who: { type: 'string' },
    place: { type: 'string', multiple: true, default: [] },
    loud: { type: 'boolean', default: false },
  },
  required: ['who'],
  choices: { who: () => ['ann', 'bob'], place: () => ['here', 'there'] },
  run: ({ who, place, loud }, io) => {
    io.say([who, ...place, String(loud)].join(' '));
    return 0;
  },
});
const ask = (..._args: string[]) => runHere(greet, '/');

function ending(run: () => number | Promise<number>) {
  return runHere(new Program({ name: 'end', help: 'Ends.', options: {}, run }), '/');
}

test('options and their defaults reach the program', async () => {
  const { status, stdout, stderr } = await runHere(greet, '/', ['--who', 'ann', '--place', 'here', '--place=there']);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'ann here there false\n', stderr: '' });
});

test('--help prints the help and the exit codes, even if other options are missing or invalid', async () => {
  const { status, stdout } = await runHere(greet, '/', ['--help', '--place', 'nowhere']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Greets\.[\s\S]*\nExit codes: 0 fine, 1 .*, 2 unusable input, 3 not possible here\.\n$/);
});

test('a missing required option is reported with the help', async () => {
  expect(await ask()).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^--who: is missing\n\nGreets/),
  });
});

test('a reader that closes the pipe early, such as head, is no error', () => {
  // `true` has ended long before the program writes.
  const run = spawnSync('bash', ['-o', 'pipefail', '-c', 'node tools/run.mjs commands/check.ts --help | true'], {
    cwd: ROOT,
  });
  expect([run.status, String(run.stderr)]).toEqual([0, '']);
});

test('unknown values are reported at once, each with the nearest one', async () => {
  expect(await runHere(greet, '/', ['--who', 'an', '--place', 'x'])).toMatchObject({
    status: 2,
    stderr:
      '--place: given "x", expected one of here, there\n--who: given "an", expected one of ann, bob; did you mean ann?\n',
  });
});

test('so is one with a dash, which npm writes otherwise', async () => {
  const program = new Program({ name: 'p', help: '', options: { 'exit-code': { type: 'boolean' } }, run: () => 0 });
  expect(await runHere(program, '/', [], { env: { npm_config_exit_code: 'true' } })).toMatchObject({
    status: 2,
    stderr: 'p: npm took --exit-code as its own option; write: npm run p -- --exit-code\n',
  });
});

test('an option that npm consumed is reported', async () => {
  expect(await runHere(greet, '/', [], { env: { npm_config_loud: 'true' } })).toMatchObject({
    status: 2,
    stderr: 'greet: npm took --loud as its own option; write: npm run greet -- --loud\n',
  });
});

test.each([['--foo'], ['word'], ['--who'], ['--loud=yes']])('%s is refused with the help', async (...args) => {
  expect(await runHere(greet, '/', args)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('npm run greet -- --who'),
  });
});

test.each([
  [1, new Failure('it does not hold')],
  [2, new InputError([{ file: 'a.yaml', message: 'is empty' }])],
  [3, new NotPossible('there is no cluster')],
])('exit code %d, without a stack trace', async (status, error) => {
  const outcome = await ending(() => {
    throw error;
  });
  expect(outcome).toEqual({ status, stdout: '', stderr: `${error.message}\n` });
});

test.each([
  ['EACCES', 'dist: permission denied; run this as the user who owns it, or change its permissions'],
  ['EROFS', 'dist: the file system is read-only; run this on a copy that can be written'],
  ['ENOSPC', 'dist: the disk is full; free some space and run this again'],
  ['EMFILE', "EMFILE: refused, mkdir 'dist'"],
])('what the system refuses is not possible here: %s', async (code, stderr) => {
  const refused = Object.assign(new Error(`${code}: refused, mkdir 'dist'`), { code, syscall: 'mkdir', path: 'dist' });
  expect(await ending(() => Promise.reject(refused))).toEqual({ status: 3, stdout: '', stderr: `${stderr}\n` });
});

test('a bug exits with 2 and prints a stack trace', async () => {
  const outcome = await ending(() => {
    throw new TypeError('x is undefined');
  });
  expect(outcome).toMatchObject({ status: 2, stderr: expect.stringMatching(/^TypeError: x is undefined\n +at /) });
});
