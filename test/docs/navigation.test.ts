import { introductionOf, menusOf, sidebarOf } from '../../docs/.vitepress/navigation';
import { folderWith } from '../support';

const root = () =>
  folderWith({
    'README.md': '<!-- a comment -->\n# Shop\n\nSells things\nto people.\n\nMore.\n',
    'CHANGELOG.md': '# Changelog\n',
    'docs/README.md':
      '# Documentation\n\n[README](../README.md)\n\n## Start\n\n- [Begin](begin.md): see [here](begin.md#b)\n- [Node.js](https://nodejs.org/a.md)\n\n## Reference\n\n- [Systems](systems/README.md), [more](../CHANGELOG.md)\n',
    'docs/begin.md': '# Begin with `shop`\n',
    'docs/systems/README.md':
      '# Systems\n\n[back](../README.md) [all](all.md) | [dev](web/dev.md), [prod](web/prod.md), [dev](api/dev.md)\n',
  });

test('the sidebar has the sections of the index, with the titles of their pages, each once', () => {
  const below = (folder: string, ...names: string[]) => ({
    text: folder,
    collapsed: true,
    items: names.map((name) => ({ text: name, link: `/docs/systems/${folder}/${name}` })),
  });
  expect(sidebarOf(root())).toEqual([
    { text: 'Start', items: [{ text: 'Begin with shop', link: '/docs/begin' }] },
    {
      text: 'Reference',
      items: [
        {
          text: 'Systems',
          link: '/docs/systems/',
          collapsed: true,
          items: [{ text: 'all', link: '/docs/systems/all' }, below('api', 'dev'), below('web', 'dev', 'prod')],
        },
        { text: 'Changelog', link: '/CHANGELOG' },
      ],
    },
  ]);
});

test('the menus have the same pages, without those of folders', () => {
  expect(menusOf(root())).toEqual([
    { text: 'Start', items: [{ text: 'Begin with shop', link: '/docs/begin' }] },
    {
      text: 'Reference',
      items: [
        { text: 'Systems', link: '/docs/systems/' },
        { text: 'Changelog', link: '/CHANGELOG' },
      ],
    },
  ]);
});

test('the front page begins with README’s title and first paragraph', () => {
  expect(introductionOf(root())).toEqual({ title: 'Shop', about: 'Sells things to people.' });
});
