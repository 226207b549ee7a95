// `npm test`: build, lint, types, every test. Ends with one line `N passed, N failed` (and `, N skipped`).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const counts = { passed: 0, failed: 0, skipped: 0 };

function run(title, command) {
  console.log(`\n== ${title}`);
  const [program, ...rest] = command;
  const file = program === 'node' ? process.execPath : join(rootFolder, 'node_modules', '.bin', program);
  const result = spawnSync(file, rest, { cwd: rootFolder, stdio: 'inherit', env: { ...process.env, TZ: 'UTC' } });
  return result.status === 0;
}

function count(ok) {
  counts[ok ? 'passed' : 'failed'] += 1;
}

function countTests(reportFile, ok) {
  let report;
  try {
    report = JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch {
    counts.failed += 1;
    return;
  }
  counts.passed += report.numPassedTests;
  counts.failed += report.numFailedTests;
  counts.skipped += report.numPendingTests + report.numTodoTests;
  const results = report.testResults.flatMap((file) => file.assertionResults);
  for (const { status, fullName } of results) if (status !== 'passed' && status !== 'failed') console.log(`skipped: ${fullName}`);
  // A suite that fails to load has no failed test of its own, yet the run has failed.
  if (!ok && report.numFailedTests === 0) counts.failed += 1;
}

const folder = mkdtempSync(join(tmpdir(), 'meterlark-test-'));
const report = join(folder, 'report.json');
// Some tests start the built server: it must be that of these sources.
count(run('build', ['node', 'core/build.mjs']));
count(run('lint', ['eslint', '.', '--max-warnings', '0', '-c', 'test/tooling/eslint.config.js']));
count(run('types', ['tsc', '--noEmit', '-p', 'tsconfig.json']));
const tests = ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
countTests(report, run('tests', [...tests, ...process.argv.slice(2)]));
rmSync(folder, { recursive: true });

const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed === 0 ? 0 : 1;
