import { spawnSync } from 'node:child_process';
import { copyOf, folderWith } from './support';

/** A git repository in a folder, independent of the user's own git settings. */
export class Repository {
  constructor(readonly root: string) {}

  /** A new one, without a commit. */
  static empty(): Repository {
    const repository = new Repository(folderWith({}));
    repository.git('init', '-q', '-b', 'main');
    return repository;
  }

  git(...args: readonly string[]): string {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    const { status, stdout, stderr } = spawnSync('git', [...who, ...args], { cwd: this.root, encoding: 'utf8', env });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Commits everything, and returns the commit. */
  commit(message = 'x'): string {
    this.git('add', '-A');
    this.git('commit', '-qm', message);
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** The files with uncommitted changes. */
  get status(): string[] {
    return this.git('status', '--porcelain', '--untracked-files=all').split('\n').filter(Boolean).sort();
  }
}

/** A committed project whose dist/ is up to date. */
export function repository(): Repository {
  return new Repository(copyOf('repository'));
}

/** The same with only Salient, in staging and prod: for tests that write dist/ many times, with fewer files. */
export function smallRepository(): Repository {
  return new Repository(copyOf('small'));
}
