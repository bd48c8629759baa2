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

/** Whether the tag may be moved to another image. A tag without a digit names no version; a digest fixes the image. */
export function hasMutableTag({ tag, digest }: Image): boolean {
  return digest === undefined && !/\d/.test(tag);
}
