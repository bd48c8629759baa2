import { spawnSync } from 'node:child_process';
import { NotPossible } from '../../lib/base/errors';

/** The largest output that is read from git: larger than any committed dist/. */
const LARGEST = 1 << 30;

/** Read-only access to the git repository of a project. */
export class Git {
  constructor(private readonly root: string) {}

  private run(args: readonly string[], input?: string) {
    const result = spawnSync('git', args, { cwd: this.root, input, maxBuffer: LARGEST });
    if ((result.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      throw new NotPossible('git is not installed; see https://git-scm.com');
    }
    return result;
  }

  /** The output of git, or undefined when it failed: no repository, no such revision. */
  attempt(args: readonly string[], input?: string): Buffer | undefined {
    const { status, stdout } = this.run(args, input);
    return status === 0 ? stdout : undefined;
  }

  private lines(args: readonly string[]): string[] {
    return (this.attempt(args)?.toString('utf8') ?? '').split('\0').filter(Boolean);
  }

  /** @throws NotPossible when git refuses the repository, for example because another user owns it */
  get isRepository(): boolean {
    const { status, stderr } = this.run(['rev-parse', '--git-dir']);
    const error = stderr.toString('utf8').trim();
    if (status !== 0 && !/not a git repository/.test(error)) throw new NotPossible(error);
    return status === 0;
  }

  /** Whether the clone is shallow, as after a clone with --depth. */
  get isShallow(): boolean {
    return this.attempt(['rev-parse', '--is-shallow-repository'])?.toString().trim() === 'true';
  }

  /** The commit that a revision names, or undefined. */
  commitOf(revision: string): string | undefined {
    const named = this.attempt(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
    return named?.toString().trim();
  }

  /** The names of the folders in a folder of a commit. */
  foldersIn(commit: string, folder: string): string[] {
    const entries = this.lines(['ls-tree', '-d', '--name-only', '-z', commit, '--', `${folder}/`]);
    return entries.map((path) => path.slice(folder.length + 1));
  }

  /** The files below a folder in a commit, by their paths in the project. */
  filesIn(commit: string, folder: string): Map<string, Buffer> {
    const entries = this.lines(['ls-tree', '-r', '-z', commit, '--', folder]).map((line) => {
      const [mode = '', path = ''] = line.split('\t');
      return { blob: mode.split(' ')[2] ?? '', path };
    });
    const contents = this.contents(entries.map(({ blob }) => blob));
    return new Map(entries.map(({ blob, path }) => [path, contents.get(blob) as Buffer]));
  }

  /** Each combination of contents that some files had in HEAD or one of its ancestors, by their paths. */
  statesOf(paths: readonly string[]): Map<string, Buffer>[] {
    // Without --full-history, git may leave out commits of merged branches.
    const commits = this.lines(['log', '--full-history', '-z', '--format=%H', 'HEAD', '--', ...paths]);
    const names = commits.flatMap((commit) => paths.map((path) => `${commit}:${path}`));
    const found = names.length === 0 ? undefined : this.attempt(['cat-file', '--batch-check'], `${names.join('\n')}\n`);
    const blobs = (found?.toString('utf8').split('\n') ?? []).map((line) => /^([0-9a-f]+) blob /.exec(line)?.[1]);
    const states = commits.map((_, index) => blobs.slice(index * paths.length, (index + 1) * paths.length));
    const contents = this.contents([...new Set(blobs.flatMap((blob) => blob ?? []))]);
    return [...new Map(states.map((state) => [state.join(), state])).values()].map(
      (state) =>
        new Map(
          paths.flatMap((path, index): [string, Buffer][] => {
            const content = contents.get(state[index] ?? '');
            return content === undefined ? [] : [[path, content]];
          }),
        ),
    );
  }

  /** The paths below some folders with uncommitted changes. */
  changedIn(...folders: readonly string[]): string[] {
    return this.lines(['status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '--', ...folders]).map(
      (line) => line.slice(3),
    );
  }

  /** The contents of blobs, by one call of git. Source: git-scm.com, git-cat-file, Batch output. */
  private contents(blobs: readonly string[]): Map<string, Buffer> {
    const output =
      blobs.length === 0
        ? Buffer.of()
        : this.attempt(['cat-file', '--batch'], blobs.map((blob) => `${blob}\n`).join(''));
    const contents = new Map<string, Buffer>();
    let here = 0;
    for (const blob of output === undefined ? [] : blobs) {
      const end = output?.indexOf('\n', here) as number;
      const size = Number(output?.subarray(here, end).toString().split(' ')[2]);
      if (!Number.isInteger(size)) throw new Error(`git has no ${blob}`);
      contents.set(blob, output?.subarray(end + 1, end + 1 + size) as Buffer);
      here = end + 1 + size + 1;
    }
    return contents;
  }
}
