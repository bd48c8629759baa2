/** A container image. */
export interface Image {
  /** The repository, without a tag. */
  readonly image: string;
  readonly tag: string;
  /** `sha256:…`. When it is set, it selects the image, and the tag is only informative. @default - none */
  readonly digest?: string | undefined;
}

/** `repository:tag`, or `repository:tag@digest`. */
export function imageReference({ image, tag, digest }: Image): string {
  return digest === undefined ? `${image}:${tag}` : `${image}:${tag}@${digest}`;
}

/** Three numbers, after words at most: `1.27.3-alpine`, `v1.2.3`, `jre-21.0.4`, `2026.11.0`. A variant may follow. */
const THREE_NUMBERS = /^(?:[A-Za-z]+[-_.])*[vV]?\d+\.\d+\.\d+/;

/** Two numbers, of which the first is 10 or more. */
const TWO_NUMBERS = /^v?[1-9]\d+\.\d+(?![\d.])/;

/** Repositories of which two numbers are a full version: PostgreSQL, from version 10 on. Source: postgresql.org, Versioning Policy. */
const POSTGRES = /(?:^|\/)postgres(?:ql)?$/;

/** Whether a repository is that of PostgreSQL, by its name. */
export const isPostgres = (image: string): boolean => POSTGRES.test(image);

/** A day, with or without a time: `20261130`, `bookworm-20261130-slim`, `RELEASE.2026-11-30T16-13-09Z`. */
const DAY = /(?:^|[-_.])(?:[a-z]+)?20\d{2}(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d(?!\d{5}))/;

/** A hash of a git commit: `3f2a9c1`, `main-3f2a9c1`, `sha-3f2a9c`. A word such as `defaced` is none. */
const COMMIT = /(?:^|[-_.])(?:g?(?=[a-f]*\d)[0-9a-f]{7,40}|(?:sha|git)-[0-9a-f]{6,40})(?=$|[-_.])/;

/** Words that say of a version that its image is made again. */
const MOVES = /(?:^|[-_.])(?:latest|snapshot|nightly|edge)(?=$|[-_.])/i;

/**
 * Whether a tag names one version, a day or a commit, so that nobody has a reason to move it. `16-alpine`, `1.27`, `v1`, `node-20` and `latest`
 * follow the newest version of a line.
 *
 * @param image the repository
 */
export function namesFullVersion(image: string, tag: string): boolean {
  const isVersion = THREE_NUMBERS.test(tag) || (isPostgres(image) && TWO_NUMBERS.test(tag));
  return (isVersion && !MOVES.test(tag)) || DAY.test(tag) || COMMIT.test(tag);
}

/** Whether the tag may be moved to another image. A digest fixes the image. */
export function hasMovingTag({ image, tag, digest }: Image): boolean {
  return digest === undefined && !namesFullVersion(image, tag);
}
