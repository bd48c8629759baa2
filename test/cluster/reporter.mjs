// Prints the result of each test as soon as it ends, and keeps it for the table.
import { appendFileSync } from 'node:fs';

const SIGNS = { passed: 'ok', failed: 'FAILED', pending: 'skipped' };

export default class Reporter {
  onTestCaseResult(_, { ancestorTitles, title, status, duration, failureMessages }) {
    const [environment = '', system = ''] = ancestorTitles;
    const result = SIGNS[status] ?? status;
    const seconds = (duration ?? 0) / 1000;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    const message = failureMessages.join('\n').replace(/\x1b\[[0-9;]*m/g, '');
    console.log(`${[environment, system, title].filter(Boolean).join('  ')}  ${result}  ${seconds.toFixed(1)} s`);
    if (message) console.log(message.replace(/^/gm, '    '));
    const row = { environment, system, check: title, result, seconds, ...(message && { message }) };
    appendFileSync(process.env.BERTH_CLUSTER_RESULTS, `${JSON.stringify(row)}\n`);
  }

  onTestFileResult({ path }, { testExecError, failureMessage, testResults }) {
    // jest reports skipped tests only at the end.
    if (testExecError)
      this.onTestCaseResult(null, {
        ancestorTitles: [],
        title: path,
        status: 'failed',
        failureMessages: [failureMessage],
      });
    for (const result of testResults) if (result.status === 'pending') this.onTestCaseResult(null, result);
  }
}
