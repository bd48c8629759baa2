import { parseMermaid, renderMermaidSVG } from 'beautiful-mermaid';
import { registry } from '../../../charts';
import { contextsOf } from '../../../commands/shared/contexts';
import { groupBy } from '../../../lib/base/group';
import { environmentNames } from '../../../lib/config/environment-folders';
import type { DocumentContext } from '../../../lib/document/context';
import { documentOf, SECTIONS } from '../../../lib/document/document';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { type Any, PROJECT } from '../../support';

/** Each system of the fixtures in each environment. */
const CONTEXTS = [
  ...groupBy(
    buildEnvironments(registry, PROJECT, environmentNames(PROJECT)),
    ({ environment }) => environment,
  ).values(),
].flatMap((built) => contextsOf(registry.in(PROJECT), built, () => ['elsewhere']));
const DOCUMENTS = CONTEXTS.map((context) => ({ name: context.folder, context, text: documentOf(context) }));

/** The text of a section. */
function sectionOf(text: string, title: string): string {
  const [, body = ''] = text.split(`\n## ${title}\n`);
  return body.split('\n## ')[0] as string;
}

const namesOf = ({ objects }: DocumentContext, ...kinds: string[]): string[] =>
  objects.filter(({ kind }) => kinds.includes(kind)).map(({ metadata }) => metadata.name);

/** The containers of all pods. */
function containersOf({ objects }: DocumentContext): Any[] {
  return objects.flatMap(({ kind, spec }) => {
    const pod = kind === 'CronJob' ? spec.jobTemplate.spec.template.spec : spec?.template?.spec;
    return pod?.containers === undefined ? [] : [...(pod.initContainers ?? []), ...pod.containers];
  });
}

test('the fixtures have systems of every kind', () => {
  expect(new Set(CONTEXTS.map(({ model }) => model.name)).size).toBeGreaterThan(3);
  expect(new Set(CONTEXTS.map(({ model }) => model.tier)).size).toBe(3);
});

describe.each(DOCUMENTS)('$name', ({ context, text }) => {
  const { objects, model } = context;

  test('has every section that has something to say, in its order', () => {
    const titles = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(SECTIONS.map(({ title }) => title).filter((title) => !title.startsWith('Requirements')));
    for (const title of titles) expect(text).toContain(`[${title}](#`);
  });

  test('has well-formed tables and no holes', () => {
    expect(text).not.toMatch(/undefined|\[object|NaN|\$\{|(?<!\/dev\/)null/);
    const tables = text
      .trimEnd()
      .split('\n\n')
      .filter((part) => part.startsWith('| '));
    for (const rows of tables) {
      const widths = rows.split('\n').map((row) => row.replaceAll('\\|', '').split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  test('names every workload, task, host, variable, alert and secret', () => {
    for (const name of namesOf(context, 'Deployment', 'StatefulSet', 'Cluster', 'CronJob', 'PodMonitor'))
      expect(text).toContain(`\`${name}\``);
    const hosts = model.components.flatMap(({ exposed }) => exposed.map(({ site, path }) => `${site.host}${path}`));
    const scheme = model.edge.issuer === undefined ? 'http' : 'https';
    for (const host of hosts) expect(sectionOf(text, 'Network')).toContain(`\`${scheme}://${host}\``);
    const variables = sectionOf(text, 'Variables and secrets');
    const read = containersOf(context).flatMap(({ env = [] }) => env.filter(({ valueFrom }: Any) => valueFrom));
    for (const { name } of read) expect(variables).toContain(`\`${name}\``);
    for (const name of model.secrets.map((secret) => secret.name)) expect(variables).toContain(`\`${name}\``);
    const alerts = objects
      .filter(({ kind }) => kind === 'PrometheusRule')
      .flatMap(({ spec }) => spec.groups.flatMap(({ rules }: Any) => rules.flatMap(({ alert }: Any) => alert ?? [])));
    for (const alert of alerts) expect(sectionOf(text, 'Monitoring and alerts')).toContain(`| ${alert} |`);
  });

  test('its commands name objects that exist', () => {
    const namespaces = [...namesOf(context, 'Namespace'), model.edge.controller.namespace];
    for (const [, namespace] of text.matchAll(/kubectl [^\n`]*?-n ([a-z][\w-]*)/g))
      expect(namespaces).toContain(namespace);
    for (const [, kind, name] of text.matchAll(/\b(deployment|statefulset|cronjob)\/([\w-]+)/g)) {
      const kinds = { deployment: 'Deployment', statefulset: 'StatefulSet', cronjob: 'CronJob' };
      expect(namesOf(context, kinds[kind as keyof typeof kinds])).toContain(name);
    }
  });

  test('its diagram renders, with each of its nodes and arrows', () => {
    const [, source = ''] = /```mermaid\n([\s\S]*?)\n```/.exec(text) ?? [];
    const graph = parseMermaid(source);
    const nodes = new Set(source.match(/^ {2,}n\d+(?=[[(>])/gm)?.map((one) => one.trim()));
    expect(new Set(graph.nodes.keys())).toEqual(nodes);
    expect(graph.edges).toHaveLength(source.match(/ -(\.-|-)>/g)?.length ?? 0);
    const svg = renderMermaidSVG(source);
    for (const { name } of model.components) expect(svg).toContain(name);
  });

  test('has no value of a secret', () => {
    const marked = objects.map((object) =>
      object.kind === 'Secret'
        ? {
            ...object,
            stringData: Object.fromEntries(Object.keys(object.stringData ?? {}).map((key) => [key, 'VALUE'])),
          }
        : object,
    );
    const secrets = model.secrets.flatMap(({ values }) => Object.values<Any>(values));
    const developments = new Set(secrets.flatMap(({ development }) => development ?? []));
    for (const word of ['development', model.name]) developments.delete(word); // a tier, and a name
    expect(documentOf({ ...context, objects: marked })).not.toContain('VALUE');
    for (const value of developments) expect(text).not.toContain(value);
  });
});
