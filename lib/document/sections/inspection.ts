import type { Component } from '../../model/component';
import { type DocumentContext, notStated, type Section } from '../context';
import { code, codes, table } from '../markdown';

/** Whether the code is that of the system itself: databases, poolers and caches are applied in a stage of their own. */
const isOwn = ({ stage }: Component) => stage === 'workloads';

/** The name of a component in the words: that of its setting where it has one of `services`, else its own. */
const nameOf = ({ name, from = '' }: Component) => /^services\.([^.]+)$/.exec(from)?.[1] ?? name;

function rowOf(context: DocumentContext, component: Component): string[] {
  const { about } = context.model;
  const name = nameOf(component);
  const facts = about?.services?.[name] ?? about?.services?.[component.name];
  const missing = notStated(context, `services.${name}`);
  return [
    code(component.name),
    facts?.language ?? missing,
    [facts?.framework, facts?.build].filter((one) => one !== undefined).join('; built by ') || (facts ? '' : missing),
    (facts?.dependencies ?? []).join(', '),
    codes(facts?.files ?? []),
  ];
}

function text(context: DocumentContext): string | undefined {
  const own = context.model.components.filter(isOwn);
  return table(
    ['Service', 'Language', 'Framework', 'Dependencies', 'Configuration files'],
    own.map((component) => rowOf(context, component)),
  );
}

/** Source: the seed, "Code Inspection Summary". */
export const inspection: Section = { title: 'Code inspection', text };
