import { spawnSync } from 'node:child_process';

/** `renameat2` by its number, which differs between processors. Source: Linux, syscall tables. */
const RENAMEAT2: Readonly<Record<string, number>> = { x64: 316, arm64: 276 };

/** AT_FDCWD and RENAME_EXCHANGE. Source: renameat2(2). */
const PROGRAM =
  'my ($number, $one, $other) = @ARGV; exit(syscall($number + 0, -100, $one, -100, $other, 2) == 0 ? 0 : 1)';

/**
 * Exchanges two folders in one step, so that nobody ever sees neither: what no rename of Node.js can do. Linux can, and Perl,
 * which git brings along, can ask it to.
 *
 * @returns whether it was done; elsewhere, or on a file system that cannot, nothing happened
 */
export function exchange(one: string, other: string): boolean {
  const number = process.platform === 'linux' ? RENAMEAT2[process.arch] : undefined;
  if (number === undefined) return false;
  return spawnSync('perl', ['-e', PROGRAM, String(number), one, other], { stdio: 'ignore' }).status === 0;
}
