import { groupBy } from '../../base/group';
import type { Secret, SecretValue } from '../../model/secret';
import { type Any, commandOf, type DocumentContext, ofKind, runsOf, type Section, workloadsOf } from '../context';
import { code, codes, paragraphs, table } from '../markdown';

/** Where the value of a variable comes from. Its value itself is in no document. */
function sourceOf({ valueFrom }: Any): string {
  const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
  if (secretKeyRef) return `Secret ${code(secretKeyRef.name)}`;
  if (configMapKeyRef) return `ConfigMap ${code(configMapKeyRef.name)}`;
  return valueFrom === undefined ? 'text' : 'the pod';
}

/** The variables of all containers, with their readers: those with the same readers and the same source in one row. */
function variableRows(context: DocumentContext): string[][] {
  const owners = [
    ...workloadsOf(context).map(({ name, object }) => ({ name, pod: object.spec.template?.spec })),
    ...runsOf(context).map(({ name, job }) => ({ name, pod: job.template.spec })),
  ];
  const own = context.model.components.filter(({ stage }) => stage === 'workloads').map(({ name }) => name);
  const images = new Set(
    workloadsOf(context).flatMap(({ name, containers }) =>
      own.includes(name) ? containers.map(({ image }) => image) : [],
    ),
  );
  const all = owners.flatMap(({ name: reader, pod }) =>
    [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].flatMap(({ env = [], image }: Any) =>
      env
        .map((one: Any) => ({ reader, variable: one.name as string, source: sourceOf(one) }))
        .filter(({ source }: { source: string }) => source !== 'text' || images.has(image)),
    ),
  );
  const byVariable = [...groupBy(all, ({ variable, source }) => `${source} ${variable}`).values()].map((same) => {
    const [{ variable, source }] = same as [(typeof same)[number]];
    return { variable, source, readers: codes(same.map(({ reader }) => reader)) };
  });
  return [...groupBy(byVariable, ({ source, readers }) => `${readers} ${source}`).values()].map((same) => {
    const [{ source, readers }] = same as [(typeof same)[number]];
    return [readers, source, codes(same.map(({ variable }) => variable))];
  });
}

/** The most names that one row of a table has. */
const MOST_NAMES = 6;

/** What is said about values that a store keeps. What is not true of all is said of the properties of which it is. */
function notesOf(values: readonly Exclude<SecretValue, { template: unknown }>[]): string {
  const is = (holds: (value: (typeof values)[number]) => unknown, text: string) => {
    const some = values.filter(holds);
    const which = some.length === values.length ? '' : `${codes(some.flatMap(({ property }) => property ?? []))}: `;
    return some.length === 0 ? [] : [{ which, text }];
  };
  const notes = [
    ...is(({ random }) => random, 'may be generated'),
    ...is(({ permanent }) => permanent, 'never replaced: data cannot be read without it'),
    ...is(({ ofRole }) => ofRole, 'a role has it too: fetched by revision alone'),
  ];
  return [...groupBy(notes, ({ which }) => which)]
    .map(([which, same]) => `${which}${same.map(({ text }) => text).join('; ')}`)
    .join('. ');
}

/** The keys of the store, with what they are for. */
function secretRows(secrets: readonly Secret[]): string[][] {
  const values = secrets.flatMap(({ name, source, values: own }) =>
    Object.values(own).flatMap((value: SecretValue) =>
      'template' in value ? [] : [{ value, name, prefix: source.kind === 'external' ? `${source.prefix}/` : '' }],
    ),
  );
  return [...groupBy(values, ({ value, prefix }) => `${prefix}${value.remote}`)].map(([key, same]) => {
    const abouts = [...new Set(same.flatMap(({ value }) => value.about ?? value.property ?? []))];
    const more = abouts.length > MOST_NAMES ? ` and ${abouts.length - MOST_NAMES} more` : '';
    return [
      code(key),
      `${abouts.slice(0, MOST_NAMES).join('; ')}${more}`,
      codes(same.map(({ name }) => name)),
      notesOf(same.map(({ value }) => value)),
    ];
  });
}

/** Where values of secrets come from, in a sentence. */
export function secretSource({ model }: DocumentContext): string | undefined {
  const [source] = model.secrets.map((secret) => secret.source);
  switch (source?.kind) {
    case 'external': {
      const store = { aws: 'AWS Secrets Manager', azure: 'Azure Key Vault', vault: 'HashiCorp Vault' }[
        source.store.kind
      ];
      return `${store}, through External Secrets, below ${code(source.prefix)}`;
    }
    case 'manual':
      return 'Secrets that a person creates: `npm run synth` prints the commands';
    case 'development':
      return 'known values, which this tier alone allows';
    default:
      return undefined;
  }
}

function text(context: DocumentContext): string | undefined {
  const { secrets } = context.model;
  const source = secretSource(context);
  // No store keeps the values of developers: they are not generated, replaced or fetched.
  const columns = secrets[0]?.source.kind === 'development' ? 3 : 4;
  return paragraphs(
    table(['Read by', 'From', 'Variables'], variableRows(context)),
    "Texts are listed of the system's own images alone, not of databases and their tools.",
    source === undefined ? 'The system reads no secrets.' : `Values of secrets: ${source}. None is in this document.`,
    table(
      ['Key', 'What it is', 'Secret', 'Note'].slice(0, columns),
      secretRows(secrets).map((row) => row.slice(0, columns)),
    ),
    ofKind(context, 'ExternalSecret').length === 0
      ? undefined
      : `${code(commandOf(context, 'secrets'))} lists each key with its readers, and prints a script that creates them.`,
  );
}

/** Source: the seed, "Environment Variables" and "Secrets Management". */
export const variables: Section = { title: 'Variables and secrets', text };
