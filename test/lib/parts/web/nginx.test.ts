import { nginxConf } from '../../../../lib/parts/web/nginx';

/** The lines of a block, such as `location /assets/`, without indentation. */
function block(text: string, name: string): string[] {
  const [, inner = ''] = text.split(`${name} {\n`);
  return (inner.split(/^ *}/m)[0] as string).split('\n').flatMap((line) => line.trim() || []);
}

const text = nginxConf({ port: 8080 });

test('it listens at its port by both versions of IP', () => {
  expect(text.match(/listen .*/g)).toEqual(['listen 8080;', 'listen [::]:8080;']);
});

test('what has a hash in its name is kept for a year, but no error; a missing file is one', () => {
  expect(block(text, 'location /assets/')).toEqual([
    'try_files $uri =404;',
    'add_header Cache-Control $asset_caching always;',
  ]);
  expect(block(text, 'map $status $asset_caching')).toEqual([
    ...['200', '206', '304'].map((status) =>
      expect.stringMatching(`^${status} .*"public, max-age=31536000, immutable";`),
    ),
    'default "no-store";',
  ]);
});

test('the page is asked for again, and its settings are never kept', () => {
  expect(block(text, 'location /')).toContain('add_header Cache-Control "no-cache";');
  expect(block(text, 'location = /config.js')).toContain('add_header Cache-Control "no-store";');
});

test('the page alone may read assets of another host, whatever a request says', () => {
  const [before, after] = [text, nginxConf({ port: 8080, page: 'https://shop.example.com' })].map((one) =>
    one.split('\n'),
  );
  const added = after?.filter((line) => !before?.includes(line)).map((line) => line.trim());
  expect(added).toEqual(['add_header Access-Control-Allow-Origin "https://shop.example.com" always;']);
  expect(block(after?.join('\n') ?? '', 'location /assets/')).toContain(added?.[0]);
});
