import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { Compile } from 'typebox/compile';

const ReportSchema = Compile(
  Type.Object({
    numPassedTests: Type.Integer(),
    numFailedTests: Type.Integer(),
    numPendingTests: Type.Integer(),
    numTodoTests: Type.Integer(),
    testResults: Type.Array(
      Type.Object({
        status: Type.String(),
        assertionResults: Type.Array(Type.Object({ status: Type.String() })),
      }),
    ),
  }),
);

/**
 * Prints `N passed, N failed` from vitest's JSON report and leaves with 1 when anything failed. A file that did
 * not even load, a failed check and a runner that broke off each count as one failure.
 */
const [reportFile = '', runnerStatus = '1', failedChecks = '0'] = process.argv.slice(2);
let passed = 0;
let failed = Number(failedChecks);
let skipped = 0;
try {
  const report = ReportSchema.Parse(JSON.parse(readFileSync(reportFile, 'utf8')));
  passed = report.numPassedTests;
  skipped = report.numPendingTests + report.numTodoTests;
  failed += report.numFailedTests;
  for (const file of report.testResults) {
    const hasFailedTest = file.assertionResults.some((test) => test.status === 'failed');
    if (file.status === 'failed' && !hasFailedTest) failed += 1;
  }
} catch (error) {
  process.stderr.write(`vitest left no readable report: ${String(error)}\n`);
}
if (failed === 0 && runnerStatus !== '0') failed = 1;
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed === 0 ? 0 : 1;
