import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { DefaultTheme } from 'vitepress';

/** The page that lists all pages by task. The navigation follows it. */
const INDEX = 'docs/README.md';

/** A link to a page. */
interface Link {
  readonly text: string;
  /** The page, by its path in the project. */
  readonly file: string;
}

/** The address of a page without the site's base. The page of a folder is its README. */
export const addressOf = (file: string) => `/${file.replace(/(README)?\.md$/, '')}`;

/** The links of a page, or of a part of it, to other pages, each once. */
function linksIn(file: string, text: string): Link[] {
  const links = [...text.matchAll(/\[([^\]]+)\]\(([^)#:\s]+\.md)(?:#[^)]*)?\)/g)].map(([, name = '', target = '']) => ({
    text: name,
    file: posix.join(posix.dirname(file), target),
  }));
  return [...new Map(links.map((link) => [link.file, link])).values()];
}

/** What README says first: the name of the project, and what it is. */
export function introductionOf(root: string): { readonly title: string; readonly about: string } {
  const [, title = '', about = ''] = /^# (.+)\n+([^#\n][\s\S]*?)\n\n/m.exec(textOf(root, 'README.md')) ?? [];
  return { title, about: about.replaceAll('\n', ' ') };
}

const textOf = (root: string, file: string) => readFileSync(join(root, file), 'utf8');

/** The title of a page. */
function titleOf(root: string, { text, file }: Link): string {
  const title = existsSync(join(root, file)) ? /^# (.+)$/m.exec(textOf(root, file))?.[1] : undefined;
  return (title ?? text).replaceAll('`', '');
}

/** The pages that the page of a folder lists: those of the folder, then those of each folder in it. */
function pagesBelow(root: string, file: string): DefaultTheme.SidebarItem[] {
  const folder = posix.dirname(file);
  const below = linksIn(file, textOf(root, file)).filter((link) => link.file.startsWith(`${folder}/`));
  const folders = [...new Set(below.map((link) => posix.dirname(link.file)))].sort();
  return folders.flatMap((one): DefaultTheme.SidebarItem[] => {
    const items = below
      .filter((link) => posix.dirname(link.file) === one)
      .map((link) => ({ text: link.text, link: addressOf(link.file) }));
    return one === folder ? items : [{ text: posix.relative(folder, one), collapsed: true, items }];
  });
}

/** The sidebar: the sections of the index, with the titles of their pages. */
export function sidebarOf(root: string): DefaultTheme.SidebarItem[] {
  const [, ...sections] = textOf(root, INDEX).split(/^## /m);
  return sections.map((section) => ({
    text: section.split('\n', 1)[0] as string,
    items: linksIn(INDEX, section).map((link) => {
      const isFolder = /^docs\/.+\/README\.md$/.test(link.file) && existsSync(join(root, link.file));
      return {
        text: titleOf(root, link),
        link: addressOf(link.file),
        ...(isFolder && { collapsed: true, items: pagesBelow(root, link.file) }),
      };
    }),
  }));
}

/** The menus at the top of each page: the sections of the index. */
export function menusOf(root: string): DefaultTheme.NavItem[] {
  return sidebarOf(root).map(({ text = '', items = [] }) => ({
    text,
    items: items.map((item) => ({ text: item.text as string, link: item.link as string })),
  }));
}
