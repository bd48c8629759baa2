import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import type { PageData } from './view-data';

/** The page's own script and style, in this project. */
const SOURCE = 'commands/view/page';

/** The folder of the script: this file is in a bundle, in `.build`, or in its own folder. */
function sourceFolder(folder = __dirname): string {
  const found = join(folder, SOURCE);
  return existsSync(found) ? found : sourceFolder(dirname(folder));
}

/** The script with its library, as one text. */
async function scriptOf(folder: string): Promise<string> {
  const licence = readFileSync(join(folder, '../../../node_modules/cytoscape/LICENSE'), 'utf8');
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: `/*! The graph is drawn by cytoscape.\n${licence} */` },
    write: false,
    logLevel: 'silent',
  });
  // An end tag in a text of the script would end the script.
  return (outputFiles[0]?.text ?? '').trim().replaceAll('</script', '<\\/script');
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (one) => `&#${one.codePointAt(0)};`);

/** The page of an environment as HTML, with its style, script and values in it. It may load nothing. */
export async function pageOf(data: PageData): Promise<string> {
  const folder = sourceFolder();
  const script = await scriptOf(folder);
  const style = readFileSync(join(folder, 'style.css'), 'utf8');
  const hash = createHash('sha256').update(script).digest('base64');
  // The library sets styles of its own.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escaped(data.environment)}</title>
<style>
${style}</style>
</head>
<body>
<main id="page"></main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${script}</script>
</body>
</html>
`;
}
