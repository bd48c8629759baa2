import { spawnSync } from 'node:child_process';
import { NotPossible } from '../../lib/base/errors';

/** More than any dist/ that somebody commits. */
const LARGEST = 1 << 30;

/** The git repository that a project is in; it is only read. */
export class Git {
  constructor(private readonly root: string) {}

  private run(args: readonly string[], input?: string) {
    const result = spawnSync('git', args, { cwd: this.root, input, maxBuffer: LARGEST });
    if ((result.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      throw new NotPossible('git is not there; it comes with https://git-scm.com');
    }
    return result;
  }

  /** What git printed, or undefined when it failed: no repository, no such revision. */
  attempt(args: readonly string[], input?: string): Buffer | undefined {
    const { status, stdout } = this.run(args, input);
    return status === 0 ? stdout : undefined;
  }

  private lines(args: readonly string[]): string[] {
    return (this.attempt(args)?.toString('utf8') ?? '').split('\0').filter(Boolean);
  }

  /** @throws NotPossible when there is one, and git does not take it, as that of another user */
  get isRepository(): boolean {
    const { status, stderr } = this.run(['rev-parse', '--git-dir']);
    const told = stderr.toString('utf8').trim();
    if (status !== 0 && !/not a git repository/.test(told)) throw new NotPossible(told);
    return status === 0;
  }

  /** Whether history ends early here, as after a clone with --depth. */
  get isShallow(): boolean {
    return this.attempt(['rev-parse', '--is-shallow-repository'])?.toString().trim() === 'true';
  }

  /** The commit that a revision names, or undefined. */
  commitOf(revision: string): string | undefined {
    const named = this.attempt(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
    return named?.toString().trim();
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

  /** Each content that a file ever had in the commits that HEAD comes from. */
  versionsOf(path: string): Buffer[] {
    // Without --full-history and -m, what stood on a branch that was merged since may be left out.
    const args = [
      '-c',
      'log.showRoot=true',
      'log',
      '--full-history',
      '-m',
      '--raw',
      '--no-abbrev',
      '--no-renames',
      '-z',
    ];
    const found = this.lines([...args, '--format=', 'HEAD', '--', path]).flatMap(
      (entry) => /^\s*:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) /.exec(entry)?.slice(1) ?? [],
    );
    const blobs = [...new Set(found)].filter((blob) => !/^0+$/.test(blob));
    return [...this.contents(blobs).values()];
  }

  /** The paths below some folders that are not as they are committed. */
  changedIn(...folders: readonly string[]): string[] {
    return this.lines(['status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '--', ...folders]).map(
      (line) => line.slice(3),
    );
  }

  /** The contents of blobs, in one go. Source: git-scm.com, git-cat-file, Batch output. */
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
