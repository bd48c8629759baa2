/** A container image. */
export interface Image {
  /** The repository, without a tag. */
  readonly image: string;
  readonly tag: string;
  /** `sha256:…`; when given, it decides and the tag is for people. */
  readonly digest?: string | undefined;
}

/** `repository:tag@digest`: with a digest the tag only tells people what it is. */
export function imageReference({ image, tag, digest }: Image): string {
  return digest === undefined ? `${image}:${tag}` : `${image}:${tag}@${digest}`;
}

/** Whether the image behind a reference may become another one: a tag without a digit names no version. */
export function mayMove({ tag, digest }: Image): boolean {
  return digest === undefined && !/\d/.test(tag);
}
