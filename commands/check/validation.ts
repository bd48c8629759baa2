import { groupBy } from '../../lib/base/group';
import { expectedOneOf } from '../../lib/base/nearest';
import { InputError, type Problem } from '../../lib/base/problem';
import { check } from '../../lib/checks/check';
import { LEVELS, type Level } from '../../lib/checks/cluster/violation';
import { readWhatIsThere } from '../../lib/manifests/read';
import { type Asked, prerequisiteFrom, rulesFor } from './asked';
import { type Finding, isAtLeast, READING, type Result, resultOf, withoutRepetitions } from './result';

/** What the cdk8s CLI gives. Source: cdk8s-cli, ValidationContext. */
interface Context {
  readonly manifests: readonly string[];
  readonly report: Report;
}

interface Report {
  addViolation(violation: {
    readonly ruleName: string;
    readonly recommendation: string;
    readonly fix: string;
    readonly violatingResources: readonly {
      readonly resourceName: string;
      readonly locations: readonly string[];
      readonly manifestPath: string;
    }[];
  }): void;
  submit(status: 'success' | 'failure', metadata?: Readonly<Record<string, string>>): void;
}

const LISTS = ['given', 'rules', 'skip'];
const PROPERTIES = [...LISTS, 'namespace', 'level'];

function problemsOf(properties: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(properties).flatMap(([name, value]): Problem[] => {
    const wrong = (message: string) => [{ file: 'cdk8s.yaml', path: `properties.${name}`, message }];
    if (!PROPERTIES.includes(name)) return wrong(`is unknown, ${expectedOneOf(PROPERTIES, name)}`);
    const isText = (one: unknown) => typeof one === 'string';
    if (LISTS.includes(name))
      return Array.isArray(value) && value.every(isText) ? [] : wrong('expected a list of texts');
    if (!isText(value)) return wrong('expected a text');
    const isLevel = name !== 'level' || (LEVELS as readonly unknown[]).includes(value);
    return isLevel ? [] : wrong(`given "${value}", ${expectedOneOf(LEVELS, String(value))}`);
  });
}

const EFFECT: Readonly<Record<Level, string>> = {
  broken: 'it will not work',
  risk: 'it works, and will hurt',
  policy: 'it is not the house style of Berth',
};

/** Findings that say the same, as one violation in the report of the cdk8s CLI. */
function violationOf(same: readonly Finding[]) {
  const [{ rule, level, message }] = same as readonly [Finding];
  return {
    ruleName: rule,
    recommendation: message,
    fix: rule === READING ? 'correct the file' : `${EFFECT[level]}; node berth-check.mjs --explain ${rule} says why`,
    violatingResources: same.map((finding) => ({
      // The CLI finds the construct of an object by its plain name.
      resourceName: finding.object?.metadata.name ?? '',
      locations: [`${finding.path} (line ${finding.line})`],
      manifestPath: finding.file,
    })),
  };
}

/** The result of what the properties ask for. @throws InputError for properties that are unknown, or have a wrong value */
function resultFor(manifests: readonly string[], properties: Asked): Result {
  const problems = problemsOf({ ...properties });
  if (problems.length > 0) throw new InputError(problems);
  const { given = [], namespace, level = 'risk' } = properties;
  const read = readWhatIsThere(manifests, { namespace });
  const objects = read.objects.map(({ object }) => object);
  const violations = check(objects, given.map(prerequisiteFrom), undefined, rulesFor(properties, false));
  return resultOf(read, withoutRepetitions(violations), level);
}

/**
 * The rules as a validation of the cdk8s CLI, which runs it after each `cdk8s synth`. Wrong properties are a failure in the report, since
 * the CLI shows an error with its stack. Source: cdk8s-cli, Validation.
 */
export class BerthValidation {
  /** @param properties those of cdk8s.yaml: the options of the program, of which `level` is risk unless it is given */
  constructor(private readonly properties: Asked = {}) {}

  async validate({ manifests, report }: Context): Promise<void> {
    try {
      const result = resultFor(manifests, this.properties);
      const failing = result.findings.filter(({ level }) => isAtLeast(level, result.failing));
      const same = groupBy(failing, ({ rule, message }) => `${rule}\n${message}`);
      for (const findings of same.values()) report.addViolation(violationOf(findings));
      const metadata = { Objects: String(result.objects), Definitions: result.definitions.join(', ') };
      report.submit(failing.length > 0 ? 'failure' : 'success', metadata);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      for (const { file, path, message } of error.problems) {
        const recommendation = `${path ?? file}: ${message}`;
        report.addViolation({
          ruleName: 'properties',
          recommendation,
          fix: 'correct cdk8s.yaml',
          violatingResources: [],
        });
      }
      report.submit('failure');
    }
  }
}
