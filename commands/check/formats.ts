import { RULES } from '../../lib/checks/check';
import type { Level } from '../../lib/checks/cluster/violation';
import { objectName } from '../../lib/manifests/object';
import { type Finding, isFailure, READING, type Result, subjectOf } from './result';
import { textOf } from './text';

/** The result for programs. */
function jsonOf(result: Result): string {
  const { objects, findings, leftOut, exemptions, withoutSchema, definitions } = result;
  const violations = findings.map(({ object, ...finding }) => {
    if (object === undefined) return finding;
    const { apiVersion, kind, metadata } = object;
    return { ...finding, object: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name } };
  });
  const exempt = exemptions.map(({ object, rule, reason }) => ({ rule, object: objectName(object), reason }));
  const failed = isFailure(result);
  return JSON.stringify({ failed, objects, violations, exempt, leftOut, withoutSchema, definitions }, null, 2);
}

const SARIF_LEVEL: Readonly<Record<Level, string>> = { broken: 'error', risk: 'warning', policy: 'note' };

const textOfFinding = (finding: Finding): string =>
  [subjectOf(finding), finding.path, finding.message].filter((part) => part !== '').join(': ');

/** Paths as SARIF has them: of URIs. */
const uriOf = (file: string): string => file.split('/').map(encodeURIComponent).join('/');

/** The result in the format of static analysis tools, which code hosts show at the lines. Source: SARIF 2.1.0. */
function sarifOf({ findings }: Result): string {
  const rules = [
    { name: READING, rationale: 'What cannot be read cannot be applied.', level: 'broken' as const },
    ...RULES,
  ].map(({ name, rationale, level }) => ({
    id: name,
    shortDescription: { text: rationale.split(/(?<=\.)\s/)[0] },
    fullDescription: { text: rationale.replace(/\s+/g, ' ') },
    defaultConfiguration: { level: SARIF_LEVEL[level] },
  }));
  const results = findings.map((finding) => ({
    ruleId: finding.rule,
    level: SARIF_LEVEL[finding.level],
    message: { text: textOfFinding(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(finding.file) },
          region: { startLine: finding.line, startColumn: finding.column },
        },
        ...(finding.object && {
          logicalLocations: [{ fullyQualifiedName: `${subjectOf(finding)}: ${finding.path}`, kind: 'member' }],
        }),
      },
    ],
  }));
  const driver = { name: 'berth-check', rules };
  const $schema = 'https://json.schemastore.org/sarif-2.1.0.json';
  return JSON.stringify({ $schema, version: '2.1.0', runs: [{ tool: { driver }, results }] }, null, 2);
}

const GITHUB_LEVEL: Readonly<Record<Level, string>> = { broken: 'error', risk: 'warning', policy: 'notice' };

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** The result as workflow commands, which GitHub shows at the lines of a pull request. */
function githubOf(result: Result): string {
  const lines = result.findings.map((finding) => {
    const properties = [
      `file=${escapeProperty(finding.file)}`,
      `line=${finding.line}`,
      `col=${finding.column}`,
      `title=${escapeProperty(finding.rule)}`,
    ];
    return `::${GITHUB_LEVEL[finding.level]} ${properties.join(',')}::${escapeData(textOfFinding(finding))}`;
  });
  const summary = textOf({ ...result, exemptions: [] })
    .split('\n')
    .at(-1) as string;
  return [...lines, summary].join('\n');
}

/** The formats of the output. */
export const FORMATS: Readonly<Record<string, (result: Result) => string>> = {
  text: textOf,
  json: jsonOf,
  sarif: sarifOf,
  github: githubOf,
};
