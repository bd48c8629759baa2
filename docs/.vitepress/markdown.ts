import { existsSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import type { MarkdownEnv, MarkdownRenderer } from 'vitepress';
import { drawingOf } from '../../commands/docs/pictures';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/** The anchor of a heading, as GitHub makes it. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

/** A page, by its path in the project, whether its name was changed for the site or not. */
const fileOf = (root: string, { realPath, path }: MarkdownEnv) =>
  relative(root, realPath ?? path).replaceAll('\\', '/');

/**
 * The target of a link on the site: the page of a folder is its README, which the site calls index.
 *
 * @returns undefined for a file or folder that is no page
 */
export function targetOf(root: string, from: string, href: string): string | undefined {
  const [path = '', anchor = ''] = href.split(/(?=#)/);
  if (/^(#|[a-z]+:)/.test(path)) return href;
  const file = posix.join(posix.dirname(from), path);
  if (path.endsWith('.md')) return `${path.replace(/README\.md$/, 'index.md')}${anchor}`;
  return existsSync(join(root, file, 'README.md')) ? `${path.replace(/\/?$/, '/index.md')}${anchor}` : undefined;
}

/** Gives links their targets on the site. One to a file that is no page, such as an environment file, becomes its path as code. */
function setLinks(root: string, from: string, tokens: readonly Token[]): void {
  let isPath = false;
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const href = decodeURI(token.attrGet('href') ?? '');
      const target = targetOf(root, from, href);
      isPath = target === undefined;
      if (target !== undefined) token.attrSet('href', encodeURI(target));
      else token.attrs = [['title', posix.join(posix.dirname(from), href)]];
    }
    if (isPath && /^link_/.test(token.type)) {
      token.type = token.type.replace('link', 'path');
      token.tag = 'code';
    }
  }
}

/** The diagram of a Mermaid block, in the colours of the page. */
function diagramOf(tokens: readonly Token[], at: number, file: string): string {
  const heading = tokens.slice(0, at).findLastIndex(({ type }) => type === 'heading_open');
  const title = tokens[heading + 1]?.content ?? '';
  try {
    const svg = drawingOf(tokens[at]?.content ?? '', title.replace(/[<>&"`]/g, ''));
    const width = Number(/ width="([\d.]+)"/.exec(svg)?.[1]);
    // Its texts stay legible: where it would be drawn smaller than this, it scrolls.
    return `<div class="diagram" tabindex="0" style="--width: ${Math.ceil(width)}px" v-pre>${svg}</div>\n`;
  } catch (error) {
    throw new Error(`${file}: the diagram of "${title}" cannot be drawn: ${(error as Error).message}`);
  }
}

/** HTML in which Vue finds no template syntax. */
const literal = (html: string) => html.replaceAll('{{', '&#123;&#123;');

/** Whether a piece of HTML is a comment, a line break, or the entity that stands for a heading's link. */
const isPlain = (html: string) => /^\s*(<!--(?:(?!-->)[\s\S])*-->|<br *\/?>|&\w+;)\s*$/.test(html);

/**
 * Makes VitePress read Markdown as GitHub does, from which the pages come: no HTML but line breaks and comments, no template syntax
 * of Vue, no attributes in braces, no emoji. And draws diagrams, and leads links to the pages of the site.
 *
 * @param root the folder of the project
 */
export function likeGitHub(md: MarkdownRenderer, root: string): void {
  const { escapeHtml } = md.utils;
  const { rules } = md.renderer;
  md.core.ruler.disable('emoji', true);
  md.core.ruler.push('links', ({ tokens, env }) => {
    const file = fileOf(root, env);
    for (const { children } of tokens) setLinks(root, file, children ?? []);
    // The front page shows README's title and its first paragraph at its top.
    if (file === 'README.md') tokens.splice(0, tokens.findIndex(({ type }) => type === 'paragraph_close') + 1);
  });
  for (const name of ['text', 'code_inline']) {
    const rule = rules[name];
    if (rule !== undefined) rules[name] = (...args) => literal(rule(...args));
  }
  rules.html_inline = (tokens, at) => {
    const { content } = tokens[at] as Token;
    return isPlain(content) ? content : literal(escapeHtml(content));
  };
  rules.html_block = rules.html_inline;
  const { fence } = rules;
  rules.fence = (tokens, at, options, env, self) =>
    tokens[at]?.info.trim() === 'mermaid'
      ? diagramOf(tokens, at, fileOf(root, env))
      : (fence?.(tokens, at, options, env, self) ?? '');
}
