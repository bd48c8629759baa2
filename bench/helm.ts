import type { ManifestObject } from '../lib/manifests/object';
import { print } from '../lib/manifests/print';
import { SECRET, SLUG, type Workload } from './workload';

/** The key that is replaced by the labels that all objects have. */
const LABELS = 'common-labels';

/** The images of a chart by their names in its values. */
type Images = Map<string, string>;

function nameOf(image: string, images: Images): string {
  const known = images.get(image);
  if (known !== undefined) return known;
  const word = image.replace(/[:@].*/, '').replace(/.*\//, '').replace(/\W+(\w)/g, (_, letter) => letter.toUpperCase()); // biome-ignore format: one word
  const name = [...images.values()].includes(word) ? `${word}${images.size}` : word;
  images.set(image, name);
  return name;
}

/** An object as YAML, with the place of common labels, and with the marks of templates in its texts written as a template has them. */
function textOf(object: ManifestObject, labels: Workload['labels']): string {
  const own = Object.entries(object.metadata.labels ?? {}).filter(([key]) => labels[key] === undefined);
  const marked = {
    ...object,
    metadata: { ...object.metadata, labels: { [LABELS]: 'here', ...Object.fromEntries(own) } },
  };
  return print(marked).replaceAll('{{', '{{ "{{" }}');
}

/** Replaces what a chart takes from its values. */
function withValues(text: string, images: Images): string {
  return text
    .replace(`    ${LABELS}: here`, '    {{- include "salient.labels" $ | nindent 4 }}')
    .replace(/^( *)namespace: salient-(admin|prod)$/gm, '$1namespace: {{ $.Values.namespaces.$2 }}')
    .replace(/^([ -]*)(image|imageName): ([\w./:@-]+)$/gm, (_, indent, key, image) => {
      return `${indent}${key}: {{ $.Values.images.${nameOf(image, images)} }}`;
    });
}

/** Replaces runs of lines, one for each tenant, by a loop. */
export function withLoops(text: string, slugs: readonly string[]): string {
  const [first = ''] = slugs;
  const lines = text.split('\n');
  const result: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    const isRun = line.includes(first) && slugs.every((slug, at) => lines[index + at] === line.replaceAll(first, slug));
    if (!isRun) result.push(line);
    else {
      result.push('{{- range $.Values.tenants }}', line.replaceAll(first, '{{ .slug }}'), '{{- end }}');
      index += slugs.length - 1;
    }
  }
  return result.join('\n');
}

function valuesOf({ tenants }: Workload, images: Images): string {
  return [
    'namespaces: { admin: salient-admin, prod: salient-prod }',
    'images:',
    ...[...images].map(([image, name]) => `  ${name}: ${image}`),
    'tenants:',
    ...tenants.map(({ slug, secret }) => `  - { slug: ${slug}, secret: ${secret} }`),
    '',
  ].join('\n');
}

function helpersOf(labels: Workload['labels']): string {
  const lines = Object.entries(labels).map(([key, value]) => `${key}: ${value}\n`);
  return `{{- define "salient.labels" -}}\n${lines.join('')}{{- end }}\n`;
}

/**
 * The files of a chart that renders the workload, as charts are usually written: values with the list of tenants, namespaces and images; a
 * template for each shared object, with a loop where it has a line for each tenant; one template with a loop for the objects of tenants; and
 * a named template for labels.
 */
export function chartOf(workload: Workload): Record<string, string> {
  const { shared, each, labels, tenants } = workload;
  const slugs = tenants.map(({ slug }) => slug);
  const images: Images = new Map();
  const own = each.map((object) => withValues(textOf(object, labels), images)).join('');
  const templates = shared.map((object): [string, string] => {
    const { kind, metadata } = object;
    const text = withValues(withLoops(textOf(object, labels), slugs), images);
    return [`templates/${kind.toLowerCase()}-${metadata.namespace ?? 'cluster'}-${metadata.name}.yaml`, text];
  });
  return {
    'Chart.yaml': 'apiVersion: v2\nname: salient\nversion: 1.0.0\n',
    ...Object.fromEntries(templates),
    'templates/tenants.yaml': `{{- range $.Values.tenants }}\n${own.replaceAll(SLUG, '{{ .slug }}').replaceAll(SECRET, '{{ .secret }}')}{{- end }}\n`,
    'templates/_helpers.tpl': helpersOf(labels),
    'values.yaml': valuesOf(workload, images),
  };
}
