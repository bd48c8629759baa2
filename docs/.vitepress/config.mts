// The site of these pages: `npm run docs:site` builds it with VitePress.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { anchorOf, likeGitHub } from './markdown';
import { addressOf, introductionOf, menusOf, sidebarOf } from './navigation';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { title, about } = introductionOf(root);

const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='3' fill='%230969da'/><path d='M3 11h10l-2 3H5zM7 2h2v7H7zM10 4l3 5h-3z' fill='white'/></svg>";

export default defineConfig({
  title,
  description: about,
  lang: 'en',
  head: [['link', { rel: 'icon', href: ICON }]],
  srcDir: '..',
  srcExclude: ['!(docs|charts|bench)/**/*'],
  ignoreDeadLinks: 'localhostLinks',
  outDir: '../.build/site',
  cacheDir: '../.build/site-cache',
  rewrites: (file: string) => file.replace(/README\.md$/, 'index.md'),
  // The search index is one file, which is loaded with the first search.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf },
    attrs: { disable: true },
    config: (md) => likeGitHub(md, root),
  },
  transformPageData: ({ filePath }) => {
    if (filePath !== 'README.md') return;
    const [start, index] = ['docs/get-started.md', 'docs/README.md'].map(addressOf);
    const actions = [
      { theme: 'brand', text: 'Get started', link: start },
      { theme: 'alt', text: 'All pages by task', link: index },
    ];
    return { frontmatter: { layout: 'home', hero: { name: title, tagline: about, actions } } };
  },
  themeConfig: {
    nav: menusOf(root),
    sidebar: sidebarOf(root),
    outline: [2, 3],
    search: { provider: 'local' },
    notFound: { title: 'No such page', quote: 'No page has this address.', linkText: 'To the start' },
  },
});
