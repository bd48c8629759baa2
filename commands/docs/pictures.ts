import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';
import type { BuiltSystem } from '../../lib/pipeline/build';
import { architectureOf } from '../../lib/targets/architecture';

/** The colours of a picture's file. It has a background of its own, so that it is legible on dark pages, too. */
const COLOURS: Readonly<Record<string, string>> = {
  '--bg': '#ffffff',
  '--_text': '#1f2328',
  '--_text-sec': '#57606a',
  '--_text-muted': '#57606a',
  '--_line': '#57606a',
  '--_arrow': '#1f2328',
  '--_node-fill': '#ddf4ff',
  '--_node-stroke': '#54aeff',
  '--_group-fill': '#f6f8fa',
  '--_group-hdr': '#eaeef2',
};

const OUTLINE = 'paint-order="stroke" stroke="var(--_group-hdr)" stroke-width="6"';

/** The title of a frame. */
const TITLE = /\n *<text [^>]*font-weight="600"[^>]*>[^<]*<\/text>/g;

/**
 * A diagram in Mermaid as an SVG without a web font, script or style sheet. Its colours are the variables of COLOURS, which the page has to
 * set.
 *
 * @param title what it shows, for readers who do not see it
 */
export function drawingOf(mermaid: string, title: string): string {
  const svg = renderMermaidSVG(mermaid, { bg: '#ffffff', fg: '#1f2328', font: 'Arial', padding: 16 });
  const own = ` font-family="Arial, Helvetica, sans-serif" role="img">\n<title>${title}</title>\n<rect width="100%" height="100%" rx="8" fill="var(--bg)"/>`;
  // Titles are drawn last, with an outline, so that arrows do not cross them.
  const titles = svg.match(TITLE)?.map((text) => text.trim().replace('<text ', `<text ${OUTLINE} `)) ?? [];
  const drawn = svg
    .replace(/ style="[^"]*">\s*<style>[\s\S]*?<\/style>/, own)
    .replace(TITLE, '')
    .replace('</svg>', `${titles.join('\n')}\n</svg>`)
    .replace(/\d+\.\d{5,}/g, (number) => `${Math.round(Number(number) * 10) / 10}`);
  return `${drawn.trimEnd()}\n`;
}

/** The same as a file that needs nothing else. */
export function svgOf(mermaid: string, title: string): string {
  return drawingOf(mermaid, title).replace(/var\((--[\w-]+)\)/g, (_, name: string) => COLOURS[name] ?? '#57606a');
}

/** The pictures that README shows, by file: `docs/<system>-<environment>.svg`. */
export function picturesOf(root: string, systems: readonly BuiltSystem[]): Map<string, string> {
  const path = join(root, 'README.md');
  const readme = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const shown = systems.map((one) => ({ ...one, file: `docs/${one.system}-${one.environment}.svg` }));
  return new Map(
    shown
      .filter(({ file }) => readme.includes(`](${file})`))
      .map(({ file, system, environment, model }) => [
        file,
        svgOf(architectureOf(model), `${system} in ${environment}`),
      ]),
  );
}
