import { spawnSync } from 'node:child_process';
import { copyOf, folderWith } from './support';

/** A git repository in a folder, of somebody whose own settings do not count. */
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

  /** Commits everything, and says which commit it is. */
  commit(message = 'x'): string {
    this.git('add', '-A');
    this.git('commit', '-qm', message);
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** What is not as it is committed. */
  get status(): string[] {
    return this.git('status', '--porcelain', '--untracked-files=all').split('\n').filter(Boolean).sort();
  }
}

/** A project of its own whose dist is up to date, committed. */
export function repository(): Repository {
  return new Repository(copyOf('repository'));
}

/** The same with Salient alone, in staging and prod: whoever writes dist/ over and over waits for fewer files. */
export function smallRepository(): Repository {
  return new Repository(copyOf('small'));
}
