import { type DocumentContext, type Section, word } from '../context';
import { codes, table } from '../markdown';

/** What an environment of each tier is for. Source: the seed, "Deployment Targets". */
const TARGETS = {
  development: "development: a developer's own cluster, with known values for secrets",
  staging: 'staging: tests before production, with servers and secrets of its own',
  production: 'production: what its users use',
} as const;

function text(context: DocumentContext): string | undefined {
  const { model, environment } = context;
  return table(
    ['', ''],
    [
      ['Pattern', model.about?.pattern ?? 'services of its own description'],
      ['Description', word(context, 'description')],
      ['Rationale', word(context, 'rationale')],
      ['Owner', word(context, 'owner')],
      ['Target', `${environment}, ${TARGETS[model.tier]}`],
      ['Namespaces', codes(model.namespaces)],
    ],
  );
}

/** Source: the seed, "Architecture Pattern" and "Deployment Targets". */
export const architecture: Section = { title: 'Architecture pattern', text };
