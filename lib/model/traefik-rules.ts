import type { Site } from './site';

/** Matches a path in whole segments: PathPrefix(`/api`) alone would match /apiary. Source: doc.traefik.io, Rules. */
export function pathRule(path: string): string {
  return path === '/' ? 'PathPrefix(`/`)' : `(Path(\`${path}\`) || PathPrefix(\`${path}/\`))`;
}

/**
 * Matches other spellings of a path that a program may take for the same: in other letters, with encoded or doubled slashes. Traefik
 * decodes all but reserved characters before it compares. Source: doc.traefik.io, Encoded Characters.
 */
export function spellingsRule(path: string): string {
  const [slash, segments] = ['(?:/|%2F)+', path.split('/').filter((one) => one !== '')];
  const escaped = segments.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return `PathRegexp(\`(?i)^${slash}${escaped.join(slash)}(?:/|%2F|;|$)\`)`;
}

/**
 * Patterns of Content-Length: `small` has fewer digits than the limit, so the body cannot exceed it; `large` has as many or more.
 * Traefik limits bodies only by buffering, which also delays responses until they are complete. Small requests, streams and WebSockets
 * therefore bypass the buffer. Source: doc.traefik.io, Buffering.
 */
export function sizeOf(site: Pick<Site, 'body'>) {
  const { length } = String(site.body.toBytes());
  return { header: 'Content-Length', small: `^[0-9]{1,${length - 1}}$`, large: `^[0-9]{${length},}$` };
}

/** Matches requests that cannot exceed the site's body limit. A GET without a Content-Length has no body. */
export function sizeRule(site: Pick<Site, 'body'>): string {
  const { header, small } = sizeOf(site);
  const sized = (pattern: string) => `HeaderRegexp(\`${header}\`, \`${pattern}\`)`;
  return `(${sized(small)} || (Method(\`GET\`) && !${sized('.')}))`;
}
